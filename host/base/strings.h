/* strings.h - a list of texts of its own.
 * Owns:      copies of what was added, until _fini.
 * Threads:   one at a time.
 * Bounds:    none; callers bound what they add.
 * Invariant: items is NULL exactly when nothing was added. */
#ifndef NEAP_BASE_STRINGS_H
#define NEAP_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct neap_strings { /* a plain value, embedded where it is used; all 0 is empty */
    char **items;
    size_t count;
};

/* --- one thread at a time ------------------------------------------------- */
void neap_strings_fini(struct neap_strings *s);
void neap_strings_add(struct neap_strings *s, const char *text);
bool neap_strings_has(const struct neap_strings *s, const char *text);

#endif
