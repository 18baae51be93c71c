/* exit.h - exit signals, and the end of a process.
 * Owns:      none; a reason passed in is lent unless said.
 * Threads:   signals from any thread; the end on the process's worker.
 * Bounds:    none: signals are never refused.
 * Invariant: whoever linked, monitored or called a process learns its end exactly once,
 *            after everything it sent, and after its names are free. */
#ifndef NEAP_CORE_EXIT_H
#define NEAP_CORE_EXIT_H

#include "core/pid.h"
#include "core/reason.h"

struct neap_node;
struct neap_process;

/* --- any thread ---------------------------------------------------------- */
/* neap.exit(to, reason) of `from` (none: the node itself). A dead `to` is no error. */
void neap_exit_signal(struct neap_node *node, struct neap_pid from, struct neap_pid to,
                      struct neap_reason reason);

/* The process must end with `reason`, whatever it traps. */
void neap_exit_doom(struct neap_node *node, struct neap_pid to, struct neap_reason reason);

/* The node wants `to` gone, protected or not; it ends "killed". */
void neap_exit_kill(struct neap_node *node, struct neap_pid to);

/* --- the slice of `self` ---------------------------------------------------- */
/* `self` ends with the reason of another's end that it trapped, as if it had not: that is
 * no failure of its own. It is left at the next chance. */
void neap_exit_follow(struct neap_process *self, struct neap_reason reason);

/* --- the process's worker --------------------------------------------------- */
/* Ends `p` with the reason it was doomed with, or its own (neap_process_set_reason):
 * discards the body, frees names and timers, then tells links, monitors and callers. */
void neap_process_end(struct neap_process *p);

#endif
