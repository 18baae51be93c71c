#include "base/bytes.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_CAP = 256 };

void neap_bytes_init(struct neap_bytes *b) {
    *b = (struct neap_bytes){ 0 };
}

void neap_bytes_fini(struct neap_bytes *b) {
    neap_free(b->data);
    neap_bytes_init(b);
}

void neap_bytes_grow(struct neap_bytes *b, size_t more) {
    size_t cap = b->cap != 0 ? b->cap : FIRST_CAP;
    while (cap - b->len < more)
        cap *= 2;
    b->data = neap_realloc(b->data, cap);
    b->cap = cap;
}

void neap_bytes_printf(struct neap_bytes *b, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    NEAP_ASSERT(n >= 0);
    vsnprintf((char *)neap_bytes_room(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
    va_end(again);
    b->len += (size_t)n;
}
