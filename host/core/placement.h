/* placement.h - on which worker a process runs.
 * Owns:      none.
 * Threads:   see the headings.
 * Bounds:    none.
 * Invariant: a process changes its worker only while it is on no carrier, by a thread that
 *            holds its lock and has what it leaves: the worker itself, or its `doze`.
 *
 * Three rules, of which none asks what a process does, only where it has to wait:
 *
 *  - A new process belongs to the worker with the fewest.
 *  - A process that becomes ready runs on its worker; but if that one has nothing to do, and
 *    the one that makes it ready had nothing to run next either, it runs there. So two that
 *    only talk to each other come together, and no thread is woken for a message: that costs
 *    both sides a system call, 5 to 50 us, and a slice is mostly over in one. Not if what
 *    runs there computes (its slice goes on with an interrupted turn): then the woken one
 *    would have to wait for it.
 *  - Once a tick, a worker gives half of what waits to one that has nothing to do, the
 *    interrupted ones first: they compute, and what is left to talk stays together. It keeps a
 *    few that have not waited for a tick: they are done sooner than another worker is awake.
 *
 * So what rule two brings to a worker that turns out to compute waits until that one's slice
 * ends or is handed over, a tick mostly, and if several wait, for the next look: the price of
 * not waking another thread for each message. Where no spare carrier is left it can be longer
 * (spares.h).
 *
 * A worker that takes a process away from another one (rule two) touches what is that one's
 * carrier's: the timer of its deadline, its place among those that rest. Hence `doze`: a lock
 * that a carrier holds to enter and to leave the state `dozes`, in which it spins or blocks in
 * its poller, and touches neither. I/O that is handled below the poller only makes processes
 * ready, or new; those that have resources, which live on the loop, and alarms, which may fire
 * only where they were started, stay anyway.
 *
 * No wake-up is lost: who makes a process ready holds its lock, and puts it on exactly one
 * queue. If that is its own worker's, it is awake: it looks at the queue when the slice, the
 * task or the poll is over that it is in. Else it is as before (worker.c): the push and
 * `asleep` are ordered. A carrier that wakes by itself meanwhile waits for `doze`, and finds a
 * process less. Lock order: process, then `doze`; nobody who holds one takes another lock. */
#ifndef NEAP_CORE_PLACEMENT_H
#define NEAP_CORE_PLACEMENT_H

struct neap_node;
struct neap_process;
struct neap_worker;

/* --- any thread ---------------------------------------------------------- */
/* The worker for a new process; `parent` may be NULL. */
struct neap_worker *neap_placement_of_new(struct neap_node *node,
                                          struct neap_process *parent);

/* Queues `p`, which has become READY. Holder of its lock. */
void neap_placement_queue(struct neap_process *p);

/* --- the worker's carrier, once a tick ------------------------------------- */
void neap_placement_share(struct neap_worker *w);

#endif
