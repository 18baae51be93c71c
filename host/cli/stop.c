/* neap stop: has a running node (serve.c) end in order. */
#include "cli/request.h"

static int stop(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = { .until_end = true };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_STOP_COMMAND = {
    .name = "stop",
    .arguments = "",
    .summary = "stop a running node in order, and wait until it has ended",
    .run = stop,
};
