/* foreground.h - the loop of the main thread: signals, notes from other threads, alarms.
 * Owns:      its uv loop; the handlers of SIGTERM, SIGINT and SIGHUP, from _new until _free.
 * Threads:   see the headings.
 * Bounds:    NEAP_FOREGROUND_ALARMS alarms; notes that come together are told once.
 * Invariant: it runs no script and waits for no worker, so the node can be stopped and
 *            looked at whatever the workers do. SIGPIPE and SIGXFSZ are ignored from _new
 *            on: a peer that is gone, a file that is too large are the writer's errors. */
#ifndef NEAP_NET_FOREGROUND_H
#define NEAP_NET_FOREGROUND_H

#include "base/assert.h"

#include <stdint.h>

enum { NEAP_FOREGROUND_ALARMS = 2 };

struct neap_foreground;
struct uv_loop_s;

struct neap_foreground_events { /* a plain value; all are called on the main thread */
    void (*on_signal)(void *context, int number);
    void (*on_note)(void *context);             /* neap_foreground_note was called */
    void (*on_alarm)(void *context, int alarm); /* the time it was set for is over */
    void *context;
};

/* --- any thread ---------------------------------------------------------- */
void neap_foreground_note(struct neap_foreground *f);

/* --- main thread ------------------------------------------------------------ */
struct neap_foreground *neap_foreground_new(const struct neap_foreground_events *events);

/* Starts the threads that files are read on (net/pool_threads.h). */
NEAP_MUST_CHECK int neap_foreground_start_pool(struct neap_foreground *f);

/* Nobody may call _note any more. The program is about to end: signals that come now are kept
 * from it, or one of them would be its end, in place of its exit code. */
void neap_foreground_free(struct neap_foreground *f);

/* Returns after neap_foreground_stop. */
void neap_foreground_run(struct neap_foreground *f);
void neap_foreground_stop(struct neap_foreground *f);

/* Sets the alarm of that number, from 0 on: the caller says what it is for. Replaces the time
 * it was set to before, if any. */
void neap_foreground_set_alarm(struct neap_foreground *f, int alarm, uint64_t ms);
void neap_foreground_clear_alarm(struct neap_foreground *f, int alarm);

/* Keeps the signals it handles away from the calling thread and those it starts, or lets
 * them come again: they are for the main thread only, never for one that runs a script. */
void neap_foreground_block_signals(void);
void neap_foreground_unblock_signals(void);

/* For the files of net. */
struct uv_loop_s *neap_foreground_loop(struct neap_foreground *f);

/* --- monitor thread: none ------------------------------------------------- */

#endif
