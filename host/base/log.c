#include "base/log.h"

#include "base/log_ring.h"
#include "base/log_writer.h"

#include <string.h>
#include <unistd.h>

static void deliver(const struct neap_log *log, struct neap_log_line *line) {
    neap_log_line_end(line);
    if (log->ring != NULL)
        neap_log_ring_put(log->ring, line->text, line->len - 1);
    if (log->writer != NULL) {
        neap_log_writer_put(log->writer, line->text, line->len);
        return;
    }
    ssize_t written = write(log->fd, line->text, line->len);
    (void)written; /* nobody could be told */
}

void neap_log_write(const struct neap_log *log, enum neap_log_level level, const char *who,
                    const char *event, const struct neap_log_field *fields, size_t count) {
    if (level < log->level)
        return;
    struct neap_log_line line;
    neap_log_line_event(&line, log->json, level, who, event);
    neap_log_line_fields(&line, fields, count);
    deliver(log, &line);
}

bool neap_log_admit(const struct neap_log *log, enum neap_log_level level,
                    const char *event, const struct neap_log_field *fields, size_t count) {
    if (level < log->level)
        return false;
    if (log->writer == NULL)
        return true;
    struct neap_log_line kind;
    neap_log_line_bare(&kind);
    kind.json = log->json;
    neap_log_line_fields(&kind, fields, count);
    return neap_log_writer_admit(log->writer, level, event, kind.text, kind.len);
}

/* Takes the first line of what is left: its size, without `\n`. */
static size_t cut_line(const char **text, const char *end) {
    const char *start = *text;
    const char *stop = memchr(start, '\n', (size_t)(end - start));
    if (stop == NULL)
        stop = end;
    *text = stop + 1;
    return (size_t)(stop - start);
}

/* One log line for each line of the text. */
static void print_lines(const struct neap_log *log, enum neap_log_level level,
                        const char *who, const char *indent, const char *text, size_t size) {
    const char *end = text + size;
    do {
        struct neap_log_line line;
        const char *start = text;
        size_t n = cut_line(&text, end);
        neap_log_line_plain(&line, level, who, indent);
        neap_log_line_text(&line, start, n);
        deliver(log, &line);
    } while (text < end);
}

void neap_log_lines(const struct neap_log *log, enum neap_log_level level,
                    const char *who, const char *indent, const char *text, size_t size) {
    if (level >= log->level)
        print_lines(log, level, who, indent, text, size);
}

static void print_json(const struct neap_log *log, const char *who, const char *text,
                       size_t size) {
    struct neap_log_field fields[] = { { "text", text, size, false } };
    neap_log_write(log, NEAP_LOG_INFO, who, "print", fields, 1);
}

void neap_log_print(const struct neap_log *log, const char *who, const char *text,
                    size_t size) {
    if (log->level > NEAP_LOG_INFO)
        return;
    if (log->json)
        print_json(log, who, text, size);
    else
        print_lines(log, NEAP_LOG_INFO, who, "", text, size);
}

void neap_log_say(const struct neap_log *log, const char *text, size_t size) {
    const char *end = text + size;
    do {
        struct neap_log_line line;
        const char *start = text;
        size_t n = cut_line(&text, end);
        neap_log_line_bare(&line);
        neap_log_line_text(&line, start, n);
        deliver(log, &line);
    } while (text < end);
}
