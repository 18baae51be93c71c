/* node.h - the running program: all workers, processes and names.
 * Owns:      everything made for it; the clock, pollers' context and observer are lent.
 * Threads:   see the headings.
 * Bounds:    NEAP_WORKERS_MAX workers.
 * Invariant: no globals: two nodes can live in one program. */
#ifndef NEAP_CORE_NODE_H
#define NEAP_CORE_NODE_H

#include "base/clock.h"
#include "base/log.h"
#include "core/process.h"
#include "core/processes.h"
#include "core/registry.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { NEAP_WORKERS_MAX = 255 };

struct neap_carrier;
struct neap_poller; /* worker.h */
struct neap_spares;

struct neap_node_options { /* a plain value */
    uint32_t workers;
    uint32_t spares; /* carriers beyond one for each worker; 0: the default */
    neap_time rest_after; /* how long a process waits before it rests; 0: the default (rest.h) */
    struct neap_clock *clock;
    struct neap_log log;

    /* Makes the I/O loop of a worker, on its carrier; `ops->free` ends it. */
    struct neap_poller *(*new_poller)(void *context);

    /* The carrier starts and ends: per-thread set-up of the layer above. May be NULL. */
    void (*carrier_start)(void *context, struct neap_carrier *carrier);
    void (*carrier_stop)(void *context, struct neap_carrier *carrier);

    /* A process ended, before anybody is told: crash reports, and the end of the first
     * process. On its worker's carrier. May be NULL. */
    void (*exited)(void *context, struct neap_process *p, struct neap_reason reason);

    /* Gives the reason of a process that let more signals wait than it may; bytes. On any
     * thread, holding a process's lock. May be NULL: then nothing bounds them. */
    struct neap_reason (*over_mailbox)(uint64_t used, uint64_t max);

    /* Gives the reason of a process that is discarded because no spare carrier is left. On the
     * monitor thread. May be NULL: then it keeps its carrier until another limit ends it. */
    struct neap_reason (*over_carriers)(uint32_t used, uint32_t max);

    /* Whether processes that wait should rest sooner than else; asked at most every 100 ms by
     * each worker. On any carrier. May be NULL. */
    bool (*is_short_of_memory)(void *context);

    /* Interrupts a carrier whose turn is due. May be NULL: then there are no CPU limits. */
    void (*interrupt)(pthread_t carrier);

    void *context;
};

/* --- the thread that makes the node ---------------------------------------- */
struct neap_node *neap_node_new(const struct neap_node_options *options);

/* Starts carriers and monitor thread. Without it, neap_worker_step drives the workers.
 * NEAP_EMEMORY: the system refuses a thread; some run, and all that can be done with the
 * node is to end the program. */
int neap_node_start(struct neap_node *node);

/* How much address space the stacks of that many workers take. */
size_t neap_node_stack_bytes(uint32_t workers);

/* Ends every process ("killed"), then the threads. Returns when nothing runs any more. */
void neap_node_stop(struct neap_node *node);

/* The node must be stopped, or never have been started. */
void neap_node_free(struct neap_node *node);

/* --- any thread ---------------------------------------------------------- */
struct neap_processes *neap_node_processes(const struct neap_node *node);
struct neap_registry *neap_node_registry(const struct neap_node *node);
const struct neap_log *neap_node_log(const struct neap_node *node);
const struct neap_node_options *neap_node_options_of(const struct neap_node *node);
neap_time neap_node_now(const struct neap_node *node);
uint32_t neap_node_workers(const struct neap_node *node);
struct neap_worker *neap_node_worker(const struct neap_node *node, uint32_t i);

/* A process is gone for good; who waits for the last one may look. */
void neap_node_process_gone(struct neap_node *node);

/* What ended processes left in flight outside of core, such as a file being written: who
 * would begin more of it looks first. */
uint32_t neap_node_orphans(const struct neap_node *node);
void neap_node_add_orphans(struct neap_node *node, int by);

/* How many processes have waited so long that they were put to rest (rest.h). */
uint64_t neap_node_resting(const struct neap_node *node);
void neap_node_add_resting(struct neap_node *node, int by);

/* A worker leaves its sleep: the monitor thread has to watch again. */
void neap_node_rouse_monitor(struct neap_node *node);

/* A slice begins on a worker whose next timer is due at `at`: the monitor thread has to look
 * then, as the slice may last longer. */
void neap_node_expect(struct neap_node *node, neap_time at);

struct neap_spares *neap_node_spares(const struct neap_node *node);

#endif
