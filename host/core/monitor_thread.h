/* monitor_thread.h - looks at every carrier once a millisecond while anything runs, and at
 * every worker when the next thing is due there.
 * Owns:      one thread.
 * Threads:   started and stopped by the thread that runs the node; roused by any.
 * Bounds:    one tick a millisecond; at most every 50 us while a slice should end, or a
 *            worker's next timer is due.
 * Invariant: asleep, without a timer, while all workers sleep. */
#ifndef NEAP_CORE_MONITOR_THREAD_H
#define NEAP_CORE_MONITOR_THREAD_H

#include "base/clock.h"

#include <stdbool.h>

struct neap_monitor_thread;
struct neap_node;

/* --- the thread that runs the node -------------------------------------------- */
/* Made before the carriers, which may rouse it; started after them, since it signals them. */
struct neap_monitor_thread *neap_monitor_thread_new(struct neap_node *node);
/* False: the system has no thread left. */
bool neap_monitor_thread_start(struct neap_monitor_thread *m);
void neap_monitor_thread_stop(struct neap_monitor_thread *m); /* joins */
void neap_monitor_thread_free(struct neap_monitor_thread *m); /* NULL is allowed */

/* --- any thread ---------------------------------------------------------- */
void neap_monitor_thread_rouse(struct neap_monitor_thread *m);

/* A slice begins somewhere, and a timer waits for `at` there. Mostly that is known. */
void neap_monitor_thread_expect(struct neap_monitor_thread *m, neap_time at);

#endif
