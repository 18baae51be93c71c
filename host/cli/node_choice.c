#include "cli/node_choice.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/suggest.h"
#include "cli/complain.h"
#include "vm/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* "a, b, c"; the bytes are to be freed. */
static const char *joined(const struct neap_socket_names *all, struct neap_bytes *out) {
    neap_bytes_init(out);
    for (size_t i = 0; i < all->count; i++)
        neap_bytes_printf(out, "%s%s", i == 0 ? "" : ", ", all->names[i]);
    neap_bytes_put(out, '\0');
    return (const char *)out->data;
}

static int no_such_node(const struct neap_command *command, const char *name,
                        const struct neap_socket_names *all) {
    char hint[NEAP_HINT];
    struct neap_bytes list;
    neap_hint(hint, "", name, (const char *const *)all->names, all->count);
    neap_complain(command->name, "no node called \"%s\" is running%s%s%s", name,
                  all->count == 0 ? ", nor any other" : "; running: ", joined(all, &list),
                  hint);
    neap_bytes_fini(&list);
    return NEAP_EXIT_FAILED;
}

static int by_name(const struct neap_command *command, const char *name,
                   char path[NEAP_SOCKET_PATH]) {
    char why[NEAP_SOCKET_WHY];
    int fd = -1;
    if (neap_socket_path(name, path, why) != 0)
        return neap_usage_error(command->name, "--name: %s", why);
    int err = neap_socket_check_directory(path, false, why);
    if (err != 0 && err != NEAP_ENOPROC) {
        neap_complain(command->name, "%s", why);
        return NEAP_EXIT_FAILED;
    }
    err = neap_socket_connect(path, &fd);
    if (err == 0)
        close(fd);
    if (err == 0 || err == -EAGAIN)
        return NEAP_OPTIONS_DONE;
    struct neap_socket_names all;
    neap_socket_names_init(&all);
    int code = no_such_node(command, name, &all);
    neap_socket_names_fini(&all);
    return code;
}

static int several(const struct neap_command *command, const struct neap_socket_names *all) {
    struct neap_bytes list;
    neap_complain(command->name, "%zu nodes are running: choose one with --name: %s",
                  all->count, joined(all, &list));
    neap_bytes_fini(&list);
    return NEAP_EXIT_INVALID;
}

static int the_only_one(const struct neap_command *command, char path[NEAP_SOCKET_PATH]) {
    struct neap_socket_names all;
    char dir[NEAP_SOCKET_WHY];
    neap_socket_directory(dir);
    neap_socket_names_init(&all);
    int code = NEAP_EXIT_FAILED;
    if (all.count == 0)
        neap_complain(command->name,
                      "no node is running: looked for control sockets in %s", dir);
    else if (all.count > 1)
        code = several(command, &all);
    else
        code = by_name(command, all.names[0], path);
    neap_socket_names_fini(&all);
    return code;
}

int neap_node_choice_path(const struct neap_command *command,
                          const struct neap_node_choice *choice,
                          char path[NEAP_SOCKET_PATH]) {
    if (choice->name != NULL && choice->socket != NULL)
        return neap_usage_error(command->name,
                                "--name and --socket both choose the node: "
                                "give one of them");
    if (choice->name != NULL)
        return by_name(command, choice->name, path);
    if (choice->socket == NULL)
        return the_only_one(command, path);
    if (strlen(choice->socket) >= NEAP_SOCKET_PATH)
        return neap_usage_error(command->name,
                                "--socket: a path has at most %d bytes, given %zu",
                                NEAP_SOCKET_PATH - 1, strlen(choice->socket));
    memcpy(path, choice->socket, strlen(choice->socket) + 1);
    return NEAP_OPTIONS_DONE;
}
