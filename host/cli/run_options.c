#include "cli/run_options.h"

#include "base/alloc.h"
#include "base/suggest.h"
#include "cli/app_path.h"
#include "cli/complain.h"
#include "cli/units.h"
#include "core/grants.h"
#include "core/node.h"
#include "net/socket_path.h"
#include "vm/runtime.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct given { /* as typed; NULL: not given */
    const char *workers;
    const char *log_level;
    const char *log_format;
    const char *mcode;
    const char *crash_dir;
    const char *rest_after;
    bool no_guard;
};

static uint32_t usable_cpus(void) {
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n < 1 ? 1 : n > NEAP_WORKERS_MAX ? NEAP_WORKERS_MAX : (uint32_t)n;
}

static int check_workers(struct neap_run_options *run, const char *command,
                         const char *text) {
    if (text == NULL) {
        run->workers = usable_cpus();
        return NEAP_OPTIONS_DONE;
    }
    bool digits = strspn(text, "0123456789") == strlen(text) && strlen(text) <= 4;
    unsigned long n = digits ? strtoul(text, NULL, 10) : 0;
    if (n < 1 || n > NEAP_WORKERS_MAX)
        return neap_usage_error(command,
                                "--workers is \"%.80s\"; expected a number from 1 to %d",
                                text, NEAP_WORKERS_MAX);
    run->workers = (uint32_t)n;
    return NEAP_OPTIONS_DONE;
}

static int check_rest(struct neap_run_options *run, const char *command, const char *text) {
    if (text == NULL)
        return NEAP_OPTIONS_DONE;
    if (!neap_units_read_time(text, &run->rest_after) || run->rest_after == 0)
        return neap_usage_error(
            command,
            "--rest-after is \"%.80s\"; expected a time over 0, such as "
            "500ms, 12s or 5m",
            text);
    return NEAP_OPTIONS_DONE;
}

/* The index of `text` among `words`, or -1 after a complaint. */
static int one_of(const char *command, const char *option, const char *text,
                  const char *const *words, size_t count, const char *expected) {
    char hint[NEAP_HINT];
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return (int)i;
    neap_complain(command, "--%s is \"%.80s\"; expected %s%s", option, text, expected,
                  neap_hint(hint, "", text, words, count));
    return -1;
}

static int check_words(struct neap_run_options *run, const char *command,
                       const struct given *given) {
    static const char *const LEVELS[] = { "debug", "info", "warn", "error" };
    static const char *const FORMATS[] = { "text", "json" };
    static const char *const MODES[] = { "rwx", "wx" };
    int level = one_of(command, "log-level", given->log_level, LEVELS, 4,
                       "debug, info, warn or error");
    if (level < 0)
        return NEAP_EXIT_INVALID;
    int format = one_of(command, "log-format", given->log_format, FORMATS, 2,
                        "text or json");
    if (format < 0)
        return NEAP_EXIT_INVALID;
    int mode = one_of(command, "mcode", given->mcode, MODES, 2, "wx or rwx");
    if (mode < 0)
        return NEAP_EXIT_INVALID;
    run->log = (struct neap_log){ .fd = STDERR_FILENO,
                                  .level = (enum neap_log_level)level,
                                  .json = format == 1 };
    run->wx = mode == 1;
    return NEAP_OPTIONS_DONE;
}

static int check_sets(const struct neap_run_options *run, const char *command) {
    for (size_t i = 0; i < run->sets.count; i++) {
        const char *text = run->sets.items[i];
        const char *equals = strchr(text, '=');
        if (equals == NULL || equals == text)
            return neap_usage_error(command, "--set is \"%.80s\"; expected KEY=VALUE",
                                    text);
    }
    return NEAP_OPTIONS_DONE;
}

static int check_name(const struct neap_run_options *run, const char *command) {
    char path[NEAP_SOCKET_PATH];
    char why[NEAP_SOCKET_WHY];
    if (run->name == NULL || neap_socket_path(run->name, path, why) == 0)
        return NEAP_OPTIONS_DONE;
    return neap_usage_error(command, "--name: %s", why);
}

static int check_crash_dir(struct neap_run_options *run, const char *command,
                           const char *given) {
    char path[PATH_MAX];
    struct stat st;
    if (given == NULL)
        return NEAP_OPTIONS_DONE;
    bool is_there = realpath(given, path) != NULL && stat(path, &st) == 0;
    if (is_there && S_ISDIR(st.st_mode) && access(path, W_OK | X_OK) == 0) {
        run->crash_dir = neap_strdup(path);
        return NEAP_OPTIONS_DONE;
    }
    const char *why = is_there && !S_ISDIR(st.st_mode) ? "Not a directory"
                                                       : strerror(errno);
    return neap_usage_error(
        command,
        "--crash-dir is \"%.80s\" (%s); expected a directory that can "
        "be written to",
        given, why);
}

/* The folder of the application: a path of a capability begins there. */
static char *folder_of(const char *app_path) {
    struct stat st;
    size_t size = strlen(app_path) + 1;
    char *folder = neap_alloc(size);
    memcpy(folder, app_path, size);
    bool is_folder = stat(app_path, &st) == 0 && S_ISDIR(st.st_mode);
    char *slash = strrchr(folder, '/');
    if (!is_folder && slash != NULL)
        slash[slash == folder ? 1 : 0] = '\0';
    return folder;
}

/* One text between commas. */
static int add_grant(struct neap_run_options *run, const char *command,
                     const char *folder, const char *text, size_t size) {
    char one[NEAP_GRANT_BYTES + 2];
    char why[NEAP_GRANT_WHY];
    snprintf(one, sizeof one, "%.*s", size < sizeof one ? (int)size : (int)sizeof one,
             text);
    if (neap_grants_add(run->allow, folder, NULL, one, strlen(one), why) == 0)
        return NEAP_OPTIONS_DONE;
    return neap_usage_error(command, "--allow: \"%.80s\": %s", one, why);
}

static int add_grants(struct neap_run_options *run, const char *command,
                      const char *folder, const char *list) {
    int code = NEAP_OPTIONS_DONE;
    for (const char *at = list; code == NEAP_OPTIONS_DONE; at++) {
        size_t size = strcspn(at, ",");
        code = add_grant(run, command, folder, at, size);
        at += size;
        if (*at == '\0')
            break;
    }
    return code;
}

/* "none" alone is a set that has nothing. */
static int check_allow(struct neap_run_options *run, const char *command) {
    int code = NEAP_OPTIONS_DONE;
    if (run->allows.count == 0)
        return code;
    char *folder = folder_of(run->app_path);
    run->allow = neap_grants_new();
    bool none = run->allows.count == 1 && strcmp(run->allows.items[0], "none") == 0;
    for (size_t i = 0; i < run->allows.count && code == NEAP_OPTIONS_DONE && !none; i++)
        code = add_grants(run, command, folder, run->allows.items[i]);
    neap_free(folder);
    return code;
}

static int check_all(struct neap_run_options *run, const char *command,
                     const struct given *given) {
    int code = check_workers(run, command, given->workers);
    if (code == NEAP_OPTIONS_DONE)
        code = check_rest(run, command, given->rest_after);
    if (code == NEAP_OPTIONS_DONE)
        code = check_words(run, command, given);
    if (code == NEAP_OPTIONS_DONE)
        code = check_sets(run, command);
    if (code == NEAP_OPTIONS_DONE)
        code = check_name(run, command);
    if (code == NEAP_OPTIONS_DONE)
        code = check_crash_dir(run, command, given->crash_dir);
    if (code != NEAP_OPTIONS_DONE)
        return code;
    run->app_path = neap_app_path(command, run->words.items[0]);
    return run->app_path != NULL ? check_allow(run, command) : NEAP_EXIT_INVALID;
}

#define TEXT(name_, value_, place, help_)                                                \
    {                                                                                    \
        .name = (name_), .kind = NEAP_OPTION_TEXT, .value = (value_), .help = (help_),   \
        .text = (place)                                                                  \
    }

int neap_run_options_read(struct neap_run_options *run,
                          const struct neap_command *command, int argc, char **argv) {
    struct given given = { .log_level = "info", .log_format = "text", .mcode = "rwx" };
    *run = (struct neap_run_options){ 0 };
    const struct neap_option table[] = {
        { .name = "workers",
          .letter = 'w',
          .kind = NEAP_OPTION_TEXT,
          .value = "N",
          .help = "threads that run processes (default: CPUs)",
          .text = &given.workers },
        { .name = "set",
          .kind = NEAP_OPTION_LIST,
          .value = "KEY=VALUE",
          .help = "replace a value of config.lua; repeatable",
          .list = &run->sets },
        TEXT("name", "NAME", &run->name, "the node's name (default: the app's)"),
        TEXT("log-level", "LEVEL", &given.log_level, "debug, info (default), warn or error"),
        TEXT("log-format", "FORMAT", &given.log_format, "text (default) or json"),
        { .name = "no-guard",
          .kind = NEAP_OPTION_FLAG,
          .help = "run without a guard process (this version has none)",
          .flag = &given.no_guard },
        TEXT("mcode", "MODE", &given.mcode,
             "wx: machine code is never writable and executable at once; rwx (default)"),
        TEXT("crash-dir", "DIR",
             &given.crash_dir, "where a crash of the node itself is written down (default: with its socket)"),
        TEXT("rest-after", "TIME", &given.rest_after,
             "processes that wait that long give memory back (default: 12s)"),
        { .name = "watch",
          .kind = NEAP_OPTION_FLAG,
          .help = "reload modules when their files change",
          .flag = &run->watch },
        { .name = "allow",
          .kind = NEAP_OPTION_LIST,
          .value = "CAPS",
          .help = "what the application may reach at most: net,fs:DIR,... or none",
          .list = &run->allows },
    };
    const struct neap_options options = {
        .command = command,
        .table = table,
        .count = sizeof table / sizeof *table,
        .min_words = 1,
        .max_words = SIZE_MAX,
        .to_first_word = true,
    };
    int code = neap_options_read(&options, argc, argv, &run->words);
    return code == NEAP_OPTIONS_DONE ? check_all(run, command->name, &given) : code;
}

void neap_run_options_fini(struct neap_run_options *run) {
    neap_free(run->app_path);
    neap_free(run->crash_dir);
    neap_grants_unref(run->allow);
    neap_words_fini(&run->allows);
    neap_words_fini(&run->sets);
    neap_words_fini(&run->words);
}
