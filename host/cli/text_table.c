#include "cli/text_table.h"

#include <stdbool.h>
#include <string.h>

enum { GAP = 2 };

/* UTF-8 characters, taken as one column each. */
static size_t width_of(const char *text) {
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void neap_text_table_init(struct neap_text_table *t, const char *const *heads,
                          size_t columns) {
    NEAP_ASSERT(columns <= NEAP_TEXT_COLUMNS);
    *t = (struct neap_text_table){ .columns = columns };
    neap_bytes_init(&t->texts);
    for (size_t i = 0; i < columns; i++) {
        bool right = heads[i][0] == '>';
        t->right |= (unsigned)right << i;
        neap_text_table_cell(t, heads[i] + right);
    }
}

void neap_text_table_fini(struct neap_text_table *t) {
    neap_bytes_fini(&t->texts);
}

void neap_text_table_cell(struct neap_text_table *t, const char *text) {
    size_t width = width_of(text);
    size_t column = t->cells++ % t->columns;
    if (width > t->widths[column])
        t->widths[column] = width;
    for (; *text != '\0'; text++) {
        bool control = (unsigned char)*text < ' ' || *text == 0x7f;
        neap_bytes_put(&t->texts, control ? '?' : (uint8_t)*text);
    }
    neap_bytes_put(&t->texts, '\0');
}

static void pad(struct neap_bytes *out, size_t n) {
    memset(neap_bytes_room(out, n), ' ', n);
    out->len += n;
}

/* No blanks at the end of a line. */
static void write_cell(const struct neap_text_table *t, size_t column, const char *text,
                       struct neap_bytes *out) {
    size_t blanks = t->widths[column] - width_of(text);
    bool right = (t->right >> column & 1) != 0;
    bool last = column + 1 == t->columns;
    if (right)
        pad(out, blanks);
    neap_bytes_text(out, text);
    if (!right && !last)
        pad(out, blanks);
    if (last)
        neap_bytes_put(out, '\n');
    else
        pad(out, GAP);
}

void neap_text_table_write(const struct neap_text_table *t, struct neap_bytes *out) {
    const char *text = (const char *)t->texts.data;
    for (size_t i = 0; i < t->cells; i++) {
        write_cell(t, i % t->columns, text, out);
        text += strlen(text) + 1;
    }
}
