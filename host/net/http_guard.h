/* http_guard.h - the shape of a head: its lines, what may be in them, how long they may be.
 * Owns:      none; it keeps no byte of what it sees.
 * Threads:   one at a time.
 * Bounds:    those of http_limits.h, to the byte.
 * Invariant: what it says depends on the bytes alone, not on how they were split. What it let
 *            through has lines that end in CR LF and nothing else, one empty line (the last;
 *            another may be the first), no folded lines, no control characters but tabs in
 *            fields, and a request line of three words with one space between them.
 *
 * It goes ahead of llhttp, which is more liberal: two programs that see different requests
 * in the same bytes are what request smuggling lives on. */
#ifndef NEAP_NET_HTTP_GUARD_H
#define NEAP_NET_HTTP_GUARD_H

#include "net/http_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum neap_http_verdict {
    NEAP_HTTP_WELL,  /* all of it is well */
    NEAP_HTTP_LINE,  /* the request line ended here; said once */
    NEAP_HTTP_END,   /* the head ended here */
    NEAP_HTTP_WRONG, /* see status and why */
};

struct neap_http_guard { /* embedded; the numbers are there to be read */
    const struct neap_http_limits *limits;
    int state;
    int status;      /* of BAD: 400, 414, 431, 501 or 505 */
    const char *why; /* of BAD: lives for ever */
    size_t bytes;    /* that were let through */
    size_t method;   /* where the method begins, counted from the first byte */
    size_t target;
    size_t version;
    size_t line; /* where the line begins that is not complete yet */
    size_t fields;
};

/* --- one thread at a time ------------------------------------------------- */
/* For a head, or for the lines after a chunked body. `limits` are lent for its life. */
void neap_http_guard_init(struct neap_http_guard *g, const struct neap_http_limits *limits);
void neap_http_guard_init_trailers(struct neap_http_guard *g,
                                   const struct neap_http_limits *limits);

/* Looks at bytes; `good` of them were let through. Not to be called again after END, BAD. */
enum neap_http_verdict neap_http_guard_scan(struct neap_http_guard *g, const uint8_t *data,
                                            size_t size, size_t *good);

/* True until the first byte of a request was seen (an empty line is none). */
bool neap_http_guard_is_idle(const struct neap_http_guard *g);

#endif
