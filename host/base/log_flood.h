/* log_flood.h - which of the log's events repeat too often to be written each time.
 * Owns:      what it knows about at most NEAP_LOG_KINDS kinds of events.
 * Threads:   one at a time: the writer's lock (log_writer.h).
 * Bounds:    of each kind NEAP_LOG_BURST events a window are written, and one line with the
 *            number of the others. Kinds beyond the table, and those whose text is longer than
 *            NEAP_LOG_KIND, share one: so at most (KINDS + 1) * (BURST + 1) a window.
 * Invariant: each event is written, or counted in a summary that is still to be taken.
 *
 * A window begins with the first event of a kind and lasts for NEAP_LOG_WINDOW, or until its
 * summary is taken, if that is later. Nothing has to happen while nothing is held back. */
#ifndef NEAP_BASE_LOG_FLOOD_H
#define NEAP_BASE_LOG_FLOOD_H

#include "base/clock.h"
#include "base/log_line.h"

enum { NEAP_LOG_KINDS = 64, NEAP_LOG_KIND = 768, NEAP_LOG_BURST = 10 };
#define NEAP_LOG_WINDOW (1000 * NEAP_MS)

struct neap_log_flood;

struct neap_log_summary { /* lends its texts until the next call */
    enum neap_log_level level;
    const char *event; /* "others" for those that share one place */
    const char *kind;
    size_t size;
    uint64_t times;
};

/* --- one thread at a time ------------------------------------------------- */
struct neap_log_flood *neap_log_flood_new(void);
void neap_log_flood_free(struct neap_log_flood *f);

/* An event happens now; equal are those of the same `event` and `kind`. False: it was counted
 * and must not be written. */
bool neap_log_flood_admit(struct neap_log_flood *f, enum neap_log_level level,
                          const char *event, const char *kind, size_t size, neap_time now);

/* When the next summary has to be taken; NEAP_FOREVER: nothing is held back. */
neap_time neap_log_flood_due(const struct neap_log_flood *f);

/* Takes a summary that is due at `now` (NEAP_FOREVER: any). False: there is none. */
bool neap_log_flood_take(struct neap_log_flood *f, neap_time now,
                         struct neap_log_summary *summary);

#endif
