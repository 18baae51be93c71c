/* http_head.h - writes the heads of responses.
 * Owns:      none: it appends to the caller's bytes.
 * Threads:   any; a head is one thread's at a time.
 * Bounds:    none.
 * Invariant: what a head says about its body is what neap_http_head_body tells the caller
 *            to send. The version is HTTP/1.1 whatever the client's, as RFC 9110 wants it.
 *
 *     struct neap_http_head head = { .status = 200, .minor = 1, ... };
 *     neap_http_head_begin(&head, out);
 *     neap_http_head_field(&head, out, "content-type", 12, "text/plain", 10);
 *     neap_http_head_end(&head, out); */
#ifndef NEAP_NET_HTTP_HEAD_H
#define NEAP_NET_HTTP_HEAD_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { NEAP_HTTP_DATE = 32 };

/* To a client that waits for it before it sends the body. */
#define NEAP_HTTP_CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

struct neap_http_head { /* a plain value */
    int status;         /* 200 to 599 */
    int minor;          /* of the request's version */
    bool keep_alive;    /* the connection is to be used again */
    bool of_head;       /* the method of the request was HEAD */
    bool streamed;      /* the length of the body is not known yet */
    uint64_t length;    /* of the body, when it is not streamed */
    const char *date;   /* the text of neap_http_date; NULL for no date */
    bool dated;         /* set by _field: the caller's own date goes instead */
};

enum neap_http_body {
    NEAP_HTTP_BODY_NONE, /* nothing follows the head */
    NEAP_HTTP_BODY_LENGTH,
    NEAP_HTTP_BODY_CHUNKED,
    NEAP_HTTP_BODY_TO_CLOSE, /* HTTP/1.0 knows no chunks: it ends with the connection */
};

/* --- any thread ---------------------------------------------------------- */
/* The IMF-fixdate of a time: "Sun, 06 Nov 1994 08:49:37 GMT". */
void neap_http_date(char out[NEAP_HTTP_DATE], time_t time);

/* The reason phrase: "Not Found"; of an unknown status that of its class. Lives for ever. */
const char *neap_http_reason(int status);

/* What follows the head. */
enum neap_http_body neap_http_head_body(const struct neap_http_head *head);

/* True when the connection may be used again after the response. */
bool neap_http_head_keeps_alive(const struct neap_http_head *head);

/* The parts of a head, in this order; any number of fields, each one checked before by
 * neap_http_field_check (http_field.h). */
void neap_http_head_begin(const struct neap_http_head *head, struct neap_bytes *out);
void neap_http_head_field(struct neap_http_head *head, struct neap_bytes *out,
                          const char *name, size_t name_size, const char *value,
                          size_t value_size);
void neap_http_head_end(const struct neap_http_head *head, struct neap_bytes *out);

/* A whole response of the host's own: a head of that status, minor, keep_alive, of_head and
 * date, and a body of one line, "404 not found". */
void neap_http_head_plain(const struct neap_http_head *head, struct neap_bytes *out);

#endif
