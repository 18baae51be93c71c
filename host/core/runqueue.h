/* runqueue.h - what a worker has to run, in the order it came.
 * Owns:      nothing; the nodes are embedded in processes and jobs.
 * Threads:   push_remote from any thread; the rest from the worker's carrier.
 * Bounds:    the number of processes and pending jobs.
 * Invariant: a node is queued at most once. */
#ifndef NEAP_CORE_RUNQUEUE_H
#define NEAP_CORE_RUNQUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_worker;

struct neap_task { /* embedded; `run` is called once, on the worker, off any queue */
    struct neap_task *next;
    void (*run)(struct neap_task *task, struct neap_worker *worker);
};

struct neap_runqueue { /* embedded in the worker */
    struct neap_task *first;
    struct neap_task *last;
    uint64_t length;
    uint64_t taken; /* so many have left it, those that were put back not counted */

    /* A stack of what other threads pushed, newest first. Written by any thread with
     * compare-and-swap, emptied by the carrier with an exchange. seq_cst: a push and the
     * worker's going to sleep must agree on who came first (worker.c), and the push
     * publishes what the node points to. No ABA: the only removal takes everything. */
    _Atomic(struct neap_task *) inbox;
};

/* --- any thread ---------------------------------------------------------- */
void neap_runqueue_push_remote(struct neap_runqueue *q, struct neap_task *task);

/* Something came from elsewhere that its carrier has not seen yet. */
static inline bool neap_runqueue_has_inbox(struct neap_runqueue *q) {
    return atomic_load_explicit(&q->inbox, memory_order_relaxed) != NULL;
}

/* --- the worker's carrier -------------------------------------------------- */
void neap_runqueue_init(struct neap_runqueue *q);

static inline void neap_runqueue_push(struct neap_runqueue *q, struct neap_task *task) {
    task->next = NULL;
    if (q->first == NULL)
        q->first = task;
    else
        q->last->next = task;
    q->last = task;
    q->length++;
}

/* All of `older` is ahead of what is queued here; nothing is left in it. */
void neap_runqueue_prepend(struct neap_runqueue *q, struct neap_runqueue *older);

/* Takes the task off the queue, wherever it is; false: it is not there. */
bool neap_runqueue_remove(struct neap_runqueue *q, struct neap_task *task);

/* The oldest task, off the queue, or NULL. */
struct neap_task *neap_runqueue_pop(struct neap_runqueue *q);

/* True if something is queued, from here or elsewhere. */
bool neap_runqueue_any(struct neap_runqueue *q);

#endif
