/* socket_path.h - where the control sockets of this user's nodes are.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    a path has at most NEAP_SOCKET_PATH - 1 bytes, as the system wants it.
 * Invariant: a directory that others may enter, or that is not ours, is never used: neither
 *            a node nor an operator talks to a socket that somebody else put there.
 *
 * $XDG_RUNTIME_DIR/neap/NAME.sock; without that variable /tmp/neap-UID/NAME.sock. */
#ifndef NEAP_NET_SOCKET_PATH_H
#define NEAP_NET_SOCKET_PATH_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

enum {
    NEAP_SOCKET_PATH = sizeof((struct sockaddr_un *)0)->sun_path,
    NEAP_SOCKET_WHY = 512, /* room for a line that says what is wrong */
};

struct neap_socket_names { /* of the nodes that answer, sorted */
    char **names;
    size_t count;
};

/* --- any thread ---------------------------------------------------------- */
/* True for what may name a node; NEAP_SOCKET_NAME_RULE says to people what that is. */
bool neap_socket_name_is_valid(const char *name);
#define NEAP_SOCKET_NAME_RULE                                                            \
    "1 to 64 bytes, no \"/\", no control characters, no \".\" first"

/* The path of the node's socket: 0, or NEAP_EINVALID and why (name or length). */
NEAP_MUST_CHECK int neap_socket_path(const char *name, char path[NEAP_SOCKET_PATH],
                                     char why[NEAP_SOCKET_WHY]);

/* The directory of a socket's path exists and is ours alone; made if `make` is set.
 * 0, or an error and why. NEAP_ENOPROC: there is none. */
NEAP_MUST_CHECK int neap_socket_check_directory(const char *path, bool make,
                                                char why[NEAP_SOCKET_WHY]);

/* Connects to a socket; 0 with the descriptor, which blocks, or a system error. */
NEAP_MUST_CHECK int neap_socket_connect(const char *path, int *fd);

/* Gives the names of all nodes that accept connections, to be freed with _fini. */
void neap_socket_names_init(struct neap_socket_names *all);
void neap_socket_names_fini(struct neap_socket_names *all);

/* The directory looked in, for messages. */
void neap_socket_directory(char dir[NEAP_SOCKET_WHY]);

#endif
