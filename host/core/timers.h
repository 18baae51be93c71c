/* timers.h - what is to happen at a time, on one worker.
 * Owns:      its heap array; never the timers, which are embedded in what they are for.
 * Threads:   the worker's carrier.
 * Bounds:    the handles limit of the processes that own the timers.
 * Invariant: a 4-ary heap by `at`, then by age; timer->index is its place plus one, 0 outside any heap.
 *
 * Time is passed in: nothing here reads a clock, so a jump of the wall clock changes nothing
 * (TMR-05). */
#ifndef NEAP_CORE_TIMERS_H
#define NEAP_CORE_TIMERS_H

#include "base/clock.h"

#include <stdbool.h>
#include <stdint.h>

struct neap_timer { /* embedded */
    neap_time at;
    uint64_t serial; /* timers of the same time fire in the order they were added */
    uint32_t index;
    void (*fire)(struct neap_timer *timer); /* called outside the heap, may free it */
};

struct neap_timers { /* embedded in the worker */
    struct neap_timer **heap;
    uint32_t count;
    uint32_t cap;
    uint64_t serial;
};

/* --- the worker's carrier -------------------------------------------------- */
void neap_timers_init(struct neap_timers *t);
void neap_timers_fini(struct neap_timers *t); /* the timers left are simply forgotten */
void neap_timers_add(struct neap_timers *t, struct neap_timer *timer, neap_time at);
void neap_timers_remove(struct neap_timers *t, struct neap_timer *timer); /* none: no-op */
neap_time neap_timers_next(const struct neap_timers *t); /* NEAP_FOREVER when empty */

/* Fires what is due at `now`, oldest first, each after its removal. */
void neap_timers_fire(struct neap_timers *t, neap_time now);

static inline bool neap_timer_is_set(const struct neap_timer *timer) {
    return timer->index != 0;
}

#endif
