/* http_parser.h - bytes of a connection become requests: llhttp, made strict.
 * Owns:      nothing: what it reads goes into the request it is given.
 * Threads:   its connection's carrier.
 * Bounds:    struct neap_http_limits; nothing beyond them is stored.
 * Invariant: how the bytes are cut into pieces makes no difference. What two servers could
 *            read differently is refused, not guessed (RFC 9112, 11.2): bare CR or LF, folded
 *            lines, control characters, more than one Content-Length, or one beside a
 *            Transfer-Encoding. llhttp lets some of these pass, so the bytes of the head go
 *            through our own check first. */
#ifndef NEAP_NET_HTTP_PARSER_H
#define NEAP_NET_HTTP_PARSER_H

#include "net/http_request.h"

#include <llhttp.h>

struct neap_http_limits { /* a plain value; all in bytes, but for the fields */
    uint32_t target;      /* over it: 414 */
    uint32_t head;        /* 431 */
    uint32_t fields;      /* 431 */
    size_t body;          /* 413 */
};

enum neap_http_event {
    NEAP_HTTP_MORE, /* all bytes are used; the request is not complete */
    NEAP_HTTP_HEAD, /* the same, and its head just was: a body follows */
    NEAP_HTTP_DONE, /* it is complete; what was not used belongs to the next */
    NEAP_HTTP_BAD,  /* it is none: answer with _status, and close */
};

struct neap_http_parser { /* embedded in the connection */
    llhttp_t llhttp;      /* first; its `data` is this */
    const struct neap_http_limits *limits;
    struct neap_http_request *request; /* during _feed */
    const char *why;
    uint32_t line;   /* bytes of the head's line so far */
    uint32_t head;   /* of the head */
    uint16_t status; /* of a request that is refused */
    uint8_t last;    /* the byte before */
    bool in_head;
    bool first_line;
    bool head_done; /* in this call of _feed */
    bool in_value;  /* of a field, which may come in pieces */
    bool trailing;  /* fields behind a chunked body are read over */
};

/* --- the connection's carrier -------------------------------------------------- */
struct neap_http_limits neap_http_limits_default(void);

/* `limits` are lent for the parser's life. */
void neap_http_parser_init(struct neap_http_parser *p,
                           const struct neap_http_limits *limits);

/* Reads on; `request` is the same until it is complete, and empty at its beginning. `used`
 * gets the number of bytes taken. After BAD nothing more may be fed. */
enum neap_http_event neap_http_parser_feed(struct neap_http_parser *p,
                                           struct neap_http_request *request,
                                           const char *bytes, size_t size, size_t *used);

/* A byte of the next request has come. */
bool neap_http_parser_has_begun(const struct neap_http_parser *p);

int neap_http_parser_status(const struct neap_http_parser *p);
const char *neap_http_parser_why(const struct neap_http_parser *p); /* for the log */

#endif
