/* stack.h - where the code of another process stands now, for people.
 * Owns:      none.
 * Threads:   any that is no carrier; the looking is done by the process's worker.
 * Bounds:    waits at most NEAP_STACK_WAIT_MS for the worker.
 * Invariant: the process is between two slices when it is looked at. */
#ifndef NEAP_VM_STACK_H
#define NEAP_VM_STACK_H

#include "core/pid.h"

enum { NEAP_STACK_WAIT_MS = 200 };

struct neap_node;

/* --- any thread but carriers -------------------------------------------------- */
/* Gives the lines, or a sentence that says why there are none; free with neap_free. */
char *neap_stack_read(struct neap_node *node, struct neap_pid pid);

#endif
