#include "cli/request.h"

#include "cli/complain.h"
#include "cli/node_choice.h"
#include "net/inquiry.h"
#include "vm/runtime.h"

#include <stdio.h>
#include <string.h>

static void print_failure(const struct neap_command *command,
                          const struct neap_bytes *text) {
    size_t n = text->len;
    while (n > 0 && text->data[n - 1] == '\n')
        n--;
    neap_complain(command->name, "%.*s", (int)n, (const char *)text->data);
}

static int ask(const struct neap_command *command, const struct neap_request *request,
               const char *path, const struct neap_words *sent) {
    char why[NEAP_SOCKET_WHY];
    struct neap_bytes text;
    bool ok = false;
    neap_bytes_init(&text);
    int err = neap_inquiry(path, sent->items, sent->count, request->until_end, &ok, &text,
                           why);
    if (err != 0)
        neap_complain(command->name, "%s", why);
    else if (!ok)
        print_failure(command, &text);
    else if (text.len > 0)
        fwrite(text.data, 1, text.len, stdout);
    neap_bytes_fini(&text);
    return err == 0 && ok ? NEAP_EXIT_ORDERLY : NEAP_EXIT_FAILED;
}

static bool is_plain(const char *word) {
    for (; *word != '\0'; word++)
        if ((unsigned char)*word < ' ' || *word == 0x7f)
            return false;
    return true;
}

static int send_words(const struct neap_command *command,
                      const struct neap_request *request,
                      const struct neap_node_choice *choice, bool json,
                      const struct neap_words *words) {
    char path[NEAP_SOCKET_PATH];
    for (size_t i = 0; i < words->count; i++)
        if (!is_plain(words->items[i]) || words->items[i][0] == '\0')
            return neap_usage_error(command->name, "\"%.80s\" is not a pid or a name",
                                    words->items[i]);
    int code = neap_node_choice_path(command, choice, path);
    if (code != NEAP_OPTIONS_DONE)
        return code;
    struct neap_words sent = { 0 };
    neap_words_add(&sent, command->name);
    if (request->json)
        neap_words_add(&sent, json ? "json" : "text");
    for (size_t i = 0; i < words->count; i++)
        neap_words_add(&sent, words->items[i]);
    code = ask(command, request, path, &sent);
    neap_words_fini(&sent);
    return code;
}

int neap_request_run(const struct neap_command *command,
                     const struct neap_request *request, int argc, char **argv) {
    struct neap_node_choice choice = { 0 };
    bool json = false;
    const struct neap_option table[] = {
        NEAP_NODE_CHOICE_OPTIONS(&choice),
        { .name = "json",
          .kind = NEAP_OPTION_FLAG,
          .flag = &json,
          .help = "JSON: bytes and milliseconds as numbers" },
    };
    const struct neap_options options = {
        .command = command,
        .table = table,
        .count = request->json ? 3 : 2,
        .min_words = request->words,
        .max_words = request->words,
    };
    struct neap_words words;
    int code = neap_options_read(&options, argc, argv, &words);
    if (code == NEAP_OPTIONS_DONE)
        code = send_words(command, request, &choice, json, &words);
    neap_words_fini(&words);
    return code;
}
