/* http_handler.h - a handler process: the request it has, and the answer it gives.
 * Owns:      its place in a lane, as a resource of the process; the request is lent by the
 *            connection until it is answered.
 * Threads:   the process's slice.
 * Bounds:    one request at a time; NEAP_HTTP_QUEUED bytes written and not yet sent.
 * Invariant: between _next and _respond or _end it has a request. If the process ends in
 *            between, the client gets a 500, or its connection is cut off in mid-answer. */
#ifndef NEAP_NET_HTTP_HANDLER_H
#define NEAP_NET_HTTP_HANDLER_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEAP_HTTP_QUEUED = 256 * 1024 };

struct neap_http_handler;
struct neap_http_request;
struct neap_process;

struct neap_http_line { /* lent for the call */
    const char *name;
    size_t name_size;
    const char *value;
    size_t value_size;
};

struct neap_http_answer { /* a plain value; texts are lent for the call */
    int status;
    const struct neap_http_line *lines; /* checked by the caller: http_field.h */
    size_t line_count;
    bool is_sized; /* of _start: the parts will be `size` bytes in all */
    uint64_t size;
};

/* --- the process's slice ----------------------------------------------------- */
/* The handler that the process is, or NULL. */
struct neap_http_handler *neap_http_handler_of(struct neap_process *self);

/* 0: there is a request. NEAP_EWAIT: the process is notified when there may be one.
 * NEAP_ECLOSED: the server has ended. */
int neap_http_handler_next(struct neap_http_handler *h);

/* It has not asked for a request yet: it was made for one that waits, and owes it an answer. */
bool neap_http_handler_is_starting(const struct neap_http_handler *h);

/* The request it has, or NULL; a number that no other request of the node has. */
const struct neap_http_request *neap_http_handler_request(const struct neap_http_handler *h);
uint64_t neap_http_handler_serial(const struct neap_http_handler *h);

/* "127.0.0.1" and the port of the client. */
uint16_t neap_http_handler_peer(const struct neap_http_handler *h, char address[64]);

/* A whole answer; to a HEAD request, the head of one with `size` bytes. The request is done
 * with. */
void neap_http_handler_respond(struct neap_http_handler *h,
                               const struct neap_http_answer *answer, const void *body,
                               size_t size);

/* An answer in parts: 0, or NEAP_ECLOSED when the client is gone. One whose parts are not of
 * the size that was told ends with the connection, so that the client can see it. */
int neap_http_handler_start(struct neap_http_handler *h,
                            const struct neap_http_answer *answer);
/* The process should wait until _is_drained, and then look whether the client _is_gone. */
void neap_http_handler_write(struct neap_http_handler *h, const void *bytes, size_t size);
bool neap_http_handler_is_drained(const struct neap_http_handler *h);
bool neap_http_handler_is_gone(const struct neap_http_handler *h); /* the client is */
bool neap_http_handler_has_started(const struct neap_http_handler *h);
void neap_http_handler_end(struct neap_http_handler *h);

#endif
