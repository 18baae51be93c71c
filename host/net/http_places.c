/* Places are what pool.max counts: each handler process has one, whatever its lane. A lane
 * whose requests wait while none is free stands in a queue; the next handler of another lane
 * that has less to do, or more places, ends and leaves it its own. Without that, handlers that
 * idle in one lane would keep the requests of another from ever being handled. */
#include "net/http_inside.h"

#include "core/worker.h"

/* --- holder of the lock --- */

static struct http_lane *lane_at(struct neap_list *node) {
    return NEAP_LIST_ITEM(node, struct http_lane, starved_link);
}

static void queue_up(struct http_lane *l) {
    l->starves = true;
    l->starved_with = l->handlers;
    neap_list_push(&l->server->starved, &l->starved_link);
    atomic_fetch_add_explicit(&l->server->starving, 1, memory_order_relaxed);
}

static void leave_queue(struct http_lane *l) {
    neap_list_remove(&l->starved_link);
    atomic_fetch_sub_explicit(&l->server->starving, 1, memory_order_relaxed);
}

/* The first in the queue that `l` ought to leave a place to; NULL for none. */
static struct http_lane *heir_for(const struct http_lane *l, bool has_waiting) {
    struct neap_list *queue = &l->server->starved;
    for (struct neap_list *at = queue->next; at != queue; at = at->next) {
        struct http_lane *other = lane_at(at);
        if (other != l && (!has_waiting || other->starved_with == 0 ||
                           other->starved_with + 1 < l->handlers))
            return other;
    }
    return NULL;
}

/* --- handing over --- */

static void run_grant(struct neap_task *task, struct neap_worker *worker);
static void run_yield(struct neap_task *task, struct neap_worker *worker);

/* The lane was in the queue until now, so its task is free. */
static void grant(struct http_lane *l) {
    neap_http_server_ref(l->server); /* the task's */
    l->grant.run = run_grant;
    neap_worker_post(l->worker, &l->grant);
}

void neap_http_place_free(struct neap_http_server *s, struct http_lane *heir) {
    neap_mutex_lock(&s->lock);
    if (heir == NULL && !neap_list_empty(&s->starved)) {
        heir = lane_at(s->starved.next);
        leave_queue(heir);
    }
    if (heir == NULL)
        s->handlers--;
    neap_mutex_unlock(&s->lock);
    if (heir != NULL)
        grant(heir);
}

static void run_grant(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, grant);
    struct neap_http_server *s = l->server;
    (void)worker;
    l->starves = false;
    if (!neap_http_pool_grant(l))
        neap_http_place_free(s, NULL);
    neap_http_server_unref(s);
}

struct http_lane *neap_http_place_heir(struct http_lane *l, bool has_waiting) {
    struct neap_http_server *s = l->server;
    if (atomic_load_explicit(&s->starving, memory_order_relaxed) == 0)
        return NULL;
    neap_mutex_lock(&s->lock);
    struct http_lane *heir = heir_for(l, has_waiting);
    if (heir != NULL)
        leave_queue(heir);
    neap_mutex_unlock(&s->lock);
    return heir;
}

static void run_yield(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, yield);
    (void)worker;
    atomic_store_explicit(&l->yields, 0, memory_order_release);
    if (!l->closed)
        neap_http_pool_yield(l);
    neap_http_server_unref(l->server);
}

/* Handlers that are busy look for heirs when they are done; idle ones have to be told. */
static void ask_others(struct http_lane *l) {
    struct neap_http_server *s = l->server;
    for (uint32_t i = 0; i < s->lane_count; i++) {
        struct http_lane *other = &s->lanes[i];
        if (other == l ||
            atomic_exchange_explicit(&other->yields, 1, memory_order_acq_rel) != 0)
            continue;
        neap_http_server_ref(s); /* the task's */
        other->yield.run = run_yield;
        neap_worker_post(other->worker, &other->yield);
    }
}

/* --- taking --- */

bool neap_http_place_take(struct http_lane *l) {
    struct neap_http_server *s = l->server;
    neap_mutex_lock(&s->lock);
    bool is_free = s->handlers < s->options.pool_max;
    bool queues = !is_free && !l->starves;
    if (is_free)
        s->handlers++;
    if (queues)
        queue_up(l);
    neap_mutex_unlock(&s->lock);
    if (queues)
        ask_others(l);
    return is_free;
}

void neap_http_place_give_up(struct http_lane *l) {
    neap_mutex_lock(&l->server->lock);
    if (!neap_list_empty(&l->starved_link))
        leave_queue(l);
    neap_mutex_unlock(&l->server->lock);
}
