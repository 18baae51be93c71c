/* bytes.h - a growable run of bytes.
 * Owns:      its storage, from the first append until _fini.
 * Threads:   one at a time.
 * Bounds:    none; callers check `len` against theirs.
 * Invariant: len <= cap; data is NULL exactly when cap is 0. */
#ifndef NEAP_BASE_BYTES_H
#define NEAP_BASE_BYTES_H

#include "base/assert.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct neap_bytes { /* a plain value, embedded where it is used */
    uint8_t *data;
    size_t len;
    size_t cap;
};

/* --- one thread at a time ------------------------------------------------- */
void neap_bytes_init(struct neap_bytes *b);
void neap_bytes_fini(struct neap_bytes *b);
void neap_bytes_grow(struct neap_bytes *b, size_t more); /* room for `more` after len */
void neap_bytes_printf(struct neap_bytes *b, const char *fmt, ...) NEAP_PRINTF(2, 3);

/* Room for `more` bytes at the end; the caller fills them and adds to len. */
static inline uint8_t *neap_bytes_room(struct neap_bytes *b, size_t more) {
    if (b->cap - b->len < more)
        neap_bytes_grow(b, more);
    return b->data + b->len;
}

static inline void neap_bytes_append(struct neap_bytes *b, const void *from, size_t n) {
    if (n != 0)
        memcpy(neap_bytes_room(b, n), from, n);
    b->len += n;
}

static inline void neap_bytes_put(struct neap_bytes *b, uint8_t byte) {
    *neap_bytes_room(b, 1) = byte;
    b->len++;
}

static inline void neap_bytes_text(struct neap_bytes *b, const char *text) {
    neap_bytes_append(b, text, strlen(text));
}

#endif
