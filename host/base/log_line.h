/* log_line.h - the text of one line of the log.
 * Owns:      its text; the caller's stack is the usual place.
 * Threads:   one at a time.
 * Bounds:    cut at NEAP_LOG_LINE bytes, with "..." at its end.
 * Invariant: text from a script can not make a line of its own: control bytes are escaped.
 *
 * Levels are defined by who should act. error: the node lost something, a human must look.
 * warn: a limit or a refusal; the system coped. info: something started or stopped. debug:
 * per message, off by default.
 *
 * Text:  2026-11-23 23:09:41.123 info  17.3 child.restart id=worker reason="boom"
 * JSON:  {"time":"2026-11-23T23:09:41.123Z","level":"info","pid":"17.3","event":...,...} */
#ifndef NEAP_BASE_LOG_LINE_H
#define NEAP_BASE_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>

enum { NEAP_LOG_LINE = 16384 };

enum neap_log_level { NEAP_LOG_DEBUG, NEAP_LOG_INFO, NEAP_LOG_WARN, NEAP_LOG_ERROR };

struct neap_log_field { /* lent for the call; `value` is text, `bare` numbers and words */
    const char *key;
    const char *value;
    size_t size;
    bool bare; /* JSON: written without quotes (a number, true, false) */
};

struct neap_log_line { /* a plain value; large, and only `text` up to `len` is set */
    char text[NEAP_LOG_LINE];
    size_t len;
    bool json;
};

/* --- one thread at a time ------------------------------------------------- */
/* A line is begun with one of these three, ... */
void neap_log_line_event(struct neap_log_line *line, bool json, enum neap_log_level level,
                         const char *who, const char *event);
void neap_log_line_plain(struct neap_log_line *line, enum neap_log_level level,
                         const char *who, const char *indent);
void neap_log_line_bare(struct neap_log_line *line); /* no time, level and pid */

/* ... gets fields, those that were formatted before (_copy), or text with its control bytes
 * escaped, ... */
void neap_log_line_fields(struct neap_log_line *line, const struct neap_log_field *fields,
                          size_t count);
void neap_log_line_copy(struct neap_log_line *line, const char *text, size_t n);
void neap_log_line_text(struct neap_log_line *line, const char *text, size_t n);

/* ... and is ended: with `\n`, after which `len` is all of it. */
void neap_log_line_end(struct neap_log_line *line);

bool neap_log_level_parse(const char *word, enum neap_log_level *level);

#endif
