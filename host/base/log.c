#include "base/log.h"

#include "base/log_ring.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const WORDS[] = { "debug", "info", "warn", "error" };

struct line { /* text that ends in "..." when it does not fit */
    char text[NEAP_LOG_LINE];
    size_t len;
};

static const size_t ROOM = NEAP_LOG_LINE - 8; /* leaves place for the end of a cut line */

static void put(struct line *line, const char *text, size_t n) {
    size_t left = ROOM - line->len;
    size_t fits = n < left ? n : left;
    memcpy(line->text + line->len, text, fits);
    line->len += fits;
}

static void word(struct line *line, const char *text) {
    put(line, text, strlen(text));
}

/* The two bytes of `\n` and the like, or six of \u00xx, for what must not be written raw. */
static void put_escaped(struct line *line, const char *text, size_t n) {
    for (size_t i = 0; i < n && line->len < ROOM; i++) {
        unsigned char c = (unsigned char)text[i];
        char code[8];
        if (c == '"' || c == '\\')
            put(line, (char[]){ '\\', (char)c }, 2);
        else if (c == '\n')
            put(line, "\\n", 2);
        else if (c == '\t')
            put(line, "\\t", 2);
        else if (c < 0x20 || c == 0x7f)
            put(line, code, (size_t)snprintf(code, sizeof code, "\\u%04x", c));
        else
            put(line, text + i, 1);
    }
}

/* Text on its own: quotes and backslashes need no care, control bytes do. */
static void put_plain(struct line *line, const char *text, size_t n) {
    for (size_t i = 0; i < n && line->len < ROOM; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\t' || (c >= 0x20 && c != 0x7f))
            put(line, text + i, 1);
        else
            put_escaped(line, text + i, 1);
    }
}

static void put_quoted(struct line *line, const char *text, size_t n) {
    put(line, "\"", 1);
    put_escaped(line, text, n);
    put(line, "\"", 1);
}

static bool needs_quotes(const char *text, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] <= ' ' || strchr("\"\\=", text[i]) != NULL ||
            text[i] == 0x7f)
            return true;
    return n == 0;
}

static void put_time(struct line *line, bool json) {
    struct timespec t;
    struct tm day;
    char text[64];
    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &day);
    size_t n = strftime(text, sizeof text, json ? "%Y-%m-%dT%H:%M:%S" : "%F %T", &day);
    n += (size_t)snprintf(text + n, sizeof text - n, json ? ".%03ldZ" : ".%03ld",
                          t.tv_nsec / 1000000);
    put(line, text, n);
}

static void put_head(struct line *line, const struct neap_log *log,
                     enum neap_log_level level, const char *who) {
    line->len = 0;
    if (log->json) {
        word(line, "{\"time\":\"");
        put_time(line, true);
        word(line, "\",\"level\":\"");
        word(line, WORDS[level]);
        word(line, "\",\"pid\":\"");
        word(line, who);
        word(line, "\"");
        return;
    }
    put_time(line, false);
    word(line, " ");
    word(line, WORDS[level]);
    word(line, level == NEAP_LOG_INFO || level == NEAP_LOG_WARN ? "  " : " ");
    word(line, who);
}

static void put_field_json(struct line *line, const struct neap_log_field *f) {
    word(line, ",");
    put_quoted(line, f->key, strlen(f->key));
    word(line, ":");
    if (f->bare)
        put(line, f->value, f->size);
    else
        put_quoted(line, f->value, f->size);
}

static void put_field_text(struct line *line, const struct neap_log_field *f) {
    word(line, " ");
    put_escaped(line, f->key, strlen(f->key));
    word(line, "=");
    if (needs_quotes(f->value, f->size))
        put_quoted(line, f->value, f->size);
    else
        put(line, f->value, f->size);
}

static void put_fields(struct line *line, bool json, const struct neap_log_field *fields,
                       size_t count) {
    for (size_t i = 0; i < count; i++)
        (json ? put_field_json : put_field_text)(line, &fields[i]);
}

/* A line that was cut says so; its JSON stays readable because of the closing bytes. */
static void finish(struct line *line, const struct neap_log *log) {
    bool cut = line->len >= ROOM;
    const char *end = log->json ? (cut ? "...\"}\n" : "}\n") : (cut ? "...\n" : "\n");
    memcpy(line->text + line->len, end, strlen(end));
    size_t n = line->len + strlen(end);
    if (log->ring != NULL)
        neap_log_ring_put(log->ring, line->text, n - 1);
    ssize_t written = write(log->fd, line->text, n);
    (void)written; /* nobody could be told */
}

void neap_log_write(const struct neap_log *log, enum neap_log_level level, const char *who,
                    const char *event, const struct neap_log_field *fields, size_t count) {
    if (level < log->level)
        return;
    struct line line;
    put_head(&line, log, level, who);
    if (log->json) {
        struct neap_log_field f = { "event", event, strlen(event), false };
        put_field_json(&line, &f);
    } else {
        word(&line, " ");
        put_escaped(&line, event, strlen(event));
    }
    put_fields(&line, log->json, fields, count);
    finish(&line, log);
}

/* One log line for each line of the text. */
static void print_lines(const struct neap_log *log, enum neap_log_level level,
                        const char *who, const char *indent, const char *text, size_t size) {
    const char *end = text + size;
    do {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        if (stop == NULL)
            stop = end;
        struct line line;
        put_head(&line, log, level, who);
        word(&line, " ");
        word(&line, indent);
        put_plain(&line, text, (size_t)(stop - text));
        finish(&line, log);
        text = stop + 1;
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

bool neap_log_level_parse(const char *word_, enum neap_log_level *level) {
    for (int i = NEAP_LOG_DEBUG; i <= NEAP_LOG_ERROR; i++) {
        if (strcmp(word_, WORDS[i]) == 0) {
            *level = (enum neap_log_level)i;
            return true;
        }
    }
    return false;
}
