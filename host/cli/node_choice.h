/* node_choice.h - which running node a command is for.
 * Owns:      none; the texts are lent by argv.
 * Threads:   main thread.
 * Bounds:    none.
 * Invariant: without --name or --socket it is the only node that runs, never a guess. */
#ifndef NEAP_CLI_NODE_CHOICE_H
#define NEAP_CLI_NODE_CHOICE_H

#include "cli/options.h"
#include "net/socket_path.h"

struct neap_node_choice { /* a plain value, filled by the options below */
    const char *name;
    const char *socket;
};

#define NEAP_NODE_CHOICE_OPTIONS(choice)                                                 \
    { .name = "name",                                                                    \
      .kind = NEAP_OPTION_TEXT,                                                          \
      .value = "NAME",                                                                   \
      .help = "the node of that name (default: the only one running)",                   \
      .text = &(choice)->name },                                                         \
    {                                                                                    \
        .name = "socket", .kind = NEAP_OPTION_TEXT, .value = "PATH",                     \
        .help = "the node with that control socket", .text = &(choice)->socket           \
    }

/* --- main thread ------------------------------------------------------------ */
/* NEAP_OPTIONS_DONE with the path of the node's socket, or, after a complaint, the exit code:
 * 2 for what was typed, 1 when there is no such node. */
int neap_node_choice_path(const struct neap_command *command,
                          const struct neap_node_choice *choice,
                          char path[NEAP_SOCKET_PATH]);

#endif
