/* monitor_thread.h - looks at every worker once a millisecond while anything runs.
 * Owns:      one thread.
 * Threads:   started and stopped by the thread that runs the node; roused by any.
 * Bounds:    one tick a millisecond; every 50 us while a carrier that is due is missed.
 * Invariant: asleep, without a timer, while all workers sleep. */
#ifndef NEAP_CORE_MONITOR_THREAD_H
#define NEAP_CORE_MONITOR_THREAD_H

struct neap_monitor_thread;
struct neap_node;

/* --- the thread that runs the node -------------------------------------------- */
/* Made before the carriers, which may rouse it; started after them, since it signals them. */
struct neap_monitor_thread *neap_monitor_thread_new(struct neap_node *node);
void neap_monitor_thread_start(struct neap_monitor_thread *m);
void neap_monitor_thread_stop(struct neap_monitor_thread *m); /* joins */
void neap_monitor_thread_free(struct neap_monitor_thread *m); /* NULL is allowed */

/* --- any thread ---------------------------------------------------------- */
void neap_monitor_thread_rouse(struct neap_monitor_thread *m);

#endif
