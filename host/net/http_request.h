/* http_request.h - one HTTP/1 request as it was received.
 * Owns:      its bytes: the target and the fields in one run, the body in another.
 * Threads:   one at a time: its connection's, then its handler's, on the same carrier.
 * Bounds:    the parser's: struct neap_http_limits.
 * Invariant: what is lent here stays until _clear or _free. Field names are in lower case,
 *            values without space around them; nothing is decoded. */
#ifndef NEAP_NET_HTTP_REQUEST_H
#define NEAP_NET_HTTP_REQUEST_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_http_span { /* a part of `text` */
    uint32_t at;
    uint32_t size;
};

struct neap_http_pair {
    struct neap_http_span name;
    struct neap_http_span value;
};

struct neap_http_request { /* written by http_parser.c, read through the functions below */
    struct neap_bytes text;
    struct neap_bytes body;
    struct neap_http_pair *fields;
    uint32_t count;
    uint32_t room;
    struct neap_http_span target;
    uint32_t query; /* where it begins in the target; 0: there is none */
    uint8_t method; /* llhttp's number */
    uint8_t minor;  /* of HTTP/1.x */
    bool keep;      /* the client can send another request */
    bool continues; /* it waits for 100 Continue before it sends the body */
    bool has_body;
};

struct neap_http_request_field { /* lent */
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
};

/* --- one thread at a time ------------------------------------------------- */
struct neap_http_request *neap_http_request_new(void);
void neap_http_request_free(struct neap_http_request *r); /* NULL is allowed */

/* As new, but for a modest amount of memory that is kept. */
void neap_http_request_clear(struct neap_http_request *r);

const char *neap_http_request_method(const struct neap_http_request *r); /* "GET" */
bool neap_http_request_is_head(const struct neap_http_request *r);

/* The target before the first "?", and what is behind it (NULL: there is no "?"). */
const char *neap_http_request_path(const struct neap_http_request *r, size_t *size);
const char *neap_http_request_query(const struct neap_http_request *r, size_t *size);

uint32_t neap_http_request_field_count(const struct neap_http_request *r);
struct neap_http_request_field neap_http_request_field(const struct neap_http_request *r,
                                                       uint32_t i);
const char *neap_http_request_body(const struct neap_http_request *r, size_t *size);

#endif
