/* monitor.h - being told once when a process ends.
 * Owns:      the watching process's note of each monitor.
 * Threads:   see the headings; one process lock at a time.
 * Bounds:    the handles limit of the watcher, asked by the caller.
 * Invariant: a DOWN is delivered only while the watcher still has the monitor, and removes
 *            it: so exactly one, and none after a demonitor. */
#ifndef NEAP_CORE_MONITOR_H
#define NEAP_CORE_MONITOR_H

#include "core/pid.h"
#include "core/reason.h"

#include <stdbool.h>
#include <stdint.h>

struct neap_node;
struct neap_process;

/* --- the slice of `self` ---------------------------------------------------- */
/* Gives the reference. `name`, when not NULL, is what DOWN will show in place of the pid. A
 * dead `target` (or none): DOWN "noproc" is delivered at once. */
uint64_t neap_monitor(struct neap_process *self, struct neap_pid target, const char *name);

/* With `flush`, a DOWN of `ref` that is queued already is removed too. */
void neap_demonitor(struct neap_process *self, uint64_t ref, bool flush);

/* --- any thread ---------------------------------------------------------- */
/* `ref`'s target ended: settles the monitor, the open call, or both, of `watcher`. */
void neap_monitor_down(struct neap_process *watcher, uint64_t ref, struct neap_pid target,
                       struct neap_reason reason);

/* --- holder of no lock ------------------------------------------------------ */
/* True if `target` is alive and will tell `watcher` of its end by `ref`. */
bool neap_watch(struct neap_node *node, struct neap_pid target, uint64_t ref,
                struct neap_process *watcher, struct neap_process **found);
void neap_unwatch(struct neap_process *target, uint64_t ref);

#endif
