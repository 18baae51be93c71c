/* text.h - short texts in fixed fields.
 * Owns:      none.
 * Threads:   any; the caller has both texts to itself.
 * Bounds:    the size of the field.
 * Invariant: what was copied ends with a zero. */
#ifndef NEAP_BASE_TEXT_H
#define NEAP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies what fits into `to`, which has `size` bytes (at least 1); false if it was cut. Where a
 * process starts: snprintf takes 300 instructions for the same. */
static inline bool neap_text_copy(char *to, size_t size, const char *from) {
    if (memccpy(to, from, '\0', size) != NULL)
        return true;
    to[size - 1] = '\0';
    return false;
}

#endif
