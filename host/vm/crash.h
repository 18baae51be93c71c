/* crash.h - what the log says about a process that ended.
 * Owns:      none.
 * Threads:   the carrier of the process's worker, or any for _line.
 * Bounds:    a log line, and NEAP_TRACE_LEVELS lines of traceback.
 * Invariant: one report for each process that ended abnormally by itself; none for ends in
 *            order (SRV-12), nor for those that a signal of another process ended: the log
 *            has that one's report already. */
#ifndef NEAP_VM_CRASH_H
#define NEAP_VM_CRASH_H

#include "base/bytes.h"
#include "base/log.h"
#include "core/reason.h"

struct neap_process;

/* --- the carrier ----------------------------------------------------------- */
void neap_crash_report(const struct neap_log *log, struct neap_process *p,
                       struct neap_reason reason);

/* --- any thread ---------------------------------------------------------- */
/* Appends the reason as one line. */
void neap_crash_line(struct neap_reason reason, struct neap_bytes *line);

#endif
