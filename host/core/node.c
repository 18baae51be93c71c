#include "core/node.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/error.h"
#include "base/thread.h"
#include "core/carrier.h"
#include "core/exit.h"
#include "core/monitor_thread.h"
#include "core/process_fields.h"
#include "core/rest.h"
#include "core/spares.h"
#include "core/worker.h"

struct neap_node {
    struct neap_node_options options;
    struct neap_processes *processes;
    struct neap_registry *registry;
    struct neap_worker **workers;
    struct neap_spares *spares;
    struct neap_monitor_thread *monitor; /* NULL unless started */
    struct neap_mutex lock;
    struct neap_cond gone; /* a process is gone for good */

    /* Written by the workers whose processes ended, and when what they left is over; read by
     * any. Relaxed: a bound that is a few off is as good. */
    _Atomic(uint32_t) orphans;

    /* Written by the workers, read by any. Relaxed: for people. */
    _Atomic(uint64_t) resting;
};

static uint32_t spares_of(const struct neap_node_options *options) {
    return options->spares != 0 ? options->spares : 2 * options->workers + 8;
}

struct neap_node *neap_node_new(const struct neap_node_options *options) {
    NEAP_ASSERT(options->workers >= 1 && options->workers <= NEAP_WORKERS_MAX);
    struct neap_node *node = neap_calloc(1, sizeof *node);
    node->options = *options;
    if (options->rest_after == 0)
        node->options.rest_after = NEAP_REST_AFTER;
    node->processes = neap_processes_new(node);
    node->registry = neap_registry_new();
    node->spares = neap_spares_new(node, spares_of(options));
    node->workers = neap_calloc(options->workers, sizeof(struct neap_worker *));
    for (uint32_t i = 0; i < options->workers; i++)
        node->workers[i] = neap_worker_new(node, i);
    neap_mutex_init(&node->lock);
    neap_cond_init(&node->gone);
    return node;
}

int neap_node_start(struct neap_node *node) {
    node->monitor = neap_monitor_thread_new(node);
    for (uint32_t i = 0; i < node->options.workers; i++)
        if (!neap_worker_start(node->workers[i]))
            return NEAP_EMEMORY;
    return neap_monitor_thread_start(node->monitor) ? 0 : NEAP_EMEMORY;
}

size_t neap_node_stack_bytes(uint32_t workers) {
    return workers * neap_carrier_stack_bytes();
}

static void kill_all(struct neap_node *node) {
    struct neap_process *p;
    for (uint32_t i = 0; (p = neap_processes_at(node->processes, i)) != NULL; i++) {
        neap_lock_take(&p->lock);
        if (p->state != NEAP_PROCESS_DEAD)
            neap_process_doom(p, neap_reason_of(NEAP_REASON_KILLED));
        neap_lock_give(&p->lock);
    }
}

/* A process may be made while others are killed: so again, until none is left. */
static void end_processes(struct neap_node *node) {
    neap_mutex_lock(&node->lock);
    while (neap_processes_live(node->processes) > 0) {
        neap_mutex_unlock(&node->lock);
        kill_all(node);
        neap_mutex_lock(&node->lock);
        if (neap_processes_live(node->processes) > 0)
            neap_cond_wait_for(&node->gone, &node->lock, 5 * NEAP_MS);
    }
    neap_mutex_unlock(&node->lock);
}

void neap_node_stop(struct neap_node *node) {
    end_processes(node);
    neap_monitor_thread_stop(node->monitor);
    for (uint32_t i = 0; i < node->options.workers; i++)
        neap_worker_stop(node->workers[i]);
    neap_spares_stop(node->spares);
}

/* A node that was driven by hand may still have processes. */
static void discard_left(struct neap_node *node) {
    kill_all(node);
    for (uint32_t i = 0; i < node->options.workers; i++)
        while (neap_worker_step(node->workers[i]))
            ;
}

void neap_node_free(struct neap_node *node) {
    while (neap_processes_live(node->processes) > 0)
        discard_left(node);
    neap_monitor_thread_free(node->monitor);
    for (uint32_t i = 0; i < node->options.workers; i++)
        neap_worker_free(node->workers[i]);
    neap_free(node->workers);
    neap_spares_free(node->spares);
    neap_registry_free(node->registry);
    neap_processes_free(node->processes);
    neap_cond_fini(&node->gone);
    neap_mutex_fini(&node->lock);
    neap_free(node);
}

struct neap_processes *neap_node_processes(const struct neap_node *node) {
    return node->processes;
}

struct neap_registry *neap_node_registry(const struct neap_node *node) {
    return node->registry;
}

const struct neap_log *neap_node_log(const struct neap_node *node) {
    return &node->options.log;
}

const struct neap_node_options *neap_node_options_of(const struct neap_node *node) {
    return &node->options;
}

neap_time neap_node_now(const struct neap_node *node) {
    return node->options.clock->now(node->options.clock);
}

uint32_t neap_node_workers(const struct neap_node *node) {
    return node->options.workers;
}

struct neap_worker *neap_node_worker(const struct neap_node *node, uint32_t i) {
    return node->workers[i];
}

void neap_node_process_gone(struct neap_node *node) {
    if (neap_processes_live(node->processes) > 0)
        return;
    neap_mutex_lock(&node->lock);
    neap_cond_signal(&node->gone);
    neap_mutex_unlock(&node->lock);
}

uint32_t neap_node_orphans(const struct neap_node *node) {
    return atomic_load_explicit(&node->orphans, memory_order_relaxed);
}

void neap_node_add_orphans(struct neap_node *node, int by) {
    atomic_fetch_add_explicit(&node->orphans, (uint32_t)by, memory_order_relaxed);
}

uint64_t neap_node_resting(const struct neap_node *node) {
    return atomic_load_explicit(&node->resting, memory_order_relaxed);
}

void neap_node_add_resting(struct neap_node *node, int by) {
    atomic_fetch_add_explicit(&node->resting, (uint64_t)(int64_t)by, memory_order_relaxed);
}

void neap_node_rouse_monitor(struct neap_node *node) {
    if (node->monitor != NULL)
        neap_monitor_thread_rouse(node->monitor);
}

void neap_node_expect(struct neap_node *node, neap_time at) {
    if (node->monitor != NULL)
        neap_monitor_thread_expect(node->monitor, at);
}

struct neap_spares *neap_node_spares(const struct neap_node *node) {
    return node->spares;
}
