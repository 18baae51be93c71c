/* limit_text.h - the sentence about a limit that ended a process.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    NEAP_LIMIT_TEXT bytes.
 * Invariant: it names the key of the spec that sets the limit, with its value as one would
 *            write it there:  limits.memory = "64MB" (used 64.2MB): raise limits.memory in its
 *            spec. What is used is rounded, so that equal ends make equal sentences. */
#ifndef NEAP_VM_LIMIT_TEXT_H
#define NEAP_VM_LIMIT_TEXT_H

#include <stddef.h>

enum { NEAP_LIMIT_TEXT = 200 };

/* --- any thread ---------------------------------------------------------- */
/* `limit`, `used` and `max` as neap_reason_limit takes them. Gives the length. */
size_t neap_limit_text(char text[NEAP_LIMIT_TEXT], const char *limit, double used,
                       double max);

#endif
