/* neap kill: has a running node (serve.c) end one process. */
#include "cli/request.h"

static int kill(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = { .words = 1 };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_KILL_COMMAND = {
    .name = "kill",
    .arguments = "PID|NAME",
    .summary = "end one process at once, with reason \"killed\"",
    .help = "Its supervisor decides whether it comes back.\n",
    .run = kill,
};
