/* random.h - unguessable numbers from the system.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: never returns 0. */
#ifndef NEAP_BASE_RANDOM_H
#define NEAP_BASE_RANDOM_H

#include <stdint.h>

/* --- any thread ---------------------------------------------------------- */
uint64_t neap_random(void);

#endif
