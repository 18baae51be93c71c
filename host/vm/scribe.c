#include "vm/scribe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { KEY = 10 };

void neap_scribe_begin(struct neap_scribe *s, int fd) {
    s->fd = fd;
    s->len = 0;
}

/* What can not be written is given up: nobody could be told. */
void neap_scribe_flush(struct neap_scribe *s) {
    size_t done = 0;
    while (done < s->len) {
        ssize_t n = write(s->fd, s->bytes + done, s->len - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    s->len = 0;
}

static void put(struct neap_scribe *s, char c) {
    if (s->len == sizeof s->bytes)
        neap_scribe_flush(s);
    s->bytes[s->len++] = c;
}

void neap_scribe_text(struct neap_scribe *s, const char *text) {
    while (*text != '\0')
        put(s, *text++);
}

void neap_scribe_foreign(struct neap_scribe *s, const char *text, size_t max) {
    for (size_t i = 0; i < max && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];
        put(s, c < ' ' || c == 0x7f ? '?' : text[i]);
    }
}

void neap_scribe_number(struct neap_scribe *s, uint64_t n, int digits) {
    char text[20];
    int count = 0;
    do {
        text[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    for (int i = count; i < digits; i++)
        put(s, '0');
    while (count > 0)
        put(s, text[--count]);
}

void neap_scribe_hex(struct neap_scribe *s, uint64_t n) {
    int shift = 60;
    while (shift > 0 && n >> shift == 0)
        shift -= 4;
    neap_scribe_text(s, "0x");
    for (; shift >= 0; shift -= 4)
        put(s, "0123456789abcdef"[n >> shift & 15]);
}

void neap_scribe_key(struct neap_scribe *s, const char *name) {
    size_t n = strlen(name);
    neap_scribe_text(s, name);
    do
        put(s, ' ');
    while (++n < KEY);
}

void neap_scribe_copy(struct neap_scribe *s, int from) {
    neap_scribe_flush(s);
    for (;;) {
        ssize_t n = read(from, s->bytes, sizeof s->bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        s->len = (size_t)n;
        neap_scribe_flush(s);
    }
}
