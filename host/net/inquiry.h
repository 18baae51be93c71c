/* inquiry.h - a command sent to a running node, as control.h has it; the operator's side.
 * Owns:      its connection, for the call.
 * Threads:   any; it blocks.
 * Bounds:    NEAP_INQUIRY_MS without a byte from the node, unless it holds the reply.
 * Invariant: none. */
#ifndef NEAP_NET_INQUIRY_H
#define NEAP_NET_INQUIRY_H

#include "base/assert.h"
#include "base/bytes.h"
#include "net/socket_path.h"

#include <stdbool.h>
#include <stddef.h>

enum { NEAP_INQUIRY_MS = 10000 };

/* --- any thread ---------------------------------------------------------- */
/* Sends the words and reads the whole reply: 0 and its text, with `ok` telling whether the
 * node did it; or an error and why. Words hold no control characters. With `until_end` the
 * node may take its time to end the reply. */
NEAP_MUST_CHECK int neap_inquiry(const char *path, const char *const *words, size_t count,
                                 bool until_end, bool *ok, struct neap_bytes *text,
                                 char why[NEAP_SOCKET_WHY]);

#endif
