/* worker_fields.h - the inside of a worker, for worker.c and placement.c alone.
 * Owns:      see worker.h.
 * Threads:   its carrier's, but for what says otherwise.
 * Bounds:    see worker.h.
 * Invariant: see worker.h. */
#ifndef NEAP_CORE_WORKER_FIELDS_H
#define NEAP_CORE_WORKER_FIELDS_H

#include "base/lock.h"
#include "core/rest.h"
#include "core/runqueue.h"
#include "core/worker.h"

#include <stdatomic.h>

struct neap_worker {
    struct neap_node *node;
    uint32_t index;
    struct neap_poller *poller;
    struct neap_runqueue queue;

    /* Processes whose slice was ended for the sake of others: behind those that became ready
     * meanwhile, which have mostly little to do, or each of them would take its slice of a
     * millisecond before the next message is looked at. */
    struct neap_runqueue later;
    neap_time later_ran; /* one of them was taken last, or there was none; 0: just now */

    /* Slices that went on elsewhere and have come to something that needs the worker: they go
     * on computing with it, so they come behind what became ready too, but before `later`. */
    struct neap_runqueue returning;
    bool returned_last; /* of what computes; then it is the turn of `later`, if that has some */

    /* What has left `queue` by when all is gone that was in it at the last look: so what is
     * still there has waited since then. */
    uint64_t looked_up_to;

    /* Slices that go on without the worker. While one does, those in `later` wait as they
     * would if it were still here, but not for ever: else all of them would soon compete
     * for the processor with the worker that was freed for others. */
    uint32_t away;
    neap_time away_until; /* for that long; 0: not known yet, for it was just now */
    struct neap_timers timers;
    struct neap_rest rest;
    neap_time now;
    uint64_t refs;
    uint32_t rounds;

    /* Who drives it. Written by the carrier that hands it over, read by the monitor thread
     * and the one that stops the node. acq_rel: what it leads to was made before. */
    _Atomic(struct neap_carrier *) carrier;

    /* While it dozes, its carrier touches neither timers nor rest, and who holds `doze` may,
     * to take a process away: placement.h. Written by the carrier, holding `doze`; read by
     * any. Relaxed without it: then it only says whether the lock is worth to be taken. */
    struct neap_lock doze;
    _Atomic(bool) dozes;

    /* 1 while the carrier is about to block in the poller or does. Written by the carrier,
     * and back to 0 by whoever wakes it. seq_cst, with the push to the inbox: either the
     * carrier sees the push, or the pusher sees it asleep and wakes it. */
    _Atomic(int) asleep;

    /* Set by the monitor thread each tick while the carrier is awake, cleared by it: time to
     * look at timers and I/O. Relaxed: a tick seen late is the next one. */
    _Atomic(int) tick;

    /* As of the beginning of the slice: when the next timer is due; whether anything else is
     * ready, also of what became ready on the carrier since. Written by the carrier, read by
     * the monitor thread. Relaxed: it only decides when it looks again. */
    _Atomic(neap_time) next_timer;
    _Atomic(bool) has_ready;

    /* Set once by the thread that stops the node. seq_cst, with `asleep`, as a push. */
    _Atomic(int) stopping;

    /* Written by placement and by the end of processes, on any thread. Relaxed: a guess. */
    _Atomic(uint64_t) load;
};

/* Rings for it if it sleeps: something was pushed to its inbox, or it has to stop. */
void neap_worker_wake(struct neap_worker *w);

#endif
