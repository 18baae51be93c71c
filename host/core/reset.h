/* reset.h - a process as new, but for its state and its pid: for one that serves request
 * after request, which must know nothing of each other.
 * Owns:      none.
 * Threads:   the process's own slice, while it waits for nothing.
 * Bounds:    none.
 * Invariant: what was addressed to the former request reaches nobody: its mail and that of
 *            waiting senders is dropped (they are told it was sent), its timers, monitors,
 *            names and trap_exit are gone, and linked processes get EXIT `shutdown`. Who
 *            monitors the process goes on doing so. Its resources stay. */
#ifndef NEAP_CORE_RESET_H
#define NEAP_CORE_RESET_H

struct neap_process;

/* --- the process's slice ---------------------------------------------------- */
void neap_process_reset(struct neap_process *self);

#endif
