/* child.h - what a supervisor lets people see of its children, running or not.
 * Owns:      its records; they belong to the supervisor's process and end with it.
 * Threads:   see the headings; guarded by the supervisor's lock.
 * Bounds:    one record per child.
 * Invariant: for show only: no decision of the host depends on it. Kept in C, so `neap tree`
 *            answers also when a supervisor is stuck. */
#ifndef NEAP_CORE_CHILD_H
#define NEAP_CORE_CHILD_H

#include "core/pid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_process;
struct neap_node;

struct neap_child { /* a plain value */
    uint64_t key;   /* the supervisor's own number for it, not 0 */
    char id[129];
    char state[12]; /* "running", "restarting", "stopped" */
    bool supervisor;
    struct neap_pid pid; /* none unless running */
    uint64_t restarts;
};

/* --- the supervisor's slice ---------------------------------------------------- */
void neap_child_put(struct neap_process *self, const struct neap_child *child);
void neap_child_remove(struct neap_process *self, uint64_t key);

/* --- any thread ---------------------------------------------------------- */
/* Gives a copy of the records of `pid`, in the order they were first put, and their number;
 * free with neap_free. NULL: none. */
struct neap_child *neap_child_list(struct neap_node *node, struct neap_pid pid,
                                   size_t *count);

/* --- core: the supervisor ends -------------------------------------------------- */
void neap_child_drop_all(struct neap_process *self);

#endif
