#include "base/log_line.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const WORDS[] = { "debug", "info", "warn", "error" };

static const size_t ROOM = NEAP_LOG_LINE - 8; /* leaves place for the end of a cut line */

static void put(struct neap_log_line *line, const char *text, size_t n) {
    size_t left = ROOM - line->len;
    size_t fits = n < left ? n : left;
    memcpy(line->text + line->len, text, fits);
    line->len += fits;
}

static void word(struct neap_log_line *line, const char *text) {
    put(line, text, strlen(text));
}

/* The two bytes of `\n` and the like, or six of \u00xx, for what must not be written raw. */
static void put_escaped(struct neap_log_line *line, const char *text, size_t n) {
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
static void put_plain(struct neap_log_line *line, const char *text, size_t n) {
    for (size_t i = 0; i < n && line->len < ROOM; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '\t' || (c >= 0x20 && c != 0x7f))
            put(line, text + i, 1);
        else
            put_escaped(line, text + i, 1);
    }
}

static void put_quoted(struct neap_log_line *line, const char *text, size_t n) {
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

static void put_time(struct neap_log_line *line, bool json) {
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

static void head_json(struct neap_log_line *line, enum neap_log_level level,
                      const char *who) {
    word(line, "{\"time\":\"");
    put_time(line, true);
    word(line, "\",\"level\":\"");
    word(line, WORDS[level]);
    word(line, "\",\"pid\":\"");
    word(line, who);
    word(line, "\"");
}

static void head_text(struct neap_log_line *line, enum neap_log_level level,
                      const char *who) {
    put_time(line, false);
    word(line, " ");
    word(line, WORDS[level]);
    word(line, level == NEAP_LOG_INFO || level == NEAP_LOG_WARN ? "  " : " ");
    word(line, who);
}

static void put_field_json(struct neap_log_line *line, const struct neap_log_field *f) {
    word(line, ",");
    put_quoted(line, f->key, strlen(f->key));
    word(line, ":");
    if (f->bare)
        put(line, f->value, f->size);
    else
        put_quoted(line, f->value, f->size);
}

static void put_field_text(struct neap_log_line *line, const struct neap_log_field *f) {
    word(line, " ");
    put_escaped(line, f->key, strlen(f->key));
    word(line, "=");
    if (needs_quotes(f->value, f->size))
        put_quoted(line, f->value, f->size);
    else
        put(line, f->value, f->size);
}

void neap_log_line_event(struct neap_log_line *line, bool json, enum neap_log_level level,
                         const char *who, const char *event) {
    line->len = 0;
    line->json = json;
    if (json) {
        struct neap_log_field f = { "event", event, strlen(event), false };
        head_json(line, level, who);
        put_field_json(line, &f);
    } else {
        head_text(line, level, who);
        word(line, " ");
        put_escaped(line, event, strlen(event));
    }
}

void neap_log_line_plain(struct neap_log_line *line, enum neap_log_level level,
                         const char *who, const char *indent) {
    neap_log_line_bare(line);
    head_text(line, level, who);
    word(line, " ");
    word(line, indent);
}

void neap_log_line_bare(struct neap_log_line *line) {
    line->len = 0;
    line->json = false;
}

void neap_log_line_fields(struct neap_log_line *line, const struct neap_log_field *fields,
                          size_t count) {
    for (size_t i = 0; i < count; i++)
        (line->json ? put_field_json : put_field_text)(line, &fields[i]);
}

void neap_log_line_copy(struct neap_log_line *line, const char *text, size_t n) {
    put(line, text, n);
}

void neap_log_line_text(struct neap_log_line *line, const char *text, size_t n) {
    put_plain(line, text, n);
}

/* A line that was cut says so; its JSON stays readable because of the closing bytes. */
void neap_log_line_end(struct neap_log_line *line) {
    bool cut = line->len >= ROOM;
    const char *end = line->json ? (cut ? "...\"}\n" : "}\n") : (cut ? "...\n" : "\n");
    memcpy(line->text + line->len, end, strlen(end));
    line->len += strlen(end);
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
