/* alloc.h - memory of the host's own bookkeeping.
 * Owns:      none; what it returns is the caller's until neap_free.
 * Threads:   any.
 * Bounds:    none here; callers bound what they keep.
 * Invariant: never returns NULL. Out of memory ends the node: there is nothing sane to do
 *            (memory that a process asks for is another matter: vm/heap.h). */
#ifndef NEAP_BASE_ALLOC_H
#define NEAP_BASE_ALLOC_H

#include "base/assert.h"

#include <stddef.h>

/* --- any thread ---------------------------------------------------------- */
void *neap_alloc(size_t size);                /* not cleared */
void *neap_calloc(size_t count, size_t size); /* cleared */
void *neap_realloc(void *block, size_t size);
void neap_free(void *block); /* NULL is allowed */
char *neap_strdup(const char *text);

/* What the host needs for itself, and the system refused: says so in one line, with the word for
 * `err` (an errno; 0: none), and aborts. */
NEAP_NORETURN void neap_refused(const char *what, int err);

#endif
