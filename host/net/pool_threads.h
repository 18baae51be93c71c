/* pool_threads.h - the threads that libuv reads and writes files on.
 * Owns:      none: they are libuv's, one set for the program, and end with it.
 * Threads:   the main thread, before any other uses files.
 * Bounds:    four; UV_THREADPOOL_SIZE in the environment says another number.
 * Invariant: once started, no operation on a file makes a thread: libuv ends the program, without
 *            a word, where the system refuses one. */
#ifndef NEAP_NET_POOL_THREADS_H
#define NEAP_NET_POOL_THREADS_H

#include "base/assert.h"

struct uv_loop_s;

/* --- main thread ------------------------------------------------------------ */
/* Has libuv make them. NEAP_EMEMORY: the system refuses that many, and none was made. */
NEAP_MUST_CHECK int neap_pool_threads_start(struct uv_loop_s *loop);

#endif
