/* budget.h - how much address space a node asks for, where a limit (ulimit -v) counts it.
 * Owns:      none; a plain value.
 * Threads:   the thread that makes the runtime, before any other.
 * Bounds:    none.
 * Invariant: what the budget leaves is enough for the threads of the node and for its own
 *            bookkeeping: without that it would start, and end as it makes the next thread.
 *
 * Without a limit address space costs nothing: then a node asks for what it could ever use. */
#ifndef NEAP_VM_BUDGET_H
#define NEAP_VM_BUDGET_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_budget { /* a plain value; bytes */
    size_t slots;    /* for the heaps of processes */
    size_t arena;    /* for machine code */
    size_t room;     /* what the limit leaves; SIZE_MAX: there is none */
    size_t needed;   /* the least that a node can start with */
    bool is_limited;
};

/* Divides `room`. NEAP_EMEMORY: it is less than what is needed. */
NEAP_MUST_CHECK int neap_budget_divide(size_t room, uint32_t workers,
                                       struct neap_budget *budget);

/* What the limit of this OS process leaves, SIZE_MAX if there is none. */
size_t neap_budget_room(void);

#endif
