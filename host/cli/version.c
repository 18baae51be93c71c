/* neap version: of the program and of what it is built on. */
#include "cli/command.h"
#include "cli/options.h"
#include "net/loop.h"
#include "vm/runtime.h"

#include <stdio.h>

static int version(const struct neap_command *command, int argc, char **argv) {
    const struct neap_options options = { .command = command };
    struct neap_words words;
    int code = neap_options_read(&options, argc, argv, &words);
    neap_words_fini(&words);
    if (code != NEAP_OPTIONS_DONE)
        return code;
    printf("neap " NEAP_VERSION "\n");
    printf("%s\n", neap_runtime_vm_version());
    printf("libuv %s\n", neap_loop_version());
    return 0;
}

const struct neap_command NEAP_VERSION_COMMAND = {
    .name = "version",
    .arguments = "",
    .summary = "print the version",
    .run = version,
};
