/* neap reload: has a running node (serve_reload.c) take up the new code of its modules. */
#include "cli/reloading.h"
#include "cli/request.h"

static int reload(const struct neap_command *command, int argc, char **argv) {
    static const struct neap_request REQUEST = {
        .more_words = NEAP_CONTROL_WORDS - 3, /* after the command, the form and the wait */
        .json = true,
        .wait = true,
    };
    return neap_request_run(command, &REQUEST, argc, argv);
}

const struct neap_command NEAP_RELOAD_COMMAND = {
    .name = "reload",
    .arguments = "[MODULE...]",
    .summary = "reload changed (or named) modules of a running node",
    .help = "Without names: every module that was loaded and whose file says something "
            "else now.\n"
            "They, and the modules that require them, are loaded in a process of their "
            "own first;\n"
            "if one of them fails there, nothing is changed. Then each service that runs "
            "one of\n"
            "them switches between two messages: upgrade(state, old_version) makes its "
            "new state.\n"
            "Other processes keep the code they started with. app.lua and config.lua are "
            "read\n"
            "when the node starts.\n"
            "Exit codes: 0 done, or nothing changed; 1 a module could not be loaded, or "
            "a process\n"
            "keeps its old code; 2 usage.\n",
    .run = reload,
};
