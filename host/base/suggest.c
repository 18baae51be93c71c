#include "base/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD = 64 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours from one word to the other:
 * three rows of the usual table. */
static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t rows[3][WORD + 1];
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], second[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

/* A beginning of a word means that word: nobody can be nearer. */
static size_t cost(const char *given, const char *candidate) {
    size_t n = strlen(given);
    size_t m = strlen(candidate);
    if (n > WORD || m > WORD)
        return SIZE_MAX;
    if (n >= 2 && strncmp(given, candidate, n) == 0)
        return 0;
    return distance(given, n, candidate, m);
}

const char *neap_suggest(const char *given, const char *const *candidates, size_t count) {
    const char *best = NULL;
    size_t best_cost = strlen(given) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        if (candidates[i] == NULL)
            continue;
        size_t c = cost(given, candidates[i]);
        if (c < best_cost || (best == NULL && c == best_cost && strlen(given) > c)) {
            best = candidates[i];
            best_cost = c;
        }
    }
    return best;
}

const char *neap_hint(char hint[NEAP_HINT], const char *prefix, const char *given,
                      const char *const *candidates, size_t count) {
    const char *word = neap_suggest(given, candidates, count);
    hint[0] = '\0';
    if (word != NULL)
        snprintf(hint, NEAP_HINT, ": did you mean \"%s%s\"?", prefix, word);
    return hint;
}
