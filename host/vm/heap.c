#include "vm/heap.h"

#include "vm/cell.h"
#include "vm/free_blocks.h"
#include "vm/killable.h"
#include "vm/leaf.h"

#include <lua.h>
#include <string.h>
#include <sys/mman.h>

#define SPAN_GROWTH_MAX ((size_t)1 << 20)
#define BUMP_AGAIN ((size_t)2048) /* a free block this large may serve as a bump area */
#define PAGE ((size_t)4096)
#define TRIM ((size_t)65536) /* a large block that shrinks by this returns its tail */
#define STEPMUL_DEFAULT 200  /* LuaJIT's own */

struct large { /* at the start of the span of a large block */
    struct large *next;
    struct large **at;
    size_t bytes;   /* of the span */
    size_t counted; /* in used */
    char pad[32];   /* keeps blocks on a cache line */
};

struct neap_heap {
    size_t used;
    size_t peak;
    size_t trigger; /* used above this needs attention */
    size_t floor;   /* used below this means that the armed collection freed something */
    char *bump;
    char *bump_end;
    struct neap_free_blocks free;

    struct neap_slots *slots;
    struct lua_State *main;
    struct neap_cell *cell;
    struct neap_block_span *spans;
    struct large *large;
    size_t span_bytes;  /* of spans, without those of large blocks */
    size_t large_bytes; /* of spans of large blocks */
    size_t not_small;   /* part of used: large blocks and charges */
    size_t since;       /* bytes of bump areas since free blocks were last joined */
    size_t limit;
    size_t ceiling; /* limit + 12.5 %: what is let through so that a collection can end */
    size_t arm_at;  /* 7/8 of limit */
    size_t asked;
    bool armed;
    bool collected; /* since it was armed, used fell */
    bool over;
    struct neap_block_span first;
};

/* --- the limit ------------------------------------------------------------- */

/* Leaves the VM if it may be left, else notes that it has to be: by the end of the
 * critical section, or on entering the next slice. */
static void refuse(struct neap_heap *h, size_t wanted) {
    size_t sum = wanted < SIZE_MAX - h->used ? h->used + wanted : SIZE_MAX;
    h->asked = sum < h->ceiling ? sum : h->ceiling;
    h->over = true;
    h->trigger = SIZE_MAX;
    struct neap_cell *cell = h->cell;
    if (cell == NULL || !cell->active)
        return;
    if (cell->crit == 0)
        neap_cell_leave(cell, NEAP_LEAVE_MEMORY);
    cell->owed = NEAP_LEAVE_MEMORY;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t most(size_t a, size_t b) {
    return a > b ? a : b;
}

/* LuaJIT has no emergency collection. A step multiplier of 0 makes the next step a whole
 * cycle, a threshold of now makes it happen at the next check, in compiled code too; both
 * calls only store. */
static void arm(struct neap_heap *h) {
    if (h->main != NULL) {
        lua_gc(h->main, LUA_GCSETSTEPMUL, 0);
        lua_gc(h->main, LUA_GCRESTART, 0);
    }
    h->armed = true;
    h->collected = false;
    h->floor = h->used - least(h->used, h->limit / 64);
    size_t next = h->used + h->limit / 16;
    h->trigger = h->used <= h->limit ? least(next, h->limit) : least(next, h->ceiling);
}

/* Re-armed only after limit/16 of growth, so that live data near the limit cannot make it
 * collect all the time: at most four useless cycles, then it is over. Between limit and
 * ceiling it goes on only as long as the armed collection had no chance to run. */
static void attend(struct neap_heap *h, size_t grew) {
    if (h->over)
        return;
    bool late = h->used > h->limit && h->collected;
    if (h->used <= h->ceiling && !late) {
        arm(h);
        return;
    }
    h->used -= grew;
    refuse(h, grew);
    h->used += grew;
}

/* The armed collection freed something: calm down if that was enough, else follow the
 * low-water mark. */
static void fell(struct neap_heap *h) {
    h->collected = true;
    h->trigger = most(h->arm_at, least(h->used + h->limit / 16, h->limit));
    if (h->over)
        h->trigger = SIZE_MAX;
    h->floor = h->used - least(h->used, h->limit / 64);
    if (h->used >= h->arm_at - h->limit / 16)
        return;
    h->armed = false;
    h->floor = 0;
    if (h->main != NULL)
        lua_gc(h->main, LUA_GCSETSTEPMUL, STEPMUL_DEFAULT);
}

KILLABLE_INLINE void count(struct neap_heap *h, size_t size) {
    h->used += size;
    if (__builtin_expect(h->used > h->trigger, 0))
        attend(h, size);
    if (h->used > h->peak)
        h->peak = h->used;
}

KILLABLE_INLINE void uncount(struct neap_heap *h, size_t size) {
    h->used -= size;
    if (__builtin_expect(h->used < h->floor, 0))
        fell(h);
}

/* --- small blocks ---------------------------------------------------------- */

/* Much is free, and a fair part of the heap was handed out since the last look, so that
 * joining costs a constant per byte allocated even where it finds nothing to join. */
static bool is_scattered(const struct neap_heap *h) {
    size_t small = h->used - h->not_small;
    return h->span_bytes > small + small / 2 + ((size_t)256 << 10) &&
           h->since > h->span_bytes / 4;
}

static void join(struct neap_heap *h) {
    h->since = 0;
    neap_free_blocks_join(&h->free, h->spans);
}

/* Uses a free block as the bump area. */
static bool bump_again(struct neap_heap *h, size_t size) {
    unsigned least_class = neap_block_class(most(size, BUMP_AGAIN));
    for (unsigned k = NEAP_BLOCK_CLASSES - 1; k >= least_class; k--) {
        struct neap_free_block *b = h->free.of[k];
        if (b == NULL)
            continue;
        h->free.of[k] = b->next;
        h->bump = (char *)b;
        h->bump_end = h->bump + neap_block_size(k);
        return true;
    }
    return false;
}

static bool may_grow(const struct neap_heap *h, size_t bytes) {
    if (h->limit == NEAP_HEAP_UNLIMITED || h->over)
        return true;
    return h->span_bytes + bytes <= 2 * h->limit + ((size_t)512 << 10);
}

/* For neap_span_take_more. What host code needs must not fail. */
static size_t held(const struct neap_heap *h) {
    return h->over ? 0 : h->span_bytes + h->large_bytes;
}

static bool bump_span(struct neap_heap *h) {
    size_t want = most(NEAP_SPAN_MIN, least(h->span_bytes, SPAN_GROWTH_MAX));
    while (want > NEAP_SPAN_MIN && !may_grow(h, want))
        want /= 2;
    size_t bytes = 0;
    struct neap_block_span *s = may_grow(h, want)
                                    ? neap_span_take_more(h->slots, want, held(h), &bytes)
                                    : NULL;
    if (s == NULL)
        return false;
    *s = (struct neap_block_span){ .next = h->spans, .bytes = bytes };
    h->spans = s;
    h->span_bytes += bytes;
    h->bump = (char *)(s + 1);
    h->bump_end = (char *)s + bytes;
    return true;
}

/* The slow path: out of the killable text, so the lists below are never cut in half. */
__attribute__((noinline)) static void *refill(struct neap_heap *h, unsigned k) {
    size_t size = neap_block_size(k);
    neap_free_blocks_cut(&h->free, h->bump, h->bump_end);
    h->bump = h->bump_end = NULL;
    if (is_scattered(h))
        join(h);
    bool found = bump_again(h, size) || bump_span(h);
    if (!found) {
        refuse(h, 0);         /* size is counted already */
        found = bump_span(h); /* not left: host code must not fail, over lifts the bound */
    }
    if (!found) {
        h->used -= size;
        return NULL;
    }
    h->since += (size_t)(h->bump_end - h->bump);
    char *at = h->bump;
    h->bump += size;
    return at;
}

KILLABLE_INLINE void *take_small(struct neap_heap *h, size_t want) {
    unsigned k = neap_block_class(want);
    size_t size = neap_block_size(k);
    count(h, size);
    struct neap_free_block *b = h->free.of[k];
    if (__builtin_expect(b != NULL, 1)) {
        h->free.of[k] = b->next;
        return b;
    }
    if (__builtin_expect((size_t)(h->bump_end - h->bump) < size, 0))
        return refill(h, k);
    char *at = h->bump;
    h->bump = at + size;
    return at;
}

KILLABLE_INLINE void give_small(struct neap_heap *h, void *block, size_t old) {
    unsigned k = neap_block_class(old);
    struct neap_free_block *b = block;
    b->next = h->free.of[k];
    h->free.of[k] = b;
    uncount(h, neap_block_size(k));
}

/* --- large blocks ---------------------------------------------------------- */

static size_t large_size(size_t want) {
    return (want + sizeof(struct large) + PAGE - 1) & ~(PAGE - 1);
}

/* What the limit refuses must not be asked from the system. */
static void count_large(struct neap_heap *h, size_t size) {
    if (size > SIZE_MAX / 2)
        size = SIZE_MAX / 2;
    count(h, size);
    h->not_small += size;
}

static void uncount_large(struct neap_heap *h, size_t size) {
    h->not_small -= size;
    uncount(h, size);
}

/* A block that grows gets room to do so again: address space is cheap, copying is not. */
static struct large *span_for_large(struct neap_heap *h, size_t size, bool grows,
                                    size_t *bytes) {
    struct large *l = grows ? neap_span_take_more(h->slots, 2 * size, held(h), bytes)
                            : NULL;
    return l != NULL ? l : neap_span_take_more(h->slots, size, held(h), bytes);
}

static void *take_large(struct neap_heap *h, size_t want, bool grows) {
    size_t size = want < SIZE_MAX / 2 ? large_size(want) : want;
    count_large(h, size);
    size_t bytes = 0;
    struct large *l = span_for_large(h, size, grows, &bytes);
    if (l == NULL) {
        refuse(h, 0);
        uncount_large(h, size);
        return NULL;
    }
    *l = (struct large){ .next = h->large, .at = &h->large, .bytes = bytes };
    l->counted = size;
    if (l->next != NULL)
        l->next->at = &l->next;
    h->large = l;
    h->large_bytes += bytes;
    return l + 1;
}

static bool lies_in(const void *address, const void *span, size_t bytes) {
    return (size_t)((const char *)address - (const char *)span) < bytes;
}

/* A large block of an image lies among the small ones; its room stays unused when it goes. */
static bool is_embedded(const struct neap_heap *h, const void *block) {
    return lies_in(block, h, h->first.bytes);
}

static void give_large(struct neap_heap *h, void *block, size_t old) {
    if (is_embedded(h, block)) {
        uncount_large(h, large_size(old));
        return;
    }
    struct large *l = (struct large *)block - 1;
    uncount_large(h, l->counted); /* first: it may call lua_gc, and be killed there */
    *l->at = l->next;
    if (l->next != NULL)
        l->next->at = l->at;
    h->large_bytes -= l->bytes;
    neap_span_give(h->slots, l, l->bytes);
}

/* In place if the span has room. */
static bool resize_large(struct neap_heap *h, void *block, size_t want) {
    struct large *l = (struct large *)block - 1;
    if (is_embedded(h, block) || want > l->bytes - sizeof *l)
        return false;
    size_t size = large_size(want);
    if (size > l->counted) {
        count_large(h, size - l->counted);
    } else {
        uncount_large(h, l->counted - size);
        if (l->counted - size >= TRIM)
            madvise((char *)l + size, l->counted - size, MADV_DONTNEED);
    }
    l->counted = size;
    return true;
}

__attribute__((noinline)) static void *take_any(struct neap_heap *h, size_t want,
                                                bool grows) {
    return want > NEAP_BLOCK_MAX ? take_large(h, want, grows) : take_small(h, want);
}

__attribute__((noinline)) static void *release(struct neap_heap *h, void *block,
                                               size_t old) {
    give_large(h, block, old);
    return NULL;
}

/* Out of the killable text but for the copy, which is the part that takes long: a block
 * killed in the middle stays on the lists and goes with the heap. */
__attribute__((noinline)) static void *resize(struct neap_heap *h, void *block,
                                              size_t old, size_t want) {
    if (old > NEAP_BLOCK_MAX && want > NEAP_BLOCK_MAX && resize_large(h, block, want))
        return block;
    void *fresh = take_any(h, want, want > old);
    if (fresh == NULL)
        return want <= old ? block : NULL;
    neap_vm_memcpy(fresh, block, least(old, want));
    if (old > NEAP_BLOCK_MAX)
        give_large(h, block, old);
    else
        give_small(h, block, old);
    return fresh;
}

/* --- public ---------------------------------------------------------------- */

static void set_limit(struct neap_heap *h, size_t limit) {
    bool none = limit > SIZE_MAX / 4;
    h->limit = none ? NEAP_HEAP_UNLIMITED : limit;
    h->ceiling = none ? SIZE_MAX : limit + limit / 8;
    h->arm_at = none ? SIZE_MAX : limit - limit / 8;
    h->trigger = h->arm_at;
}

size_t neap_heap_front(void) {
    return (sizeof(struct neap_heap) + 15) & ~(size_t)15;
}

struct neap_heap *neap_heap_new_behind(struct neap_slots *slots, size_t limit, size_t room,
                                       size_t bytes, size_t used, size_t large) {
    size_t actual = 0;
    struct neap_heap *h = neap_span_take(slots, neap_heap_front() + room, &actual);
    if (h == NULL)
        return NULL;
    memset(h, 0, sizeof *h);
    h->slots = slots;
    h->first.bytes = actual;
    h->spans = &h->first;
    h->span_bytes = actual;
    h->bump = (char *)h + neap_heap_front() + bytes;
    h->bump_end = (char *)h + actual;
    h->used = h->peak = used;
    h->not_small = large;
    set_limit(h, limit);
    return h;
}

struct neap_heap *neap_heap_new(struct neap_slots *slots, size_t limit) {
    return neap_heap_new_behind(slots, limit, 0, 0, 0, 0);
}

bool neap_heap_is_large(size_t size) {
    return size > NEAP_BLOCK_MAX;
}

size_t neap_heap_block_bytes(size_t size) {
    return neap_heap_is_large(size) ? large_size(size)
                                    : neap_block_size(neap_block_class(size));
}

size_t neap_heap_first_span(const struct neap_heap *h) {
    return h->first.bytes;
}

/* Behind the bump area nothing was ever handed out, as long as it is the span's own. */
size_t neap_heap_frontier(const struct neap_heap *h) {
    bool first = h->bump_end == (const char *)h + h->first.bytes;
    return first ? (size_t)(h->bump - (const char *)h) : h->first.bytes;
}

bool neap_heap_holds(const struct neap_heap *h, const void *address) {
    if (lies_in(address, h, h->first.bytes))
        return true;
    for (const struct large *l = h->large; l != NULL; l = l->next)
        if (lies_in(address, l, l->bytes))
            return true;
    for (const struct neap_block_span *s = h->spans; s != &h->first; s = s->next)
        if (lies_in(address, s, s->bytes))
            return true;
    return false;
}

void neap_heap_free(struct neap_heap *h) {
    if (h == NULL)
        return;
    struct neap_slots *slots = h->slots;
    for (struct large *l = h->large; l != NULL;) {
        struct large *next = l->next;
        neap_span_give(slots, l, l->bytes);
        l = next;
    }
    for (struct neap_block_span *s = h->spans; s != &h->first;) {
        struct neap_block_span *next = s->next;
        neap_span_give(slots, s, s->bytes);
        s = next;
    }
    neap_span_give(slots, h, h->first.bytes);
}

KILLABLE void *neap_heap_alloc(void *heap, void *block, size_t old, size_t want) {
    struct neap_heap *h = heap;
    NEAP_DEBUG_ASSERT(h->cell == NULL || !h->cell->active || h->cell->crit == 0);
    if (block == NULL || old == 0) {
        if (__builtin_expect(want - 1 < NEAP_BLOCK_MAX, 1)) /* not 0, which wraps */
            return take_small(h, want);
        return want == 0 ? NULL : take_any(h, want, false);
    }
    if (want == 0) {
        if (__builtin_expect(old > NEAP_BLOCK_MAX, 0))
            return release(h, block, old);
        give_small(h, block, old);
        return NULL;
    }
    if (old <= NEAP_BLOCK_MAX && want <= NEAP_BLOCK_MAX &&
        neap_block_class(old) == neap_block_class(want))
        return block;
    return resize(h, block, old, want);
}

void neap_heap_attach(struct neap_heap *heap, struct lua_State *main,
                      struct neap_cell *cell) {
    heap->main = main;
    heap->cell = cell;
}

void neap_heap_seat(struct neap_heap *heap, struct neap_cell *cell) {
    heap->cell = cell;
}

void neap_heap_charge(struct neap_heap *heap, size_t bytes) {
    heap->not_small += bytes;
    count(heap, bytes);
}

void neap_heap_uncharge(struct neap_heap *heap, size_t bytes) {
    NEAP_ASSERT(heap->not_small >= bytes);
    heap->not_small -= bytes;
    uncount(heap, bytes);
}

KILLABLE struct lua_State *neap_heap_main(const struct neap_heap *heap) {
    return heap->main;
}

bool neap_heap_is_short(const struct neap_heap *heap, size_t bytes) {
    return heap->limit != NEAP_HEAP_UNLIMITED && heap->used + bytes > heap->arm_at;
}

size_t neap_heap_used(const struct neap_heap *heap) {
    return heap->used;
}

size_t neap_heap_peak(const struct neap_heap *heap) {
    return heap->peak;
}

size_t neap_heap_limit(const struct neap_heap *heap) {
    return heap->limit;
}

size_t neap_heap_spans(const struct neap_heap *heap) {
    return heap->span_bytes + heap->large_bytes;
}

bool neap_heap_is_over(const struct neap_heap *heap) {
    return heap->over;
}

size_t neap_heap_asked(const struct neap_heap *heap) {
    return heap->over ? heap->asked : heap->used;
}
