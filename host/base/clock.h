/* clock.h - time as the rest of the host sees it: nanoseconds on a monotonic clock.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: `now` never goes back. Core takes a clock as an argument, so tests pass one
 *            that they move by hand. */
#ifndef NEAP_BASE_CLOCK_H
#define NEAP_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

typedef uint64_t neap_time; /* nanoseconds */

#define NEAP_MS ((neap_time)1000000)
#define NEAP_FOREVER UINT64_MAX

struct neap_clock {
    neap_time (*now)(struct neap_clock *clock);
};

/* --- any thread ---------------------------------------------------------- */
struct neap_clock *neap_clock_system(void); /* CLOCK_MONOTONIC; lives for ever */
neap_time neap_clock_epoch(void);           /* wall clock since 1970: for people only */
neap_time neap_clock_thread_cpu(pthread_t thread); /* CPU time it has used, 0 if it ended */

#endif
