/* http_limits.h - how large a request may be.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    NEAP_HTTP_HEAD_MAX, NEAP_HTTP_BODY_MAX.
 * Invariant: none. */
#ifndef NEAP_NET_HTTP_LIMITS_H
#define NEAP_NET_HTTP_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#define NEAP_HTTP_HEAD_MAX ((size_t)UINT32_MAX / 2) /* spans have 32 bits */
#define NEAP_HTTP_BODY_MAX (SIZE_MAX / 4)

/* What is longer is refused with the status behind it. */
struct neap_http_limits { /* a plain value */
    size_t target;        /* bytes of the request target: 414 */
    size_t head;          /* bytes up to the empty line and with it: 431 */
    size_t fields;        /* lines after the request line: 431 */
    size_t body;          /* bytes, those of chunks put together: 413 */
};

/* The lines after a chunked body have `head` and `fields` to themselves once more. */
#define NEAP_HTTP_LIMITS_DEFAULT                                                         \
    ((struct neap_http_limits){                                                          \
        .target = 8192, .head = 65536, .fields = 100, .body = 8u << 20 })

#endif
