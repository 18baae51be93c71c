/* text_table.h - rows of texts in aligned columns.
 * Owns:      its copies of the cells, from _init until _fini.
 * Threads:   one at a time.
 * Bounds:    NEAP_TEXT_COLUMNS columns.
 * Invariant: a cell is one line: control bytes become '?', so no script writes to the
 *            operator's terminal. */
#ifndef NEAP_CLI_TEXT_TABLE_H
#define NEAP_CLI_TEXT_TABLE_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum { NEAP_TEXT_COLUMNS = 12 };

struct neap_text_table { /* embedded where it is used */
    size_t columns;
    size_t cells;            /* so far */
    unsigned right;          /* a bit for each column that is aligned to the right */
    struct neap_bytes texts; /* each ended by a 0 byte */
    size_t widths[NEAP_TEXT_COLUMNS];
};

/* --- one thread at a time ------------------------------------------------- */
/* `heads` are the first row; one that starts with '>' is of a column aligned right. */
void neap_text_table_init(struct neap_text_table *t, const char *const *heads,
                          size_t columns);
void neap_text_table_fini(struct neap_text_table *t);
void neap_text_table_cell(struct neap_text_table *t, const char *text);
void neap_text_table_write(const struct neap_text_table *t, struct neap_bytes *out);

#endif
