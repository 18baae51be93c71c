/* descriptors.h - how many files and sockets the program may have open.
 * Owns:      none.
 * Threads:   any; the limit is the whole program's.
 * Bounds:    none.
 * Invariant: none is left open. */
#ifndef NEAP_BASE_DESCRIPTORS_H
#define NEAP_BASE_DESCRIPTORS_H

#include <stdint.h>

/* --- any thread ---------------------------------------------------------- */
/* Raises the limit as far as the program may; gives what it is then (ulimit -n). */
uint64_t neap_descriptors_raise_limit(void);

/* Whether that many more can be opened now: opens them, and closes them again. What was
 * inherited counts against the limit, so the limit alone does not tell. 0, or the system's
 * error: -EMFILE (the program's limit), -ENFILE (the whole system's). */
int neap_descriptors_try(uint32_t count);

#endif
