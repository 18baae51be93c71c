/* log_writer.h - the thread that writes the log, so that nobody waits for who reads it.
 * Owns:      its thread and two buffers; the descriptor is lent.
 * Threads:   see the headings.
 * Bounds:    NEAP_LOG_BUFFER bytes of lines wait, and as many are being written. What does not
 *            fit is dropped and counted.
 * Invariant: each line that was put is written, or counted by a line "log.dropped lines=N"
 *            at its place; the lines of a thread stay in their order.
 *
 * A terminal that is paused, or a pipe that nobody empties, stops whoever writes to it: with a
 * writer that is this thread and no worker. It sleeps on a condition, without a time-out
 * unless events are held back (log_flood.h). */
#ifndef NEAP_BASE_LOG_WRITER_H
#define NEAP_BASE_LOG_WRITER_H

#include "base/assert.h"
#include "base/clock.h"
#include "base/log_line.h"

enum { NEAP_LOG_BUFFER = 512 * 1024 };

struct neap_log_writer;

struct neap_log_writer_stats { /* a plain value; counted since the start */
    uint64_t lines;      /* put and not dropped, those of the writer's own included */
    uint64_t dropped;    /* did not fit, or the system did not take them */
    uint64_t suppressed; /* equal to others: told by their number */
    uint64_t waiting;    /* bytes that are not written yet */
};

/* --- the thread that makes it ---------------------------------------------- */
/* NULL: the system refuses a thread. All signals are blocked in it. */
struct neap_log_writer *neap_log_writer_new(int fd, bool json);

/* What was put is written, for at most `wait`; then the writer is gone, and nobody may use it
 * any more. False: the time is over, since nobody reads; it stays, and may be freed later. */
bool neap_log_writer_free(struct neap_log_writer *w, neap_time wait);

/* --- any thread ---------------------------------------------------------- */
/* A line, with its `\n`. Waits for nobody but the holders of a lock who copy lines. */
void neap_log_writer_put(struct neap_log_writer *w, const char *text, size_t size);

/* See neap_log_admit; `kind` is what makes events equal, as fields that are ready to be
 * written (neap_log_line_fields). */
bool neap_log_writer_admit(struct neap_log_writer *w, enum neap_log_level level,
                           const char *event, const char *kind, size_t size);

struct neap_log_writer_stats neap_log_writer_stats(struct neap_log_writer *w);

/* --- any thread, also in a signal handler ---------------------------------- */
/* Waits until what was put is written, but not longer than `wait`: before the program ends at
 * once. Takes no lock. */
void neap_log_writer_await(const struct neap_log_writer *w, neap_time wait);

#endif
