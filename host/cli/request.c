#include "cli/request.h"

#include "base/error.h"
#include "cli/complain.h"
#include "cli/node_choice.h"
#include "cli/reloading.h"
#include "net/inquiry.h"
#include "vm/runtime.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_failure(const struct neap_command *command,
                          const struct neap_bytes *text) {
    size_t n = text->len;
    while (n > 0 && text->data[n - 1] == '\n')
        n--;
    neap_complain(command->name, "%.*s", (int)n, (const char *)text->data);
}

struct given { /* as typed */
    struct neap_node_choice choice;
    bool json;
    const char *wait;
    uint64_t wait_ms;
};

enum { WORK_MS = 60000 }; /* more than a node works without waiting for somebody */

/* A request for the node's end is done when the node ends before it answers: there may be two
 * of them, or a signal. */
static bool has_ended(const struct neap_request *request, int err) {
    return request->until_end && (err == NEAP_EEXIT || err == -EPIPE || err == -ECONNRESET);
}

static int ask(const struct neap_command *command, const struct neap_request *request,
               const struct given *given, const char *path, const struct neap_words *sent) {
    char why[NEAP_SOCKET_WHY];
    struct neap_bytes text;
    enum neap_control_answer how = NEAP_CONTROL_FAILED;
    const struct neap_inquiry inquiry = {
        .words = sent->items,
        .count = sent->count,
        .patience = request->wait ? (int)given->wait_ms + WORK_MS : 0,
        .until_end = request->until_end,
    };
    neap_bytes_init(&text);
    int err = neap_inquiry(path, &inquiry, &how, &text, why);
    if (has_ended(request, err)) {
        err = 0;
        how = NEAP_CONTROL_OK;
    }
    if (err != 0)
        neap_complain(command->name, "%s", why);
    else if (how == NEAP_CONTROL_FAILED)
        print_failure(command, &text);
    else if (text.len > 0)
        fwrite(text.data, 1, text.len, stdout);
    neap_bytes_fini(&text);
    return err == 0 && how == NEAP_CONTROL_OK ? NEAP_EXIT_ORDERLY : NEAP_EXIT_FAILED;
}

static bool is_plain(const char *word) {
    for (; *word != '\0'; word++)
        if ((unsigned char)*word < ' ' || *word == 0x7f)
            return false;
    return true;
}

static int read_wait(const struct neap_command *command, struct given *given) {
    const char *text = given->wait;
    given->wait_ms = NEAP_RELOADING_WAIT_MS;
    if (text == NULL)
        return NEAP_OPTIONS_DONE;
    bool digits = strspn(text, "0123456789") == strlen(text) && strlen(text) <= 9;
    given->wait_ms = digits ? strtoull(text, NULL, 10) : UINT64_MAX;
    if (given->wait_ms <= NEAP_RELOADING_WAIT_MAX_MS)
        return NEAP_OPTIONS_DONE;
    return neap_usage_error(command->name, "--wait is \"%.80s\"; expected ms from 0 to %d",
                            text, NEAP_RELOADING_WAIT_MAX_MS);
}

static int send_words(const struct neap_command *command,
                      const struct neap_request *request, const struct given *given,
                      const struct neap_words *words) {
    char path[NEAP_SOCKET_PATH];
    char wait[24];
    for (size_t i = 0; i < words->count; i++)
        if (!is_plain(words->items[i]) || words->items[i][0] == '\0')
            return neap_usage_error(command->name, "\"%.80s\" is not a pid or a name",
                                    words->items[i]);
    int code = neap_node_choice_path(command, &given->choice, path);
    if (code != NEAP_OPTIONS_DONE)
        return code;
    struct neap_words sent = { 0 };
    neap_words_add(&sent, command->name);
    if (request->json)
        neap_words_add(&sent, given->json ? "json" : "text");
    snprintf(wait, sizeof wait, "%" PRIu64, given->wait_ms);
    if (request->wait)
        neap_words_add(&sent, wait);
    for (size_t i = 0; i < words->count; i++)
        neap_words_add(&sent, words->items[i]);
    code = ask(command, request, given, path, &sent);
    neap_words_fini(&sent);
    return code;
}

int neap_request_run(const struct neap_command *command,
                     const struct neap_request *request, int argc, char **argv) {
    struct given given = { 0 };
    const struct neap_option table[] = {
        NEAP_NODE_CHOICE_OPTIONS(&given.choice),
        { .name = "json",
          .kind = NEAP_OPTION_FLAG,
          .flag = &given.json,
          .help = "JSON: bytes and milliseconds as numbers" },
        { .name = "wait",
          .kind = NEAP_OPTION_TEXT,
          .value = "MS",
          .text = &given.wait,
          .help = "how long to wait for services that are busy (default: 10000)" },
    };
    const struct neap_options options = {
        .command = command,
        .table = table,
        .count = request->wait   ? 4
                 : request->json ? 3
                                 : 2,
        .min_words = request->words,
        .max_words = request->words + request->more_words,
    };
    struct neap_words words;
    int code = neap_options_read(&options, argc, argv, &words);
    if (code == NEAP_OPTIONS_DONE)
        code = read_wait(command, &given);
    if (code == NEAP_OPTIONS_DONE)
        code = send_words(command, request, &given, &words);
    neap_words_fini(&words);
    return code;
}
