/* pulse.h - the few words by which a carrier and the monitor thread follow each other.
 * Owns:      none; `doomed` lends the flag of the process whose turn runs.
 * Threads:   see each field. The carrier includes the signal handler that runs on it.
 * Bounds:    none.
 * Invariant: turn is 0 exactly when no turn runs on the carrier; a token is never used
 *            twice, so a verdict about an earlier turn cannot hit a later one. No turn
 *            begins below the poller. */
#ifndef NEAP_CORE_PULSE_H
#define NEAP_CORE_PULSE_H

#include "base/assert.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAP_CPU_FOREVER UINT64_MAX

struct neap_pulse {
    /* The token of the running turn, 0 between turns. Written by the carrier. Read by the
     * monitor, which compares it from tick to tick, and by the handler. Relaxed: it guards
     * no other memory; a value one tick old costs the turn one tick. */
    _Atomic uint64_t turn;

    /* The token of a turn that has to end (CPU limit). Written by the monitor. Read by the
     * carrier and the handler, which compare it with `turn`. Relaxed: tokens are unique,
     * so it is either this turn's verdict or none; a late view costs one more signal. */
    _Atomic uint64_t due_turn;

    /* The token of a turn that has lasted for a tick: it should let others run. Written by
     * the monitor, read by the handler. Relaxed, as due_turn. */
    _Atomic uint64_t pause_turn;

    /* The token of a turn that should go on without the worker (core/carrier.h). Written by
     * the monitor, read by the handler. Relaxed, as due_turn: the offer beside it is what is
     * acted on. */
    _Atomic uint64_t detach_turn;

    /* Nanoseconds of CPU that the turn may use. Written by the carrier before `turn`, read
     * by the monitor after it. Paired by the release store and acquire load of `turn` in
     * the functions below, or a new turn would be judged by the old process's limit. */
    _Atomic uint64_t cpu_limit;

    /* The running process's flag, set once by whoever kills it; NULL between turns.
     * Written and followed by the carrier only: the process is sure to live as long as its
     * turn runs there, and nowhere else. Relaxed: same thread. */
    _Atomic(const _Atomic int *) doomed;

    /* Signals that landed where the VM cannot be left. Written by the handler, read by the
     * monitor (after three it resends faster) and by metrics. Relaxed: a counter. */
    _Atomic uint64_t misses;

    /* The carrier is inside its poller, whose frames a slice must not run below: a process
     * that is stuck there could never be taken off the I/O loop. The carrier's alone. */
    bool polls;

    /* The slice goes on without a worker: what touches one has to attach first. Set by the
     * handler, cleared by the carrier; the carrier's alone. */
    volatile bool detached;
};

/* --- carrier ------------------------------------------------------------- */
static inline void neap_pulse_begin(struct neap_pulse *p, uint64_t token,
                                    uint64_t cpu_limit, const _Atomic int *doomed) {
    NEAP_ASSERT(!p->polls);
    atomic_store_explicit(&p->doomed, doomed, memory_order_relaxed);
    atomic_store_explicit(&p->cpu_limit, cpu_limit, memory_order_relaxed);
    atomic_store_explicit(&p->turn, token, memory_order_release);
}

static inline void neap_pulse_end(struct neap_pulse *p) {
    atomic_store_explicit(&p->turn, 0, memory_order_relaxed);
    atomic_store_explicit(&p->doomed, NULL, memory_order_relaxed);
}

static inline bool neap_pulse_is_doomed(struct neap_pulse *p) {
    const _Atomic int *doomed = atomic_load_explicit(&p->doomed, memory_order_relaxed);
    return doomed != NULL && atomic_load_explicit(doomed, memory_order_relaxed) != 0;
}

static inline bool neap_pulse_is_due(struct neap_pulse *p) {
    uint64_t turn = atomic_load_explicit(&p->turn, memory_order_relaxed);
    return turn != 0 && turn == atomic_load_explicit(&p->due_turn, memory_order_relaxed);
}

/* Around each poll of the I/O loop. */
static inline void neap_pulse_enter_poll(struct neap_pulse *p) {
    NEAP_ASSERT(!p->polls);
    p->polls = true;
}

static inline void neap_pulse_leave_poll(struct neap_pulse *p) {
    p->polls = false;
}

static inline bool neap_pulse_has_pause(struct neap_pulse *p) {
    uint64_t turn = atomic_load_explicit(&p->turn, memory_order_relaxed);
    return turn != 0 && turn == atomic_load_explicit(&p->pause_turn, memory_order_relaxed);
}

static inline bool neap_pulse_should_detach(struct neap_pulse *p) {
    uint64_t turn = atomic_load_explicit(&p->turn, memory_order_relaxed);
    return turn != 0 && turn == atomic_load_explicit(&p->detach_turn, memory_order_relaxed);
}

/* --- monitor thread ------------------------------------------------------ */
/* The turn `token` should leave the worker to others; a signal as below. */
static inline void neap_pulse_detach(struct neap_pulse *p, uint64_t token) {
    atomic_store_explicit(&p->detach_turn, token, memory_order_relaxed);
}

/* The running turn's token and its limit; 0 when none runs. */
static inline uint64_t neap_pulse_look(struct neap_pulse *p, uint64_t *cpu_limit) {
    uint64_t turn = atomic_load_explicit(&p->turn, memory_order_acquire);
    *cpu_limit = atomic_load_explicit(&p->cpu_limit, memory_order_relaxed);
    return turn;
}

/* The turn `token` should let others run; a signal as below. */
static inline void neap_pulse_pause(struct neap_pulse *p, uint64_t token) {
    atomic_store_explicit(&p->pause_turn, token, memory_order_relaxed);
}

/* The turn `token` has to end; send NEAP_KILL_SIGNAL to the carrier afterwards. */
static inline void neap_pulse_expire(struct neap_pulse *p, uint64_t token) {
    atomic_store_explicit(&p->due_turn, token, memory_order_relaxed);
}

static inline uint64_t neap_pulse_misses(struct neap_pulse *p) {
    return atomic_load_explicit(&p->misses, memory_order_relaxed);
}

#endif
