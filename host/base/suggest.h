/* suggest.h - the word that was probably meant.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    words of up to 64 bytes; longer ones get no suggestion.
 * Invariant: rather none than a far-fetched one. */
#ifndef NEAP_BASE_SUGGEST_H
#define NEAP_BASE_SUGGEST_H

#include <stddef.h>

/* --- any thread ---------------------------------------------------------- */
/* Lends the candidate nearest to `given`, or NULL. NULL candidates are passed over. */
const char *neap_suggest(const char *given, const char *const *candidates, size_t count);

enum { NEAP_HINT = 160 };

/* ": did you mean "--name"?" with `prefix` before the word, or "". Returns `hint`. */
const char *neap_hint(char hint[NEAP_HINT], const char *prefix, const char *given,
                      const char *const *candidates, size_t count);

#endif
