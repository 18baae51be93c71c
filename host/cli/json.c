#include "cli/json.h"

#include <inttypes.h>

/* A value follows a bracket or a key, or else another value. */
static void separate(struct neap_bytes *out) {
    if (out->len > 0 && strchr("{[:", out->data[out->len - 1]) == NULL)
        neap_bytes_put(out, ',');
}

void neap_json_open(struct neap_bytes *out, char bracket) {
    separate(out);
    neap_bytes_put(out, (uint8_t)bracket);
}

void neap_json_close(struct neap_bytes *out, char bracket) {
    neap_bytes_put(out, (uint8_t)bracket);
}

static bool is_tail(uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

/* How many bytes the UTF-8 character at `s` has; 0: it is none (overlong, a surrogate, cut). */
static size_t character(const uint8_t *s) {
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        return is_tail(s[1]) ? 2 : 0;
    if (s[0] >= 0xe0 && s[0] <= 0xef) {
        bool odd = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f);
        return !odd && is_tail(s[1]) && is_tail(s[2]) ? 3 : 0;
    }
    if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        bool odd = (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f);
        return !odd && is_tail(s[1]) && is_tail(s[2]) && is_tail(s[3]) ? 4 : 0;
    }
    return 0;
}

static size_t put_character(struct neap_bytes *out, const uint8_t *s) {
    size_t n = character(s);
    if (n == 0)
        neap_bytes_text(out, "\\ufffd");
    else if (*s == '"' || *s == '\\')
        neap_bytes_printf(out, "\\%c", *s);
    else if (*s == '\n')
        neap_bytes_text(out, "\\n");
    else if (*s < ' ' || *s == 0x7f)
        neap_bytes_printf(out, "\\u%04x", *s);
    else
        neap_bytes_append(out, s, n);
    return n == 0 ? 1 : n;
}

static void put_text(struct neap_bytes *out, const char *text) {
    neap_bytes_put(out, '"');
    for (const uint8_t *s = (const uint8_t *)text; *s != '\0';)
        s += put_character(out, s);
    neap_bytes_put(out, '"');
}

void neap_json_key(struct neap_bytes *out, const char *key) {
    separate(out);
    put_text(out, key);
    neap_bytes_put(out, ':');
}

void neap_json_text(struct neap_bytes *out, const char *text) {
    separate(out);
    put_text(out, text);
}

void neap_json_u64(struct neap_bytes *out, uint64_t value) {
    separate(out);
    neap_bytes_printf(out, "%" PRIu64, value);
}

void neap_json_number(struct neap_bytes *out, double value) {
    separate(out);
    neap_bytes_printf(out, "%.14g", value);
}

void neap_json_ms(struct neap_bytes *out, uint64_t ns) {
    separate(out);
    neap_bytes_printf(out, "%" PRIu64 ".%03u", ns / 1000000, (unsigned)(ns / 1000 % 1000));
}

void neap_json_bool(struct neap_bytes *out, bool value) {
    separate(out);
    neap_bytes_text(out, value ? "true" : "false");
}

void neap_json_null(struct neap_bytes *out) {
    separate(out);
    neap_bytes_text(out, "null");
}
