/* neap info: asks a running node about one process (serve_info.c), or itself (serve_node.c). */
#include "cli/request.h"

static int info(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = { .more_words = 1, .json = true };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_INFO_COMMAND = {
    .name = "info",
    .arguments = "[PID|NAME]",
    .summary = "show one process: limits and usage, mailbox, current stack; or the node",
    .help = "PID is written as the tree and the log show it: 17.3\n"
            "Without one: what the node has, and what it has counted since it started.\n",
    .run = info,
};
