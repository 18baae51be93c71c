#include "vm/line.h"

#include "vm/wire.h"

#include <inttypes.h>
#include <stdio.h>

enum { LINE_DEPTH = 4, DOTS = 3 };

struct line {
    struct neap_bytes *out;
    size_t end; /* out->len may not pass it; room for the dots lies behind */
    bool full;
};

static void put_dots(struct line *l) {
    while ((l->out->data[l->out->len - 1] & 0xC0) == 0x80) /* no half of a UTF-8 character */
        l->out->len--;
    if (l->out->data[l->out->len - 1] >= 0xC0)
        l->out->len--;
    neap_bytes_append(l->out, "...", DOTS);
    l->full = true;
}

static void put(struct line *l, const char *text, size_t size) {
    for (size_t i = 0; i < size && !l->full; i++) {
        unsigned char c = (unsigned char)text[i];
        if (l->out->len >= l->end)
            put_dots(l);
        else
            neap_bytes_put(l->out, c < ' ' || c == 127 ? ' ' : c);
    }
}

static void put_text(struct line *l, const char *text) {
    put(l, text, strlen(text));
}

static void put_first_line(struct line *l, const char *text, size_t size) {
    const char *newline = memchr(text, '\n', size);
    put(l, text, newline == NULL ? size : (size_t)(newline - text));
}

static void put_quoted(struct line *l, const char *text, size_t size) {
    put_text(l, "\"");
    put(l, text, size);
    put_text(l, "\"");
}

static void put_pid(struct line *l, const char *before, const uint8_t *at) {
    char text[NEAP_PID_TEXT];
    put_text(l, before);
    put_text(l, neap_pid_format(neap_wire_pid(at + 1), text));
}

static void put_id(struct line *l, const char *word, const uint8_t *at) {
    char text[40];
    snprintf(text, sizeof text, "%s %" PRIu64, word, neap_wire_u64(at + 1));
    put_text(l, text);
}

static void put_scalar(struct line *l, const uint8_t *at) {
    double n;
    char text[40];
    if (neap_wire_number(at, &n)) {
        snprintf(text, sizeof text, "%.14g", n);
        put_text(l, text);
        return;
    }
    switch (*at) {
    case NEAP_WIRE_NIL: put_text(l, "nil"); break;
    case NEAP_WIRE_FALSE: put_text(l, "false"); break;
    case NEAP_WIRE_TRUE: put_text(l, "true"); break;
    case NEAP_WIRE_NULL: put_text(l, "null"); break;
    case NEAP_WIRE_PID: put_pid(l, "", at); break;
    case NEAP_WIRE_FROM: put_pid(l, "from ", at); break;
    case NEAP_WIRE_REF: put_id(l, "ref", at); break;
    case NEAP_WIRE_TIMER: put_id(l, "timer", at); break;
    case NEAP_WIRE_ADDRESS:
        put_text(l, "address ");
        put(l, (const char *)at + 5, neap_wire_u32(at + 1));
        break;
    default: put_text(l, "..."); break; /* BACK: a table that is being or was shown */
    }
}

static const uint8_t *put_value(struct line *l, const uint8_t *at, int depth);

static bool is_word(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = c == '_' || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return size != 0;
}

/* Puts "key = " and gives the value's place. */
static const uint8_t *put_key(struct line *l, const uint8_t *at, int depth) {
    const char *text;
    size_t size;
    if (neap_wire_string(at, &text, &size) && is_word(text, size)) {
        put(l, text, size);
        put_text(l, " = ");
        return neap_wire_skip(at);
    }
    put_text(l, "[");
    at = put_value(l, at, depth);
    put_text(l, "] = ");
    return at;
}

static void put_table(struct line *l, const uint8_t *at, int depth) {
    uint32_t items = neap_wire_u32(at + 1);
    uint32_t values = items + neap_wire_u32(at + 5);
    if (depth >= LINE_DEPTH && values != 0) {
        put_text(l, "{...}");
        return;
    }
    at += NEAP_WIRE_TABLE_HEAD;
    put_text(l, "{");
    for (uint32_t i = 0; i < values && !l->full; i++) {
        if (i != 0)
            put_text(l, ", ");
        if (i >= items)
            at = put_key(l, at, depth + 1);
        at = put_value(l, at, depth + 1);
    }
    put_text(l, "}");
}

/* The kinds whose message says what they are. */
static bool says_its_kind(const uint8_t *kind) {
    return kind == NULL || neap_wire_is_text(kind, "error", 5) ||
           neap_wire_is_text(kind, "limit", 5) || neap_wire_is_text(kind, "fault", 5);
}

static bool put_error(struct line *l, const uint8_t *at) {
    const char *text;
    size_t size;
    if ((*at & NEAP_WIRE_TABLE_ERROR) == 0)
        return false;
    const uint8_t *message = neap_wire_field(at, "message");
    const uint8_t *kind = neap_wire_field(at, "kind");
    if (message == NULL || !neap_wire_string(message, &text, &size))
        return false;
    const char *word;
    size_t length;
    if (!says_its_kind(kind) && neap_wire_string(kind, &word, &length)) {
        put_first_line(l, word, length);
        put_text(l, ": ");
    }
    put_first_line(l, text, size);
    return true;
}

/* Gives the byte behind the value. */
static const uint8_t *put_value(struct line *l, const uint8_t *at, int depth) {
    const char *text;
    size_t size;
    if (neap_wire_string(at, &text, &size))
        put_quoted(l, text, size);
    else if (!neap_wire_is_table(at))
        put_scalar(l, at);
    else if (!put_error(l, at))
        put_table(l, at, depth);
    return l->full ? at : neap_wire_skip(at);
}

static void put_alone(struct line *l, const uint8_t *at) {
    const char *text;
    size_t size;
    if (at == NULL)
        put_text(l, "nil");
    else if (neap_wire_string(at, &text, &size))
        put_first_line(l, text, size);
    else
        put_value(l, at, 0);
}

/* --- a child that did not start: the same words as lua/neap/reason.lua ------------- */

static const uint8_t *item_of(const uint8_t *at, uint32_t position) {
    return at != NULL && neap_wire_is_table(at) ? neap_wire_item(at, position) : NULL;
}

static bool is_word_at(const uint8_t *at, const char *word) {
    return at != NULL && neap_wire_is_text(at, word, strlen(word));
}

/* {"failed_to_start_child", id, reason}, alone or behind "shutdown"; else NULL. */
static const uint8_t *failed_start(const uint8_t *at) {
    if (is_word_at(item_of(at, 1), "shutdown"))
        at = item_of(at, 2);
    return is_word_at(item_of(at, 1), "failed_to_start_child") ? at : NULL;
}

/* From supervisor to supervisor down to the child itself, as a path of ids. */
static void put_failed_start(struct line *l, const uint8_t *failed) {
    const uint8_t *why = NULL;
    const char *before = "child ";
    for (; failed != NULL && !l->full; failed = failed_start(why)) {
        put_text(l, before);
        put_alone(l, item_of(failed, 2));
        why = item_of(failed, 3);
        before = "/";
    }
    put_text(l, " did not start: ");
    put_alone(l, why);
}

void neap_line_value(const uint8_t *at, size_t max, struct neap_bytes *out) {
    struct line l = { .out = out, .end = out->len + max - DOTS };
    const uint8_t *failed = failed_start(at);
    NEAP_ASSERT(max > 2 * DOTS);
    if (failed != NULL)
        put_failed_start(&l, failed);
    else
        put_alone(&l, at);
}
