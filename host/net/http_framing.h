/* http_framing.h - what the fields of a head say about the message and its connection.
 * Owns:      none.
 * Threads:   one at a time.
 * Bounds:    none; the length of the body is checked by http_parser.c.
 * Invariant: where a body ends is said once and in one way, or the request is refused:
 *            whoever forwarded it may have read it in the other. */
#ifndef NEAP_NET_HTTP_FRAMING_H
#define NEAP_NET_HTTP_FRAMING_H

#include "base/assert.h"
#include "net/http_request.h"

/* --- one thread at a time ------------------------------------------------- */
/* Reads the fields of a complete head: r->chunked, content_length, keep_alive and
 * expects_continue. 0, or the status to answer with (400, 413, 417, 501) and why, which
 * lives for ever. */
NEAP_MUST_CHECK int neap_http_framing_read(struct neap_http_request *r, const char **why);

#endif
