/* thread.h - a mutex and the few thread calls the host uses.
 * Owns:      none beyond what is embedded.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: a failing pthread call here is a bug of ours, hence an assert. */
#ifndef NEAP_BASE_THREAD_H
#define NEAP_BASE_THREAD_H

#include "base/assert.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

struct neap_mutex { /* embedded where it is used */
    pthread_mutex_t raw;
};

struct neap_cond { /* embedded where it is used; waits are on the monotonic clock */
    pthread_cond_t raw;
};

static inline void neap_cond_init(struct neap_cond *c) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    int err = pthread_cond_init(&c->raw, &monotonic);
    NEAP_ASSERT(err == 0);
    pthread_condattr_destroy(&monotonic);
}

static inline void neap_cond_fini(struct neap_cond *c) {
    pthread_cond_destroy(&c->raw);
}

static inline void neap_cond_signal(struct neap_cond *c) {
    pthread_cond_broadcast(&c->raw);
}

/* Releases the mutex, which the caller holds, until a signal; it may also wake for no reason. */
static inline void neap_cond_wait(struct neap_cond *c, struct neap_mutex *m) {
    pthread_cond_wait(&c->raw, &m->raw);
}

/* The same, but no longer than `ns`. False: the time is over. */
static inline bool neap_cond_wait_for(struct neap_cond *c, struct neap_mutex *m,
                                      neap_time ns) {
    neap_time until = neap_clock_system()->now(neap_clock_system()) + ns;
    struct timespec t = { (time_t)(until / 1000000000u), (long)(until % 1000000000u) };
    return pthread_cond_timedwait(&c->raw, &m->raw, &t) == 0;
}

/* Asks the system to prefer the calling thread to others; it may refuse (not root). */
void neap_thread_hurry(void);

/* How much the calling thread is preferred; threads inherit it from who makes them. */
int neap_thread_priority(void);
void neap_thread_set_priority(int priority); /* the system may refuse more than it had */

/* For the body of a short spinning loop. */
static inline void neap_cpu_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline void neap_mutex_init(struct neap_mutex *m) {
    int err = pthread_mutex_init(&m->raw, NULL);
    NEAP_ASSERT(err == 0);
}

static inline void neap_mutex_fini(struct neap_mutex *m) {
    int err = pthread_mutex_destroy(&m->raw);
    NEAP_ASSERT(err == 0);
}

static inline void neap_mutex_lock(struct neap_mutex *m) {
    int err = pthread_mutex_lock(&m->raw);
    NEAP_ASSERT(err == 0);
}

static inline void neap_mutex_unlock(struct neap_mutex *m) {
    int err = pthread_mutex_unlock(&m->raw);
    NEAP_ASSERT(err == 0);
}

#endif
