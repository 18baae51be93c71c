/* control.h - the control socket of a node: a command comes in, its answer goes out.
 * Owns:      the socket and its file, from _open until _close.
 * Threads:   main thread, on its own loop: it answers even when every worker is stuck.
 * Bounds:    NEAP_CONTROL_CLIENTS at once, NEAP_CONTROL_REQUEST bytes of request, and the
 *            time a client may take to ask and to read.
 * Invariant: at most one node of a name: the socket of a dead one is taken over, that of a
 *            living one never. Only our user reaches it (socket_path.h).
 *
 * Request:  one line of words, separated by tabs: the command and its arguments.
 * Reply:    a line "ok", "partly" or "failed", then text, until the connection is closed. */
#ifndef NEAP_NET_CONTROL_H
#define NEAP_NET_CONTROL_H

#include "base/assert.h"
#include "base/bytes.h"
#include "net/socket_path.h"

#include <stddef.h>
#include <stdint.h>

enum {
    NEAP_CONTROL_CLIENTS = 32,
    NEAP_CONTROL_REQUEST = 4096,
    NEAP_CONTROL_WORDS = 16,
};

enum neap_control_answer {
    NEAP_CONTROL_OK,
    NEAP_CONTROL_FAILED, /* the reply is one line that says why */
    NEAP_CONTROL_PARTLY, /* the reply says what was done and what was not */
    NEAP_CONTROL_HELD,   /* "ok" now, the end of the reply when the node ends */
    NEAP_CONTROL_LATER, /* the reply comes by neap_control_answer, which bounds the time */
};

struct neap_control_command { /* a plain value */
    const char *name;
    /* Appends to `reply`; must not block. The arguments are lent for the call. */
    enum neap_control_answer (*run)(void *context, size_t count, char *const *arguments,
                                    struct neap_bytes *reply);
};

struct neap_control_options { /* a plain value; `commands` are lent for the socket's life */
    const struct neap_control_command *commands;
    size_t count;
    void *context;
};

struct neap_control;
struct neap_foreground;

/* --- main thread ------------------------------------------------------------ */
/* Opens the socket of the node called `name`: 0 and the control; NEAP_ETAKEN: a node of
 * that name runs; NEAP_EINVALID or a system error. `why` says it in one line. */
NEAP_MUST_CHECK int neap_control_open(struct neap_foreground *f, const char *name,
                                      const struct neap_control_options *options,
                                      struct neap_control **control,
                                      char why[NEAP_SOCKET_WHY]);

/* The number of the request that is being handled, for one that is answered later. */
uint64_t neap_control_request(const struct neap_control *control);

/* Answers it, once; `how` is not HELD or LATER. Nothing happens if who asked has gone. */
void neap_control_answer(struct neap_control *control, uint64_t request,
                         enum neap_control_answer how, const struct neap_bytes *text);

/* Ends all connections and removes the socket. NULL is allowed. The memory goes when the
 * loop next runs (neap_foreground_free does). */
void neap_control_close(struct neap_control *control);

/* --- monitor thread: none ------------------------------------------------- */

#endif
