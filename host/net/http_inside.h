/* http_inside.h - the inside of a server, for the files of net/http_* alone.
 * Owns:      see http_server.h.
 * Threads:   a lane, its connections and its handlers are their worker's carrier's; the
 *            fields of the server say for themselves.
 * Bounds:    see http_server.h.
 * Invariant: a connection is in exactly one of its lane's lists, each in the order of
 *            `since`; a lane lives until its handles are closed and its handlers are gone. */
#ifndef NEAP_NET_HTTP_INSIDE_H
#define NEAP_NET_HTTP_INSIDE_H

#include "base/bytes.h"
#include "base/list.h"
#include "base/thread.h"
#include "core/resource.h"
#include "core/runqueue.h"
#include "net/http_handler.h"
#include "net/http_limits.h"
#include "net/http_parser.h"
#include "net/http_request.h"
#include "net/http_server.h"

#include <stdatomic.h>
#include <uv.h>

enum {
    HTTP_READ_BUFFER = 64 * 1024,
    HTTP_PENDING_MAX = 64 * 1024, /* received behind the request that is being handled */
    HTTP_SPARE_REQUESTS = 64,
    HTTP_SERIAL_BITS = 44, /* of a lane; with its index they fit a Lua number */
    HTTP_LINGER_MS = 2000, /* behind an error that was sent, for the client to read it */
};

/* Where a connection stands; each has a list and a time-out. */
enum http_state {
    HTTP_IDLE,      /* no byte of a request yet */
    HTTP_READING,   /* in the middle of one */
    HTTP_WAITING,   /* a whole request: no handler has taken it yet */
    HTTP_HANDLED,   /* a handler has it */
    HTTP_LEAVING,   /* the last answer is on its way, then it is closed */
    HTTP_LINGERING, /* it was sent; what the client sends is read, and thrown away */
    HTTP_STATES,
    HTTP_CLOSED = HTTP_STATES, /* in no list; its memory goes when libuv says so */
};

struct http_lane {
    struct neap_http_server *server;
    struct neap_worker *worker;
    int fd; /* the listening socket, or -1; its own to change, under the server's lock */
    uv_poll_t listener;
    uint64_t accept_at;     /* 0, or when to go on: there was no descriptor left */
    uint64_t complained_at; /* that there was none */
    uv_timer_t timer;
    uint64_t timer_due;                   /* on the loop's clock, ms; 0: not set */
    struct neap_list states[HTTP_STATES]; /* of connections, oldest first */
    uint64_t timeouts[HTTP_STATES];       /* ms */
    struct neap_http_limits limits;       /* of requests */
    struct neap_list idle;                /* of handlers, the last used first */
    struct neap_list all;                 /* of handlers */
    uint32_t connections;
    uint32_t handlers;
    struct neap_http_handler *starting; /* has not asked for a request yet: one at a time */
    uint64_t starting_since;
    uint32_t handles; /* libuv's that are open: listener, timer, connections */
    uint64_t serials;
    struct neap_task start, drain, close, pool, shed, grant, yield;

    struct neap_list starved_link; /* in the server's `starved`, under its lock */
    uint32_t starved_with;         /* handlers it had then; likewise */
    bool starves;                  /* it is there, or a place is on its way to it */

    /* 1 while `shed` is queued. Set by the lane that queues it, on any worker, cleared by the
     * task. acq_rel: the next one may only touch it when this one is through with it. */
    _Atomic(int) sheds;
    _Atomic(int) yields; /* the same of `yield`, cleared before it does its work */

    bool pool_queued;
    bool listening;
    bool draining;
    bool closed;
    time_t date_at; /* of `date` */
    char date[32];
    struct neap_bytes head; /* of the answer being written */
    struct neap_http_request *spares[HTTP_SPARE_REQUESTS];
    uint32_t spare_count;
    char buffer[HTTP_READ_BUFFER]; /* what was just read: shared, as nothing stays in it */
};

struct http_connection {
    struct neap_list link; /* in a list of its lane's `states` */
    uint64_t since;        /* when it came there: loop time, ms */
    struct http_lane *lane;
    struct neap_http_request *request; /* NULL while idle */
    struct neap_http_handler *handler; /* while HANDLED */
    struct neap_bytes pending;
    size_t queued_then; /* bytes unsent when its time was last looked at */
    uint64_t serial;
    uint64_t left;     /* bytes of a sized answer that are still to be written */
    uint8_t state;     /* enum http_state */
    bool keep : 1;     /* another request may follow the answer */
    bool gone : 1;     /* the client is: nothing can be written */
    bool half : 1;     /* it sends no more, but may read */
    bool lingers : 1;  /* behind its last answer */
    bool paused : 1;   /* nothing is read from it now */
    bool started : 1;  /* the answer's head is written */
    bool chunked : 1;  /* and its body goes in chunks */
    bool sized : 1;    /* or has the length that its head tells */
    bool bodiless : 1; /* and it has none, whatever the handler writes */
    struct neap_http_parser parser;
    uv_tcp_t tcp;
};

struct neap_http_handler {
    struct neap_resource resource; /* first */
    struct neap_list link;         /* in lane->all */
    struct neap_list idle_link;    /* in lane->idle while is_idle */
    struct http_lane *lane;
    struct http_connection *connection; /* while it has a request */
    struct neap_pid pid;
    bool is_idle;
    bool waits;             /* for what it wrote to be sent */
    struct http_lane *heir; /* it ends, and leaves its place to this lane; or NULL */
};

struct neap_http_server {
    struct neap_resource resource; /* first; of its owner */
    struct neap_node *node;
    struct neap_pid owner;
    struct neap_http_options options;
    struct neap_http_handlers made; /* how handlers are made */
    char address[64];
    bool drains; /* the owner has asked for it; its own */
    uint32_t lane_count;
    struct http_lane *lanes;

    /* How many lanes are in `starved`. Written by the holder of the lock, read by handlers
     * that ask for a request; relaxed: one that reads too early is asked again (`yield`). */
    _Atomic(uint32_t) starving;

    /* The owner, the lanes and the queued tasks that still hold it; the last one frees.
     * acq_rel. */
    _Atomic(uint32_t) refs;

    struct neap_mutex lock;   /* of those below, and of the lanes' sockets */
    uint32_t handlers;        /* processes of all lanes, and places on their way to one */
    struct neap_list starved; /* lanes whose requests wait for a place, the first first */
    bool is_owned;            /* the owner lives and may be notified */
    uint32_t undrained;       /* lanes that have not begun to drain */
    uint32_t connections;     /* of all lanes */
};

/* --- http_accept.c: the lane's carrier --- */
void neap_http_accept_start(struct http_lane *l);
void neap_http_accept_resume(struct http_lane *l);
void neap_http_accept_stop(struct http_lane *l); /* for good; closes the socket */

/* --- http_lane.c ------------------------------------------- */
void neap_http_lane_init(struct http_lane *l, struct neap_http_server *s,
                         struct neap_worker *w, int fd);
void neap_http_lane_start(struct http_lane *l); /* when all are initialized */
uint64_t neap_http_lane_now(struct http_lane *l);
void neap_http_lane_wake_at(struct http_lane *l, uint64_t due); /* its timer, at the latest */
struct http_connection *neap_http_lane_oldest(struct http_lane *l, enum http_state state);
/* Moves the connection to the list of `state`; its time begins. */
void neap_http_lane_move(struct http_connection *c, enum http_state state);
void neap_http_lane_accepted(struct http_lane *l);
void neap_http_lane_closed(struct http_lane *l); /* one of its handles is closed for good */
void neap_http_lane_gone(struct http_lane *l);   /* one of its connections is */
void neap_http_lane_check_end(struct http_lane *l);
const char *neap_http_lane_date(struct http_lane *l);
struct neap_http_request *neap_http_lane_take_request(struct http_lane *l);
void neap_http_lane_give_request(struct http_lane *l, struct neap_http_request *r);

/* --- http_pool.c: requests meet handlers ------------------------------------------ */
void neap_http_pool_init(struct http_lane *l);
void neap_http_pool_kick(struct http_lane *l); /* requests may be waiting */
/* Ends a handler that takes too long to start. Gives when to look again, or UINT64_MAX. */
uint64_t neap_http_pool_expire(struct http_lane *l, uint64_t now);
void neap_http_pool_close(struct http_lane *l);
bool neap_http_pool_grant(struct http_lane *l); /* a place: false when it needs none */
void neap_http_pool_yield(struct http_lane *l); /* an idle handler may leave its place */

/* --- http_places.c: how many handlers there may be, and whose --- */
/* A place for a handler; false: there is none, and _pool_grant follows when there is. */
bool neap_http_place_take(struct http_lane *l);
/* A lane that a handler of this one should end for, or NULL. It has to get the place. */
struct http_lane *neap_http_place_heir(struct http_lane *l, bool has_waiting);
/* A place is free: for the heir, or, if NULL, for who has waited longest. */
void neap_http_place_free(struct neap_http_server *s, struct http_lane *heir);
void neap_http_place_give_up(struct http_lane *l); /* it does not wait for one any more */

/* --- http_connection.c --------------------------------------------------------------- */
void neap_http_connection_open(struct http_lane *l, int fd); /* takes the socket */
/* An error of the client's, or a 503: the canned answer, and the end. */
void neap_http_connection_refuse(struct http_connection *c, int status, const char *why);
void neap_http_connection_expire(struct http_connection *c); /* its time is over */
/* An idle one: what it was answered is still sent, then it is closed. */
void neap_http_connection_dismiss(struct http_connection *c);
void neap_http_connection_close(struct http_connection *c); /* now */
/* The same in the middle of an answer, so that the client can see it. */
void neap_http_connection_cut(struct http_connection *c);
/* The answer is complete: the next request, or the end. */
void neap_http_connection_finish(struct http_connection *c);
/* Sends or queues two runs of bytes; the second may be empty. */
void neap_http_connection_write(struct http_connection *c, const void *a, size_t a_size,
                                const void *b, size_t b_size);
size_t neap_http_connection_unsent(const struct http_connection *c);

/* --- http_server.c ------------------------------------------------------------------- */
void neap_http_server_ref(struct neap_http_server *s);
void neap_http_server_unref(struct neap_http_server *s);
void neap_http_server_count(struct neap_http_server *s, int connections);
void neap_http_server_lane_drains(struct neap_http_server *s);

/* --- http_listen.c ------------------------------------------------------------------- */
/* Opens `count` sockets on one address into `fds`; `text` gets the address as bound. */
int neap_http_listen(const struct neap_http_options *options, uint32_t count, int *fds,
                     char text[64], char why[NEAP_HTTP_WHY]);

#endif
