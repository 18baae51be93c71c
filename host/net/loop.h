/* loop.h - the I/O loop of a worker: libuv behind core's struct neap_poller.
 * Owns:      its uv loop, from _new until ops->free.
 * Threads:   the carrier that drives the worker; `wake` from any thread.
 * Bounds:    none.
 * Invariant: nothing in it wakes up by itself, but for one time-out of an earlier poll: without
 *            I/O and without a time-out the thread sleeps. A time-out is exact to what the
 *            system needs to run the thread, not to milliseconds. Its callbacks mark things
 *            ready and return; no slice runs below uv_run, or the carrier's pulse ends the
 *            program (A13). */
#ifndef NEAP_NET_LOOP_H
#define NEAP_NET_LOOP_H

#include "core/worker.h"

struct uv_loop_s;

/* --- any thread ---------------------------------------------------------- */
const char *neap_loop_version(void); /* of libuv, as "1.44.2" */

/* --- the carrier ----------------------------------------------------------- */
/* What a poller keeps open: libuv's epoll, its bell, a pair for signals; and the timer. */
enum { NEAP_LOOP_DESCRIPTORS = 5 };

/* Gives a poller, to be freed with ops->free. The context is not used. That there are
 * descriptors for it is the caller's to look after: without, the program ends. */
struct neap_poller *neap_loop_poller_new(void *context);

/* For the files of net: the loop of a poller that neap_loop_poller_new gave. */
struct uv_loop_s *neap_loop_of(struct neap_poller *poller);

/* --- monitor thread: none ------------------------------------------------- */

#endif
