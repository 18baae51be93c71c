/* http_field.h - what header fields are made of, and which ones a handler may set.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: one table of characters for what comes in and what goes out. */
#ifndef NEAP_NET_HTTP_FIELD_H
#define NEAP_NET_HTTP_FIELD_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NEAP_HTTP_TOKEN = 1,   /* of methods and names: letters, digits, !#$%&'*+-.^_`|~ */
    NEAP_HTTP_VISIBLE = 2, /* of request lines: ASCII from ! to ~ */
    NEAP_HTTP_TEXT = 4,    /* of values: that, tabs, spaces, and bytes from 128 */
    NEAP_HTTP_HOST = 8,    /* of hosts: letters, digits and -._~%!$&'()*+;= */
};

enum { NEAP_HTTP_WHY = 256 }; /* room for a line that says what is wrong */

extern const uint8_t neap_http_characters[256]; /* the sets that a byte is in */

/* --- any thread ---------------------------------------------------------- */
/* How many of the bytes, from the first, are of NEAP_HTTP_TEXT. */
size_t neap_http_text_run(const uint8_t *bytes, size_t size);

/* How many are of the given set. */
static inline size_t neap_http_run(const uint8_t *bytes, size_t size, uint8_t set) {
    size_t n = 0;
    while (n < size && (neap_http_characters[bytes[n]] & set) != 0)
        n++;
    return n;
}

/* True when the bytes say `word` (in lower case), in whatever case. */
bool neap_http_same(const char *bytes, size_t size, const char *word);

/* True when `word` (in lower case) is in a list "a, b, c". */
bool neap_http_lists(const char *list, size_t size, const char *word);

/* 0, or NEAP_EINVALID and why a response must not have such a field: the name is no token, a
 * value would end its line, or the field is one that only the host sets. */
NEAP_MUST_CHECK int neap_http_field_check(const char *name, size_t name_size,
                                          const char *value, size_t value_size,
                                          char why[NEAP_HTTP_WHY]);

#endif
