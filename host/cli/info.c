/* neap info: asks a running node (serve_info.c) about one process. */
#include "cli/request.h"

static int info(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = { .words = 1, .json = true };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_INFO_COMMAND = {
    .name = "info",
    .arguments = "PID|NAME",
    .summary = "show one process: limits and usage, mailbox, current stack",
    .help = "PID is written as the tree and the log show it: 17.3\n",
    .run = info,
};
