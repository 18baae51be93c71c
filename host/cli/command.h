/* command.h - the subcommands of the program.
 * Owns:      none: constants.
 * Threads:   main thread.
 * Bounds:    none.
 * Invariant: each has a name, a line for the list, and --help. */
#ifndef NEAP_CLI_COMMAND_H
#define NEAP_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct neap_command {
    const char *name;
    const char *arguments; /* as the usage line shows them, or "" */
    const char *summary;   /* one line */
    const char *help;      /* more lines, each ended, or NULL */
    bool unavailable;      /* known, not built yet */
    /* `argv` are the words after the command's name. Gives the exit code. */
    int (*run)(const struct neap_command *command, int argc, char **argv);
};

extern const struct neap_command NEAP_RUN_COMMAND;
extern const struct neap_command NEAP_CHECK_COMMAND;
extern const struct neap_command NEAP_TREE_COMMAND;
extern const struct neap_command NEAP_PS_COMMAND;
extern const struct neap_command NEAP_INFO_COMMAND;
extern const struct neap_command NEAP_RELOAD_COMMAND;
extern const struct neap_command NEAP_KILL_COMMAND;
extern const struct neap_command NEAP_STOP_COMMAND;
extern const struct neap_command NEAP_VERSION_COMMAND;

#define NEAP_VERSION "0.1.0"

#endif
