/* neap ps: asks a running node (serve_ps.c) for its processes. */
#include "cli/request.h"

static int ps(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = { .json = true };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_PS_COMMAND = {
    .name = "ps",
    .arguments = "",
    .summary = "list the processes of a running node",
    .run = ps,
};
