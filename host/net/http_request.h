/* http_request.h - one request as it was received: the text of its head, and its body.
 * Owns:      its text, its list of fields, its body.
 * Threads:   one at a time.
 * Bounds:    http_limits.h, kept by http_parser.c. What _clear keeps for the next request:
 *            NEAP_HTTP_KEPT_TEXT and NEAP_HTTP_KEPT_BODY bytes, NEAP_HTTP_KEPT_FIELDS fields.
 * Invariant: every span lies in the text. Names of fields are tokens in lower case, values
 *            are trimmed and free of control characters (but tab). Nothing is decoded.
 *
 * The struct is visible because its parser fills it and its readers read it piece by piece;
 * nobody else writes to it. It is recycled: _clear, then the parser again. */
#ifndef NEAP_NET_HTTP_REQUEST_H
#define NEAP_NET_HTTP_REQUEST_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NEAP_HTTP_KEPT_TEXT = 4096,
    NEAP_HTTP_KEPT_BODY = 16384,
    NEAP_HTTP_KEPT_FIELDS = 64,
};

struct neap_http_span { /* a plain value: a piece of the text */
    uint32_t at;
    uint32_t length;
};

struct neap_http_field { /* a plain value */
    struct neap_http_span name;
    struct neap_http_span value;
};

struct neap_http_request {
    struct neap_bytes text; /* the head as it came, but for the case of names */
    struct neap_bytes body; /* of a chunked one: what the chunks held */
    struct neap_http_field *fields;
    uint32_t field_count;
    uint32_t field_room;
    struct neap_http_span target; /* as it came: "/a?b", "http://host/a?b" or "*" */
    struct neap_http_span path;   /* begins with "/"; or it is "*", of OPTIONS only */
    struct neap_http_span query;  /* without the "?"; at 0 when there is none */
    uint64_t content_length;      /* 0 when the head tells none */
    int method;                   /* one of llhttp's numbers: HTTP_GET ... */
    int minor;                    /* of the version: HTTP/1.0 or HTTP/1.1 */
    bool keep_alive; /* the client would like another answer after this one */
    bool chunked;
    bool expects_continue; /* the client waits for "100 Continue" before it sends the body */
};

/* --- one thread at a time ------------------------------------------------- */
struct neap_http_request *neap_http_request_new(void);
void neap_http_request_free(struct neap_http_request *r);
void neap_http_request_clear(struct neap_http_request *r);

/* Adds a field that is still to be filled in. Lent until the next one is added. */
struct neap_http_field *neap_http_request_add(struct neap_http_request *r);

/* The first field of that name (in lower case) after the field `after`, or the first of all
 * when that is NULL; NULL when there is none. Lent until _clear. */
const struct neap_http_field *neap_http_request_find(const struct neap_http_request *r,
                                                     const char *name,
                                                     const struct neap_http_field *after);

/* The method's name: "GET". Lives for ever. */
const char *neap_http_request_method(const struct neap_http_request *r);

/* The first byte of a span; not terminated. Lent until _clear. */
static inline const char *neap_http_request_text(const struct neap_http_request *r,
                                                 struct neap_http_span span) {
    return (const char *)r->text.data + span.at;
}

/* True when the span says `word`, of the same case. */
static inline bool neap_http_request_says(const struct neap_http_request *r,
                                          struct neap_http_span span, const char *word) {
    return span.length == strlen(word) &&
           memcmp(neap_http_request_text(r, span), word, span.length) == 0;
}

#endif
