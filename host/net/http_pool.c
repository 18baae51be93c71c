#include "net/http_inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "core/exit.h"
#include "core/process.h"
#include "core/worker.h"

static void release(struct neap_resource *r);
static const struct neap_resource_kind HANDLER = { "http handler", release };

static struct http_connection *first_waiting(struct http_lane *l) {
    struct neap_list *list = &l->states[HTTP_WAITING];
    return neap_list_empty(list)
               ? NULL
               : NEAP_LIST_ITEM(list->next, struct http_connection, link);
}

/* --- making handlers --- */

static void forget(struct neap_http_handler *h) {
    struct http_lane *l = h->lane;
    neap_list_remove(&h->link);
    neap_list_remove(&h->idle_link);
    l->handlers--;
    if (l->starting == h)
        l->starting = NULL;
    neap_http_place_free(l->server, h->heir);
    neap_free(h);
}

/* On a place that was taken. False: the node has no room for a process. */
static bool make(struct http_lane *l) {
    struct neap_http_server *s = l->server;
    struct neap_http_handler *h = neap_calloc(1, sizeof *h);
    h->resource.kind = &HANDLER;
    h->lane = l;
    neap_list_init(&h->idle_link);
    neap_list_push(&l->all, &h->link);
    l->handlers++;
    l->starting = h;
    l->starting_since = neap_http_lane_now(l);
    neap_http_lane_wake_at(l, l->starting_since + l->timeouts[HTTP_HANDLED]);
    if (s->made.spawn(s->made.context, l->worker, s->owner, &h->resource) == 0)
        return true;
    forget(h);
    return false;
}

/* --- handing out --- */

static struct neap_http_handler *last_used(struct http_lane *l) {
    return neap_list_empty(&l->idle)
               ? NULL
               : NEAP_LIST_ITEM(l->idle.next, struct neap_http_handler, idle_link);
}

static void rest(struct neap_http_handler *h) {
    h->is_idle = true;
    neap_list_push(h->lane->idle.next, &h->idle_link); /* before the first: it becomes it */
}

static void rouse(struct neap_http_handler *h) {
    h->is_idle = false;
    neap_list_remove(&h->idle_link);
}

/* One more handler for what waits; true if it makes sense to look again behind it. While one
 * starts, no other is made: it asks for the next itself. */
static bool add_hand(struct http_lane *l) {
    struct neap_http_handler *h = last_used(l);
    if (h != NULL) {
        rouse(h);
        neap_resource_notify(&h->resource);
        return true;
    }
    return l->starting == NULL && neap_http_place_take(l) && make(l);
}

static void queue(struct http_lane *l) {
    l->pool_queued = true;
    neap_worker_post(l->worker, &l->pool);
}

/* Runs behind the handlers that are in the run queue: what still waits then found none. */
static void run_pool(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, pool);
    (void)worker;
    l->pool_queued = false;
    if (l->closed)
        neap_http_lane_check_end(l);
    else if (first_waiting(l) != NULL && add_hand(l) && l->starting == NULL)
        queue(l);
}

void neap_http_pool_kick(struct http_lane *l) {
    if (!l->pool_queued && !l->closed && first_waiting(l) != NULL)
        queue(l);
}

bool neap_http_pool_grant(struct http_lane *l) {
    if (l->closed || l->starting != NULL || first_waiting(l) == NULL)
        return false;
    make(l); /* if it fails, the place is free again */
    return true;
}

void neap_http_pool_yield(struct http_lane *l) {
    struct neap_http_handler *h = last_used(l);
    if (h == NULL || (h->heir = neap_http_place_heir(l, false)) == NULL)
        return;
    rouse(h);
    neap_resource_notify(&h->resource);
}

void neap_http_pool_init(struct http_lane *l) {
    neap_list_init(&l->starved_link);
    neap_list_init(&l->idle);
    neap_list_init(&l->all);
    l->pool.run = run_pool;
}

/* Its requests would wait for it, and the next ones, as no other is made meanwhile. */
uint64_t neap_http_pool_expire(struct http_lane *l, uint64_t now) {
    struct neap_http_handler *h = l->starting;
    if (h == NULL || l->closed)
        return UINT64_MAX;
    if (now - l->starting_since >= l->timeouts[HTTP_HANDLED]) {
        struct neap_http_handlers *made = &l->server->made;
        l->starting_since = now; /* its end follows */
        made->expire(made->context, l->worker, neap_process_pid(h->resource.owner),
                     "the start of the handler");
    }
    return l->starting_since + l->timeouts[HTTP_HANDLED];
}

void neap_http_pool_close(struct http_lane *l) {
    struct neap_node *node = l->server->node;
    neap_http_place_give_up(l);
    for (struct neap_list *at = l->all.next; at != &l->all; at = at->next) {
        struct neap_http_handler *h = NEAP_LIST_ITEM(at, struct neap_http_handler, link);
        neap_exit_doom(node, neap_process_pid(h->resource.owner),
                       neap_reason_of(NEAP_REASON_SHUTDOWN));
    }
}

/* --- the end of a handler --- */

/* The request it had, or, if it never came so far as to ask for one, the one it was made
 * for: who asks would wait for the next to fail as well. */
static void fail_request(struct neap_http_handler *h) {
    struct http_connection *c = h->connection;
    if (c == NULL && h->lane->starting == h)
        c = first_waiting(h->lane);
    h->connection = NULL;
    if (c == NULL || c->state == HTTP_CLOSED)
        return;
    c->handler = NULL;
    if (c->started || c->gone)
        neap_http_connection_cut(c);
    else
        neap_http_connection_refuse(c, 500, "the handler ended");
}

static void release(struct neap_resource *r) {
    struct neap_http_handler *h = (struct neap_http_handler *)(void *)r;
    struct http_lane *l = h->lane;
    if (!l->closed)
        fail_request(h);
    forget(h);
    neap_http_pool_kick(l);
    neap_http_lane_check_end(l);
}

/* --- the handler's slice --- */

struct neap_http_handler *neap_http_handler_of(struct neap_process *self) {
    return (struct neap_http_handler *)(void *)neap_resource_find(self, &HANDLER);
}

static void attach(struct neap_http_handler *h, struct http_connection *c) {
    h->connection = c;
    c->handler = h;
    neap_http_lane_move(c, HTTP_HANDLED);
}

bool neap_http_handler_is_starting(const struct neap_http_handler *h) {
    return h->lane->starting == h;
}

int neap_http_handler_next(struct neap_http_handler *h) {
    struct http_lane *l = h->lane;
    bool was_starting = l->starting == h;
    NEAP_ASSERT(h->connection == NULL);
    if (was_starting)
        l->starting = NULL;
    if (l->closed || h->heir != NULL)
        return NEAP_ECLOSED;
    struct http_connection *c = first_waiting(l);
    if (c == NULL || !was_starting) /* that one owes its request an answer */
        h->heir = neap_http_place_heir(l, c != NULL);
    if (h->heir != NULL)
        return NEAP_ECLOSED;
    if (c == NULL) {
        if (!h->is_idle)
            rest(h);
        return NEAP_EWAIT;
    }
    if (h->is_idle)
        rouse(h);
    attach(h, c);
    if (was_starting)
        neap_http_pool_kick(l);
    return 0;
}
