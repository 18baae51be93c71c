/* neap tree: asks a running node (serve_tree.c) for its supervision tree. */
#include "cli/request.h"

static int tree(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = { .json = true };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_TREE_COMMAND = {
    .name = "tree",
    .arguments = "",
    .summary = "show the supervision tree of a running node",
    .run = tree,
};
