/* http_head.h - the head of a response, as bytes.
 * Owns:      nothing; it appends to the caller's bytes.
 * Threads:   any.
 * Bounds:    the caller's.
 * Invariant: what frames the message (content-length, transfer-encoding, connection) is
 *            written here alone. The caller has checked names and values: a line break in
 *            one would be a response of its own (lua/neap/http/response.lua). */
#ifndef NEAP_NET_HTTP_HEAD_H
#define NEAP_NET_HTTP_HEAD_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct neap_http_head { /* a plain value */
    int status;
    int minor; /* of the request's HTTP/1.x */
    bool keep; /* the connection stays open */
    bool chunked;
    bool sized; /* `size` is told */
    size_t size;
    const char *date; /* of neap_http_date */
};

/* --- any thread ------------------------------------------------------------ */
void neap_http_head_begin(struct neap_bytes *to, const struct neap_http_head *head);
void neap_http_head_field(struct neap_bytes *to, const char *name, size_t name_size,
                          const char *value, size_t value_size);
void neap_http_head_end(struct neap_bytes *to);

/* A whole response to what went wrong: "404 not found\n", and the connection closes. */
void neap_http_head_error(struct neap_bytes *to, int status, const char *date);

/* False for 1xx, 204 and 304 (RFC 9110, 6.4.1). */
bool neap_http_status_has_body(int status);

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
void neap_http_date(char text[32], time_t at);

#endif
