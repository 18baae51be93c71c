/* suspicion.h - what faults inside the VM mean for the whole node.
 * Owns:      none: embedded in the runtime.
 * Threads:   see the headings.
 * Bounds:    the first ten faults have a line of the log each, then every second, fourth,
 *            eighth... one has.
 * Invariant: a node that has had a fault stays suspect until it ends.
 *
 * A process that faulted is gone, like any that was left in the middle. But the heaps of all
 * processes lie in one mapping: what wrote astray until it hit a page that was not there may
 * have hit a neighbour's memory before. With fault_policy = "continue" the node goes on, and
 * says that it is suspect; with "restart" it stops in order, with an exit code of its own, and
 * who started it starts it again.
 *
 * A C stack that was used up is counted apart, and makes nothing suspect: the page behind it
 * is not there by intent, and nothing was written beyond. Any script can do that, by nesting
 * deep enough; it must not be able to stop the node by it. */
#ifndef NEAP_VM_SUSPICION_H
#define NEAP_VM_SUSPICION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct neap_fault; /* vm/cell.h */
struct neap_process;
struct neap_runtime;

enum neap_fault_policy { NEAP_FAULT_CONTINUE, NEAP_FAULT_RESTART };

struct neap_suspicion {
    /* enum neap_fault_policy. Written by the first process before any other exists, read by
     * carriers. Relaxed: the spawn of each process orders it. */
    _Atomic(int) policy;

    /* Written by carriers, read by anybody for show. Relaxed: counters. */
    _Atomic(uint64_t) faults;
    _Atomic(uint64_t) stack_ends;
};

struct neap_suspicion_stats { /* a plain value; since the node started */
    enum neap_fault_policy policy;
    uint64_t faults;     /* more than none: the node is suspect */
    uint64_t stack_ends; /* not among them */
};

/* --- the first process --------------------------------------------------------- */
void neap_suspicion_set_policy(struct neap_suspicion *s, enum neap_fault_policy policy);

/* --- the carrier ----------------------------------------------------------- */
/* The process `p` ends with `fault`. Logs it, and asks for the end of the node, if that is
 * the policy (neap_runtime_options.suspect). */
void neap_suspicion_note(struct neap_suspicion *s, const struct neap_runtime *r,
                         const struct neap_process *p, const struct neap_fault *fault);

/* --- any thread ---------------------------------------------------------- */
struct neap_suspicion_stats neap_suspicion_stats(const struct neap_suspicion *s);
const char *neap_fault_policy_text(enum neap_fault_policy policy); /* "continue" */

#endif
