/* worker.h - a run queue, timers and an I/O loop, driven by one carrier thread at a time.
 * Owns:      its queue, timers and poller.
 * Threads:   see the headings.
 * Bounds:    the processes placed on it.
 * Invariant: no slice runs below the poller; the poller blocks only when nothing is ready.
 *            A worker that sleeps is woken by whoever pushes to it.
 *
 * The order: what became ready by an event (a message, a timer, I/O, its start) comes first, in
 * the order in which it did; what computes (its last slice was ended for the sake of others, or
 * it went on elsewhere and comes back) comes when nothing else is ready. Most events are little
 * work, and in a chain of them, as a question and its answer, each would wait for a slice of all
 * that compute. It is fair: who uses up a slice is behind all others afterwards, whatever it
 * was woken by; those that compute take turns; and when others are ready all the time, one of
 * those that compute runs for a slice after at most 4 ms: they have a fifth of the worker, at
 * least. */
#ifndef NEAP_CORE_WORKER_H
#define NEAP_CORE_WORKER_H

#include "base/clock.h"
#include "core/runqueue.h"
#include "core/timers.h"

#include <stdbool.h>
#include <stdint.h>

struct neap_carrier;
struct neap_worker;
struct neap_node;
struct neap_process;

/* The I/O loop of a worker, as core sees it. */
struct neap_poller { /* embedded first in the real thing */
    const struct neap_poller_ops *ops;
};

struct neap_poller_ops {
    /* Handles I/O; waits for some, at most `timeout` ns (0: looks once, NEAP_FOREVER), or
     * until woken. On the carrier. */
    void (*poll)(struct neap_poller *poller, neap_time timeout);
    void (*wake)(struct neap_poller *poller); /* any thread */
    void (*free)(struct neap_poller *poller); /* on the stopping thread; no carrier left */

    /* True if poll would find something to handle. Any thread, while the worker lives. NULL:
     * that can not be told. */
    bool (*has_io)(struct neap_poller *poller);
};

/* --- the thread that makes or frees the node -------------------------------- */
struct neap_worker *neap_worker_new(struct neap_node *node, uint32_t index);
void neap_worker_free(struct neap_worker *w);

/* Opens its poller and starts its carrier. False: the system has no thread left. */
bool neap_worker_start(struct neap_worker *w);
void neap_worker_stop(struct neap_worker *w); /* after its current slice; joins */

/* One round of the main loop without a carrier, for tests: true if something ran. */
bool neap_worker_step(struct neap_worker *w);

/* --- any thread ---------------------------------------------------------- */
/* The worker the calling thread drives, or NULL. */
struct neap_worker *neap_worker_current(void);

/* Queues `task`, which must be on no queue, and wakes the worker if it sleeps. What one
 * worker posts to another, or to itself, runs in the order in which it was posted; only
 * processes that were handed over are elsewhere. */
void neap_worker_post(struct neap_worker *w, struct neap_task *task);

struct neap_node *neap_worker_node(const struct neap_worker *w);
uint32_t neap_worker_index(const struct neap_worker *w);

/* The carrier that drives it, or is about to: by the next moment it may be another's. */
struct neap_carrier *neap_worker_carrier(const struct neap_worker *w);

/* How many processes are placed here. Relaxed: placement is a guess anyway. */
uint64_t neap_worker_load(const struct neap_worker *w);
void neap_worker_add_load(struct neap_worker *w, int by);

/* --- its carrier ----------------------------------------------------------- */
struct neap_timers *neap_worker_timers(struct neap_worker *w);
neap_time neap_worker_now(const struct neap_worker *w); /* as of this round */
struct neap_poller *neap_worker_poller(const struct neap_worker *w);

/* The task of a process: one slice, then what it asked for: the queue, a wait, its end. */
void neap_worker_run_process(struct neap_task *task, struct neap_worker *w);

/* A tick has passed since it last looked after timers, I/O and other processes. */
bool neap_worker_is_due(const struct neap_worker *w);

/* A new reference, unique in the node and never 0. */
uint64_t neap_worker_new_ref(struct neap_worker *w);

/* For core/carrier.c: runs its main loop until it stops, or the calling carrier has handed
 * it to another. */
void neap_worker_drive(struct neap_worker *w);
void neap_worker_set_carrier(struct neap_worker *w, struct neap_carrier *c);

/* For core/carrier.c: a slice that went on without `w` waits for it: queues `task`, which will
 * lend it. Any thread but its carrier's, or that too. And off the queue again, by its carrier. */
void neap_worker_post_return(struct neap_worker *w, struct neap_task *task);
void neap_worker_take_back(struct neap_worker *w, struct neap_task *task);

/* A slice begins or goes on here: tells the monitor thread what waits for its end. */
void neap_worker_publish(struct neap_worker *w);

/* A slice goes on without the worker: async-signal-safe, by the carrier that still has it.
 * And it has come back, or ended. */
void neap_worker_note_leave(struct neap_worker *w);
void neap_worker_note_return(struct neap_worker *w);

/* --- monitor thread --------------------------------------------------------- */
bool neap_worker_is_asleep(const struct neap_worker *w);

/* It should look after timers, I/O and other processes as soon as its slice has ended. */
void neap_worker_set_due(struct neap_worker *w);

/* When its next timer is due, as it was when the slice began. */
neap_time neap_worker_next_timer(const struct neap_worker *w);

/* Processes or I/O wait for the end of the slice; timers not counted. */
bool neap_worker_has_waiting(struct neap_worker *w);

#endif
