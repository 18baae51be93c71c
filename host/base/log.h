/* log.h - one line per event, to one file descriptor.
 * Owns:      nothing but its settings; descriptor and ring are lent for the log's life.
 * Threads:   any; a line is written with one write call.
 * Bounds:    a line is cut at NEAP_LOG_LINE bytes, with "..." at its end.
 * Invariant: text from a script can not make a line of its own: control bytes are escaped.
 *
 * Levels are defined by who should act. error: the node lost something, a human must look.
 * warn: a limit or a refusal; the system coped. info: something started or stopped. debug:
 * per message, off by default.
 *
 * Text:  2026-11-23 23:09:41.123 info  17.3 child.restart id=worker reason="boom"
 * JSON:  {"time":"2026-11-23T23:09:41.123Z","level":"info","pid":"17.3","event":...,...} */
#ifndef NEAP_BASE_LOG_H
#define NEAP_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum { NEAP_LOG_LINE = 16384 };

enum neap_log_level { NEAP_LOG_DEBUG, NEAP_LOG_INFO, NEAP_LOG_WARN, NEAP_LOG_ERROR };

struct neap_log_ring;

struct neap_log { /* a plain value, in the node */
    int fd;
    enum neap_log_level level;
    bool json;
    struct neap_log_ring *ring; /* has each line as well; or NULL */
};

struct neap_log_field { /* lent for the call; `value` is text, `bare` numbers and words */
    const char *key;
    const char *value;
    size_t size;
    bool bare; /* JSON: written without quotes (a number, true, false) */
};

/* --- any thread ---------------------------------------------------------- */
/* `who` is the process as people see it ("17.3"), or "-" for the host itself. */
void neap_log_write(const struct neap_log *log, enum neap_log_level level, const char *who,
                    const char *event, const struct neap_log_field *fields, size_t count);

/* What a script printed: its text is the line, without an event name. */
void neap_log_print(const struct neap_log *log, const char *who, const char *text,
                    size_t size);

/* Text of several lines, each a line of the log after `indent`. Not for JSON. */
void neap_log_lines(const struct neap_log *log, enum neap_log_level level,
                    const char *who, const char *indent, const char *text, size_t size);

bool neap_log_level_parse(const char *word, enum neap_log_level *level);

#endif
