/* http_target.h - what a request target asks for.
 * Owns:      none.
 * Threads:   one at a time.
 * Bounds:    those of the target (http_guard.h).
 * Invariant: nothing is decoded: "/a%2Fb" and "/a/b" stay two paths.
 *
 *     /path?query                of every method
 *     http://host/path?query     the same; its host counts, not the Host field's (RFC 9112)
 *     *                          of OPTIONS only */
#ifndef NEAP_NET_HTTP_TARGET_H
#define NEAP_NET_HTTP_TARGET_H

#include "base/assert.h"
#include "net/http_request.h"

/* --- one thread at a time ------------------------------------------------- */
/* Finds path and query of r->target, and `host` in it (of length 0 when it has none).
 * 0, or NEAP_EINVALID and why; `why` lives for ever. */
NEAP_MUST_CHECK int neap_http_target_read(struct neap_http_request *r,
                                          struct neap_http_span *host, const char **why);

/* True for "name", "name:port", "1.2.3.4", "[::1]:port" and "" (that is what the Host of a
 * target without a host looks like). */
bool neap_http_host_is_valid(const char *host, size_t size);

#endif
