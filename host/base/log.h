/* log.h - one line per event, to one file descriptor.
 * Owns:      nothing but its settings; descriptor, ring and writer are lent for the log's life.
 * Threads:   any; the lines of a thread stay in their order.
 * Bounds:    a line is cut at NEAP_LOG_LINE bytes; with a writer nobody waits for whoever
 *            reads the log (log_writer.h), and events that repeat are summed up.
 * Invariant: none beyond those of log_line.h, which says what a line looks like. */
#ifndef NEAP_BASE_LOG_H
#define NEAP_BASE_LOG_H

#include "base/log_line.h"

struct neap_log_ring;
struct neap_log_writer;

struct neap_log { /* a plain value, in the node */
    int fd;
    enum neap_log_level level;
    bool json;
    struct neap_log_ring *ring;     /* has each line as well; or NULL */
    struct neap_log_writer *writer; /* NULL: a line is written where it is made, at once */
};

/* --- any thread ---------------------------------------------------------- */
/* `who` is the process as people see it ("17.3"), or "-" for the host itself. */
void neap_log_write(const struct neap_log *log, enum neap_log_level level, const char *who,
                    const char *event, const struct neap_log_field *fields, size_t count);

/* An event is about to be written whose equals may come by the thousand: the same event with
 * the same `fields` (what differs each time, such as a pid, is not among them). False: leave
 * it, as it is below the level, or was counted and a line "log.suppressed" will say so. */
bool neap_log_admit(const struct neap_log *log, enum neap_log_level level,
                    const char *event, const struct neap_log_field *fields, size_t count);

/* What a script printed: its text is the line, without an event name. */
void neap_log_print(const struct neap_log *log, const char *who, const char *text,
                    size_t size);

/* Text of several lines, each a line of the log after `indent`. Not for JSON. */
void neap_log_lines(const struct neap_log *log, enum neap_log_level level,
                    const char *who, const char *indent, const char *text, size_t size);

/* Lines for whoever started the program ("neap: the root supervisor gave up: ..."), in the
 * the log's order, but without time, level and pid. */
void neap_log_say(const struct neap_log *log, const char *text, size_t size);

#endif
