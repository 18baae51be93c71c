#include "core/timers.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <stddef.h>

enum { WIDTH = 4, FIRST_CAP = 16 };

static void place(struct neap_timers *t, uint32_t at, struct neap_timer *timer) {
    t->heap[at] = timer;
    timer->index = at + 1;
}

static bool is_before(const struct neap_timer *a, const struct neap_timer *b) {
    return a->at < b->at || (a->at == b->at && a->serial < b->serial);
}

static void rise(struct neap_timers *t, uint32_t at, struct neap_timer *timer) {
    while (at > 0) {
        uint32_t up = (at - 1) / WIDTH;
        if (is_before(t->heap[up], timer))
            break;
        place(t, at, t->heap[up]);
        at = up;
    }
    place(t, at, timer);
}

static uint32_t earliest_child(const struct neap_timers *t, uint32_t at) {
    uint32_t first = at * WIDTH + 1;
    uint32_t best = first;
    for (uint32_t i = first + 1; i < first + WIDTH && i < t->count; i++)
        if (is_before(t->heap[i], t->heap[best]))
            best = i;
    return best;
}

static void sink(struct neap_timers *t, uint32_t at, struct neap_timer *timer) {
    while (at * WIDTH + 1 < t->count) {
        uint32_t child = earliest_child(t, at);
        if (is_before(timer, t->heap[child]))
            break;
        place(t, at, t->heap[child]);
        at = child;
    }
    place(t, at, timer);
}

void neap_timers_init(struct neap_timers *t) {
    *t = (struct neap_timers){ 0 };
}

void neap_timers_fini(struct neap_timers *t) {
    neap_free(t->heap);
    neap_timers_init(t);
}

void neap_timers_add(struct neap_timers *t, struct neap_timer *timer, neap_time at) {
    NEAP_ASSERT(!neap_timer_is_set(timer));
    if (t->count == t->cap) {
        t->cap = t->cap == 0 ? FIRST_CAP : t->cap * 2;
        t->heap = neap_realloc(t->heap, t->cap * sizeof *t->heap);
    }
    timer->at = at;
    timer->serial = t->serial++;
    rise(t, t->count++, timer);
}

void neap_timers_remove(struct neap_timers *t, struct neap_timer *timer) {
    if (!neap_timer_is_set(timer))
        return;
    uint32_t at = timer->index - 1;
    timer->index = 0;
    struct neap_timer *last = t->heap[--t->count];
    if (last == timer)
        return;
    if (at > 0 && is_before(last, t->heap[(at - 1) / WIDTH]))
        rise(t, at, last);
    else
        sink(t, at, last);
}

neap_time neap_timers_next(const struct neap_timers *t) {
    return t->count == 0 ? NEAP_FOREVER : t->heap[0]->at;
}

void neap_timers_fire(struct neap_timers *t, neap_time now) {
    while (t->count > 0 && t->heap[0]->at <= now) {
        struct neap_timer *timer = t->heap[0];
        neap_timers_remove(t, timer);
        timer->fire(timer);
    }
}
