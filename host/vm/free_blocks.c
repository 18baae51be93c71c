#include "vm/free_blocks.h"

#include "base/alloc.h"
#include "base/slots.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { UNIT = 16, UNITS_PER_WORD = 64 };

static void put(struct neap_free_blocks *free, char *at, unsigned k) {
    struct neap_free_block *b = (struct neap_free_block *)at;
    b->next = free->of[k];
    free->of[k] = b;
}

void neap_free_blocks_cut(struct neap_free_blocks *free, char *at, char *end) {
    while (end - at >= UNIT) {
        size_t left = (size_t)(end - at);
        size_t room = left < NEAP_BLOCK_MAX ? left : NEAP_BLOCK_MAX;
        unsigned k = neap_block_class(room);
        if (k > 0 && neap_block_size(k) > room)
            k--;
        put(free, at, k);
        at += neap_block_size(k);
    }
}

/* --- joining ----------------------------------------------------------------- */

struct region { /* a span, and which of its units are free */
    char *start;
    size_t units;
    uint64_t *bits;
};

static int by_start(const void *a, const void *b) {
    const struct region *x = a;
    const struct region *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static struct region *region_of(struct region *regions, size_t n, const char *at) {
    size_t low = 0;
    while (n - low > 1) {
        size_t mid = low + (n - low) / 2;
        if (regions[mid].start <= at)
            low = mid;
        else
            n = mid;
    }
    return &regions[low];
}

static struct region *regions_new(const struct neap_block_span *spans, size_t *count) {
    size_t n = 0;
    for (const struct neap_block_span *s = spans; s != NULL; s = s->next)
        n++;
    struct region *regions = neap_calloc(n, sizeof *regions);
    struct region *r = regions;
    for (const struct neap_block_span *s = spans; s != NULL; s = s->next, r++) {
        uintptr_t start = (uintptr_t)s & ~(NEAP_SPAN_MIN - 1); /* the first is inside */
        r->start = (char *)start;
        r->units = s->bytes / UNIT;
        r->bits = neap_calloc(r->units / UNITS_PER_WORD + 1, sizeof *r->bits);
    }
    qsort(regions, n, sizeof *regions, by_start);
    *count = n;
    return regions;
}

static void mark(struct region *r, const char *at, size_t size) {
    size_t first = (size_t)(at - r->start) / UNIT;
    for (size_t i = first; i < first + size / UNIT; i++)
        r->bits[i / UNITS_PER_WORD] |= (uint64_t)1 << (i % UNITS_PER_WORD);
}

/* Takes all blocks off their lists. */
static void mark_all(struct neap_free_blocks *free, struct region *regions, size_t n) {
    for (unsigned k = 0; k < NEAP_BLOCK_CLASSES; k++) {
        for (struct neap_free_block *b = free->of[k]; b != NULL; b = b->next)
            mark(region_of(regions, n, (char *)b), (char *)b, neap_block_size(k));
        free->of[k] = NULL;
    }
}

static bool is_free(const struct region *r, size_t i) {
    return i < r->units && (r->bits[i / UNITS_PER_WORD] >> (i % UNITS_PER_WORD) & 1) != 0;
}

static void cut_runs(struct neap_free_blocks *free, const struct region *r) {
    for (size_t i = 0; i < r->units;) {
        if (r->bits[i / UNITS_PER_WORD] == 0) {
            i = (i / UNITS_PER_WORD + 1) * UNITS_PER_WORD;
            continue;
        }
        size_t first = i;
        while (is_free(r, i))
            i++;
        if (i > first)
            neap_free_blocks_cut(free, r->start + first * UNIT, r->start + i * UNIT);
        i += i == first;
    }
}

void neap_free_blocks_join(struct neap_free_blocks *free,
                           const struct neap_block_span *spans) {
    size_t n = 0;
    struct region *regions = regions_new(spans, &n);
    mark_all(free, regions, n);
    for (size_t i = 0; i < n; i++) {
        cut_runs(free, &regions[i]);
        neap_free(regions[i].bits);
    }
    neap_free(regions);
}
