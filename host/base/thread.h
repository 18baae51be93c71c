/* thread.h - a mutex and the few thread calls the host uses.
 * Owns:      none beyond what is embedded.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: a failing pthread call here is a bug of ours, hence an assert. */
#ifndef NEAP_BASE_THREAD_H
#define NEAP_BASE_THREAD_H

#include "base/assert.h"

#include <pthread.h>

struct neap_mutex { /* embedded where it is used */
    pthread_mutex_t raw;
};

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
