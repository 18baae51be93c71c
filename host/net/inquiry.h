/* inquiry.h - a command sent to a running node, as control.h has it; the operator's side.
 * Owns:      its connection, for the call.
 * Threads:   any; it blocks.
 * Bounds:    `patience` ms until the first byte from the node, NEAP_INQUIRY_MS between two,
 *            unless it holds the reply.
 * Invariant: none. */
#ifndef NEAP_NET_INQUIRY_H
#define NEAP_NET_INQUIRY_H

#include "base/assert.h"
#include "base/bytes.h"
#include "net/control.h"
#include "net/socket_path.h"

#include <stdbool.h>
#include <stddef.h>

enum { NEAP_INQUIRY_MS = 10000 };

struct neap_inquiry { /* a plain value */
    const char *const *words;
    size_t count;
    int patience;   /* ms, of a node that works before it answers; 0: NEAP_INQUIRY_MS */
    bool until_end; /* the node may take its time to end the reply */
};

/* --- any thread ---------------------------------------------------------- */
/* Sends the words and reads the whole reply: 0 and its text, with `how` telling whether the
 * node did it (OK, PARTLY, FAILED); or an error and why. Words hold no control characters. */
NEAP_MUST_CHECK int neap_inquiry(const char *path, const struct neap_inquiry *inquiry,
                                 enum neap_control_answer *how, struct neap_bytes *text,
                                 char why[NEAP_SOCKET_WHY]);

#endif
