/* lock.h - a lock for a few instructions: a word, taken and given back inline.
 * Owns:      none.
 * Threads:   any; not recursive.
 * Bounds:    spins for about a microsecond, then sleeps in the kernel.
 * Invariant: word is 0 free, 1 held, 2 held and perhaps waited for.
 *
 * A message takes three of these on its way, and with pthread's mutex a round trip took 10 %
 * longer (2.54 against 2.82 million a second, one worker, median of 6). The states and the
 * order are those of Drepper, "Futexes are tricky", mutex 2:
 *  - who finds 1 or 2 stores 2 before it sleeps, so it sleeps only on a 2;
 *  - who gives back a 2 wakes one, which takes the lock as 2, since others may sleep still;
 *  - taking is acquire and giving back release, so what a holder wrote, the next one sees.
 * With the sanitizers it is pthread's mutex, whose misuse they report. */
#ifndef NEAP_BASE_LOCK_H
#define NEAP_BASE_LOCK_H

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)

#include "base/thread.h"

struct neap_lock { /* embedded where it is used */
    struct neap_mutex mutex;
};

static inline void neap_lock_init(struct neap_lock *l) {
    neap_mutex_init(&l->mutex);
}

static inline void neap_lock_fini(struct neap_lock *l) {
    neap_mutex_fini(&l->mutex);
}

static inline void neap_lock_take(struct neap_lock *l) {
    neap_mutex_lock(&l->mutex);
}

static inline void neap_lock_give(struct neap_lock *l) {
    neap_mutex_unlock(&l->mutex);
}

#else

#include <stdatomic.h>

struct neap_lock { /* embedded where it is used */
    _Atomic(int) word;
};

/* The slow halves of the two functions below. */
void neap_lock_wait(struct neap_lock *l);
void neap_lock_wake(struct neap_lock *l);

static inline void neap_lock_init(struct neap_lock *l) {
    atomic_init(&l->word, 0);
}

static inline void neap_lock_fini(struct neap_lock *l) {
    (void)l;
}

static inline void neap_lock_take(struct neap_lock *l) {
    int free = 0;
    if (!atomic_compare_exchange_strong_explicit(&l->word, &free, 1, memory_order_acquire,
                                                 memory_order_relaxed))
        neap_lock_wait(l);
}

static inline void neap_lock_give(struct neap_lock *l) {
    if (atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)
        neap_lock_wake(l);
}

#endif
#endif
