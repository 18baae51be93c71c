/* http_server.h - an HTTP/1.1 server: a listener and a lane of requests on each worker.
 * Owns:      its sockets, its connections and the requests on them, until its owner, a
 *            process, ends; handler processes are ended then.
 * Threads:   see the headings.
 * Bounds:    struct neap_http_options; what a client sends is bounded by the parser.
 * Invariant: a request is parsed, handled and answered on one worker; C owns the socket
 *            throughout, so a handler that dies is a 500 of that request alone.
 *
 *   client -> connection -> waiting requests of the lane -> handler process -> connection
 *
 * Handlers take the next request themselves when they are done with one. The lane wakes or
 * makes another only when requests still wait after those that run had their slice: so as
 * many processes are in use as block at the same time, and the one used last is used next. */
#ifndef NEAP_NET_HTTP_SERVER_H
#define NEAP_NET_HTTP_SERVER_H

#include "base/assert.h"
#include "base/clock.h"
#include "core/pid.h"
#include "net/http_field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_http_server;
struct neap_process;
struct neap_resource;
struct neap_worker;

struct neap_http_options { /* a plain value; the text is lent for the call */
    const char *address;   /* "127.0.0.1", "::1" */
    uint16_t port;         /* 0: any */
    uint32_t pool_max;     /* handler processes at once */
    size_t max_body;
    neap_time idle_timeout;    /* of a connection without a request */
    neap_time request_timeout; /* to receive one; to find a handler; to answer or go on */
};

/* How the layer above makes and ends handler processes. */
struct neap_http_handlers { /* a plain value */
    /* Makes a process on `worker`, as a child of `server`, that holds `resource`: 0 or an
     * error. On the worker's carrier, in no slice. */
    int (*spawn)(void *context, struct neap_worker *worker, struct neap_pid server,
                 struct neap_resource *resource);
    /* Ends one; `what` took too long: "the request". As spawn. */
    void (*expire)(void *context, struct neap_worker *worker, struct neap_pid handler,
                   const char *what);
    void (*free)(void *context); /* on any thread, once */
    void *context;
};

/* --- the owner's slice ------------------------------------------------------- */
/* Opens the port and begins to listen. 0, NEAP_ETAKEN, NEAP_EINVALID or a system error with
 * one line in `why`. Takes handlers->context. A process has at most one server. */
NEAP_MUST_CHECK int neap_http_server_open(struct neap_process *owner,
                                          const struct neap_http_options *options,
                                          const struct neap_http_handlers *handlers,
                                          char why[NEAP_HTTP_WHY]);

/* The server of the process, or NULL. */
struct neap_http_server *neap_http_server_of(struct neap_process *owner);

/* "127.0.0.1:8080", as it was bound. */
const char *neap_http_server_address(const struct neap_http_server *server);

/* Stops listening, closes idle connections, and lets the others end with the answer that is
 * due. 0: none is left. NEAP_EWAIT: the owner is notified when none is. */
int neap_http_server_drain(struct neap_http_server *server);

#endif
