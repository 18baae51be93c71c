/* http_parser.h - bytes from a connection become requests, one after the other.
 * Owns:      none: what it learns goes into the request of the caller.
 * Threads:   one at a time.
 * Bounds:    its limits (http_limits.h): no more than them is ever kept of a request.
 * Invariant: what it says depends on the bytes alone, not on how they were split. A request
 *            that two programs could read in two ways is refused, as RFC 9112 has it.
 *
 *     HEAD --no body--> (done)        llhttp reads request lines, fields and chunks.
 *      |--length--> BODY --> (done)   Ahead of it goes http_guard.c, since llhttp accepts
 *      '--chunked--> CHUNKS           more than the RFC; behind it come http_target.c and
 *                      |              http_framing.c. Where one of them and llhttp differ,
 *                      v              the request is refused.
 *                   TRAILERS --> (done)
 *     Each but (done) may become BROKEN, for good. After (done) it is at HEAD again. */
#ifndef NEAP_NET_HTTP_PARSER_H
#define NEAP_NET_HTTP_PARSER_H

#include "net/http_guard.h"
#include "net/http_limits.h"
#include "net/http_request.h"

#include <llhttp.h>

enum neap_http_event {
    NEAP_HTTP_MORE, /* all bytes are used; the request is not complete */
    NEAP_HTTP_HEAD, /* the head is complete and a body follows: once per such request */
    NEAP_HTTP_DONE, /* the request is complete; what is not used belongs to the next one */
    NEAP_HTTP_BAD,  /* answer with the parser's status, then close the connection */
};

struct neap_http_parser { /* embedded in a connection; status and why are there to be read */
    llhttp_t llhttp;
    struct neap_http_guard guard;
    const struct neap_http_limits *limits;
    struct neap_http_request *request; /* during a feed */
    struct neap_http_span host;        /* of an absolute target */
    int state;
    int status;       /* of BAD: 400 to 505 */
    const char *why;  /* of BAD: a few words for the log; lives for ever */
    size_t told;      /* bytes of the text that llhttp has seen */
    uint64_t left;    /* bytes of the body, or those before the next chunk at most */
    bool is_complete; /* llhttp has seen the end of what it was to read */
};

/* --- one thread at a time ------------------------------------------------- */
/* `limits` are lent for the parser's life. */
void neap_http_parser_init(struct neap_http_parser *p,
                           const struct neap_http_limits *limits);

/* Reads on. `request` is the same one from the first byte to DONE, and clear before that.
 * After HEAD and DONE the rest of the bytes is fed again. After BAD it answers BAD only. */
enum neap_http_event neap_http_parser_feed(struct neap_http_parser *p,
                                           struct neap_http_request *request,
                                           const void *data, size_t size, size_t *used);

/* True between two requests: closing the connection now cuts none short. */
static inline bool neap_http_parser_is_idle(const struct neap_http_parser *p) {
    return neap_http_guard_is_idle(&p->guard);
}

#endif
