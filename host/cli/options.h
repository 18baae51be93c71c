/* options.h - reading the words after a command: options, then what it is about.
 * Owns:      the arrays of struct neap_words; the texts are lent by argv.
 * Threads:   main thread.
 * Bounds:    none.
 * Invariant: an error says what was given, what was expected, and the nearest word. */
#ifndef NEAP_CLI_OPTIONS_H
#define NEAP_CLI_OPTIONS_H

#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>

struct neap_words { /* a plain value; _fini frees the array */
    const char **items;
    size_t count;
};

enum neap_option_kind {
    NEAP_OPTION_FLAG,        /* sets *flag */
    NEAP_OPTION_TEXT,        /* sets *text; the last one counts */
    NEAP_OPTION_LIST,        /* appends to *list */
    NEAP_OPTION_UNAVAILABLE, /* known, not built yet: refused */
};

struct neap_option {
    const char *name; /* without dashes */
    char letter;      /* or 0 */
    enum neap_option_kind kind;
    const char *value; /* what the help calls its value; NULL: it takes none */
    const char *help;
    bool *flag;
    const char **text;
    struct neap_words *list;
};

struct neap_options { /* a plain value */
    const struct neap_command *command;
    const struct neap_option *table;
    size_t count;
    size_t min_words;
    size_t max_words;
    bool to_first_word; /* what follows the first word is not ours: it is all words */
};

enum { NEAP_OPTIONS_DONE = -1 }; /* go on; other values are the exit code to end with */

/* --- main thread ------------------------------------------------------------ */
/* Reads argv: NEAP_OPTIONS_DONE with the words, or, after --help or a complaint, the exit
 * code. `words` must be freed with _fini in both cases. */
int neap_options_read(const struct neap_options *o, int argc, char **argv,
                      struct neap_words *words);

void neap_words_add(struct neap_words *words, const char *text);
void neap_words_fini(struct neap_words *words);

#endif
