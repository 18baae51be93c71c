/* The program: finds the subcommand and runs it. */
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/complain.h"
#include "cli/options.h"
#include "vm/runtime.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int not_available(const struct neap_command *command, int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            printf("usage: neap %s%s%s\n\n%s\n\nNot available in this version.\n",
                   command->name, command->arguments[0] != '\0' ? " " : "",
                   command->arguments, command->summary);
            return 0;
        }
    }
    neap_complain(NULL, "%s: not available in this version", command->name);
    return NEAP_EXIT_INVALID;
}

#define LATER(name_, arguments_, summary_)                                               \
    &(const struct neap_command) {                                                       \
        .name = (name_), .arguments = (arguments_), .summary = (summary_),               \
        .unavailable = true, .run = not_available                                        \
    }

static const struct neap_command *const COMMANDS[] = {
    &NEAP_RUN_COMMAND,
    &NEAP_CHECK_COMMAND,
    &NEAP_TREE_COMMAND,
    &NEAP_PS_COMMAND,
    &NEAP_INFO_COMMAND,
    &NEAP_RELOAD_COMMAND,
    &NEAP_KILL_COMMAND,
    &NEAP_STOP_COMMAND,
    &NEAP_VERSION_COMMAND,
    LATER("top", "", "a live table of the processes"),
    LATER("crashes", "[ID]", "recent crash reports; one in full"),
    LATER("attach", "", "an interactive Lua prompt inside a process of the node"),
    LATER("test", "[BUSTED OPTIONS]", "run busted specs inside a node"),
    LATER("new", "DIR", "a small working application with a spec"),
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void print_row(FILE *to, const struct neap_command *c) {
    char left[40];
    snprintf(left, sizeof left, "%s %s", c->name, c->arguments);
    fprintf(to, "  %-22s %s%s\n", left, c->summary,
            c->unavailable ? " (not available in this version)" : "");
}

static void print_usage(FILE *to) {
    fprintf(to, "usage: neap COMMAND [OPTIONS] [ARGUMENTS]\n\n"
                "neap runs reliable services written in Lua.\n\ncommands:\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        print_row(to, COMMANDS[i]);
    fprintf(to, "\nneap COMMAND --help says more about one of them.\n");
}

static const struct neap_command *find(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i];
    return NULL;
}

static int unknown_option(const char *given) {
    static const char *const OURS[] = { "help", "version" };
    char hint[NEAP_HINT];
    neap_hint(hint, "--", given + strspn(given, "-"), OURS, 2);
    return neap_usage_error(NULL, "unknown option \"%.80s\"%s", given,
                            hint[0] != '\0'
                                ? hint
                                : ": options go after the command; neap --help "
                                  "lists the commands");
}

static int unknown(const char *given) {
    const char *names[COMMAND_COUNT];
    char hint[NEAP_HINT];
    for (int i = 0; i < COMMAND_COUNT; i++)
        names[i] = COMMANDS[i]->name;
    if (given[0] == '-')
        return unknown_option(given);
    neap_hint(hint, "", given, names, COMMAND_COUNT);
    if (hint[0] == '\0' && access(given, F_OK) == 0)
        return neap_usage_error(
            NULL, "unknown command \"%.80s\": did you mean \"run %.80s\"?", given, given);
    return neap_usage_error(NULL, "unknown command \"%.80s\"%s", given,
                            hint[0] != '\0' ? hint : ": neap --help lists the commands");
}

static bool is_one_of(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

/* "neap help", "neap help COMMAND", "neap --help". */
static int help(int argc, char **argv) {
    const struct neap_command *command = argc > 0 ? find(argv[0]) : NULL;
    char *ask[] = { "--help" };
    if (argc > 0 && command == NULL)
        return unknown(argv[0]);
    if (command != NULL)
        return command->run(command, 1, ask);
    print_usage(stdout);
    return 0;
}

static int dispatch(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stderr);
        return NEAP_EXIT_INVALID;
    }
    const char *name = argv[1];
    if (is_one_of(name, "--help", "-h") || strcmp(name, "help") == 0)
        return help(argc - 2, argv + 2);
    if (is_one_of(name, "--version", "-V"))
        name = "version";
    const struct neap_command *command = find(name);
    if (command == NULL)
        return unknown(name);
    return command->run(command, argc - 2, argv + 2);
}

/* Who started us may have closed some of 0, 1 and 2. A socket must not get such a number: the
 * log would be written to it, and libuv aborts when it is closed. */
static bool open_standard_files(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

/* Output that could not be written (a full disk) is a failure that must not pass for
 * success. */
int main(int argc, char **argv) {
    if (!open_standard_files())
        return NEAP_EXIT_HOST;
    int code = dispatch(argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == 0)
        code = NEAP_EXIT_HOST;
    return code;
}
