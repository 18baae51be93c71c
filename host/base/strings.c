#include "base/strings.h"

#include "base/alloc.h"

#include <string.h>

void neap_strings_fini(struct neap_strings *s) {
    for (size_t i = 0; i < s->count; i++)
        neap_free(s->items[i]);
    neap_free(s->items);
    *s = (struct neap_strings){ 0 };
}

/* Grows with each power of two. */
void neap_strings_add(struct neap_strings *s, const char *text) {
    if ((s->count & (s->count - 1)) == 0) {
        size_t room = s->count == 0 ? 1 : s->count * 2;
        s->items = neap_realloc(s->items, room * sizeof *s->items);
    }
    s->items[s->count++] = neap_strdup(text);
}

bool neap_strings_has(const struct neap_strings *s, const char *text) {
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i], text) == 0)
            return true;
    return false;
}
