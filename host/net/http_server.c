#include "net/http_server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "core/node.h"
#include "core/process.h"
#include "core/worker.h"
#include "net/http_inside.h"

#include <sys/socket.h>

static void release(struct neap_resource *r);
static const struct neap_resource_kind SERVER = { "http server", release };

void neap_http_server_ref(struct neap_http_server *s) {
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void neap_http_server_unref(struct neap_http_server *s) {
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    s->made.free(s->made.context);
    neap_mutex_fini(&s->lock);
    neap_free(s->lanes);
    neap_free(s);
}

/* --- opening --- */

static struct neap_http_server *make(struct neap_process *owner,
                                     const struct neap_http_options *options,
                                     const struct neap_http_handlers *handlers) {
    struct neap_http_server *s = neap_calloc(1, sizeof *s);
    s->node = neap_process_node(owner);
    s->owner = neap_process_pid(owner);
    s->options = *options;
    s->options.address = NULL; /* it was lent */
    s->made = *handlers;
    s->lane_count = neap_node_workers(s->node);
    s->lanes = neap_calloc(s->lane_count, sizeof *s->lanes);
    s->is_owned = true;
    s->undrained = s->lane_count;
    neap_list_init(&s->starved);
    atomic_init(&s->refs, 1 + s->lane_count);
    neap_mutex_init(&s->lock);
    return s;
}

int neap_http_server_open(struct neap_process *owner,
                          const struct neap_http_options *options,
                          const struct neap_http_handlers *handlers,
                          char why[NEAP_HTTP_WHY]) {
    int fds[NEAP_WORKERS_MAX];
    struct neap_node *node = neap_process_node(owner);
    char address[64];
    int err = neap_http_listen(options, neap_node_workers(node), fds, address, why);
    if (err != 0) {
        handlers->free(handlers->context);
        return err;
    }
    struct neap_http_server *s = make(owner, options, handlers);
    memcpy(s->address, address, sizeof address);
    neap_resource_add(owner, &s->resource, &SERVER);
    for (uint32_t i = 0; i < s->lane_count; i++)
        neap_http_lane_init(&s->lanes[i], s, neap_node_worker(node, i), fds[i]);
    for (uint32_t i = 0; i < s->lane_count; i++)
        neap_http_lane_start(&s->lanes[i]);
    return 0;
}

struct neap_http_server *neap_http_server_of(struct neap_process *owner) {
    return (struct neap_http_server *)(void *)neap_resource_find(owner, &SERVER);
}

const char *neap_http_server_address(const struct neap_http_server *s) {
    return s->address;
}

/* --- draining --- */

/* Holder of the lock. */
static bool is_drained(const struct neap_http_server *s) {
    return s->undrained == 0 && s->connections == 0;
}

static void notify_if_drained(struct neap_http_server *s) {
    if (is_drained(s) && s->is_owned)
        neap_resource_notify(&s->resource);
}

void neap_http_server_count(struct neap_http_server *s, int connections) {
    neap_mutex_lock(&s->lock);
    s->connections += (uint32_t)connections;
    notify_if_drained(s);
    neap_mutex_unlock(&s->lock);
}

void neap_http_server_lane_drains(struct neap_http_server *s) {
    neap_mutex_lock(&s->lock);
    s->undrained--;
    notify_if_drained(s);
    neap_mutex_unlock(&s->lock);
}

int neap_http_server_drain(struct neap_http_server *s) {
    bool first = !s->drains;
    s->drains = true;
    for (uint32_t i = 0; first && i < s->lane_count; i++)
        neap_worker_post(s->lanes[i].worker, &s->lanes[i].drain);
    neap_mutex_lock(&s->lock);
    bool done = is_drained(s);
    neap_mutex_unlock(&s->lock);
    return done ? 0 : NEAP_EWAIT;
}

/* --- the end of the owner --- */

/* The port is free from here on, though other workers may close their sockets much later:
 * its successor is about to be started. Holder of the lock. */
static void leave_port(struct neap_http_server *s) {
    for (uint32_t i = 0; i < s->lane_count; i++)
        if (s->lanes[i].fd >= 0)
            shutdown(s->lanes[i].fd, SHUT_RDWR);
}

static void release(struct neap_resource *r) {
    struct neap_http_server *s = (struct neap_http_server *)(void *)r;
    neap_mutex_lock(&s->lock);
    s->is_owned = false;
    leave_port(s);
    neap_mutex_unlock(&s->lock);
    for (uint32_t i = 0; i < s->lane_count; i++)
        neap_worker_post(s->lanes[i].worker, &s->lanes[i].close);
    neap_http_server_unref(s);
}
