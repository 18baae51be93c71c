#include "core/spares.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/log.h"
#include "base/thread.h"
#include "core/carrier.h"
#include "core/node.h"
#include "core/reason.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct neap_spares {
    struct neap_node *node;
    struct neap_carrier **carriers;
    uint32_t cap;
    int priority;                  /* of the carriers' threads */
    bool complained;               /* of the first time that none was left */
    struct neap_carrier *starting; /* its thread was made, and is not IDLE yet; or NULL */

    /* Of `carriers`, those with a thread. Written by the monitor thread, or without one by who
     * makes and stops the node; read by anybody for show. Relaxed. */
    _Atomic(uint32_t) count;

    /* Counted by carriers and the monitor thread, read for show: relaxed. `handovers` is the
     * age of a detached carrier as well: each gets another number. */
    _Atomic(uint64_t) preemptions;
    _Atomic(uint64_t) handovers;
    _Atomic(uint64_t) exhausted;
    _Atomic(uint64_t) refused;
};

static uint32_t count_of(const struct neap_spares *s) {
    return atomic_load_explicit(&s->count, memory_order_relaxed);
}

static void set_count(struct neap_spares *s, uint32_t count) {
    atomic_store_explicit(&s->count, count, memory_order_relaxed);
}

struct neap_spares *neap_spares_new(struct neap_node *node, uint32_t spares) {
    struct neap_spares *s = neap_calloc(1, sizeof *s);
    s->node = node;
    s->priority = neap_thread_priority();
    s->cap = neap_node_workers(node) + spares;
    s->carriers = neap_calloc(s->cap, sizeof(struct neap_carrier *));
    return s;
}

void neap_spares_free(struct neap_spares *s) {
    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->cap; i++)
        neap_carrier_free(s->carriers[i]);
    neap_free(s->carriers);
    neap_free(s);
}

/* What is left of a retired one is used again: its memory may still be looked at by the
 * thread that handed it a worker. */
static struct neap_carrier *next_carrier(struct neap_spares *s) {
    uint32_t i = count_of(s);
    if (s->carriers[i] == NULL)
        s->carriers[i] = neap_carrier_new(s->node, s->priority);
    return s->carriers[i];
}

struct neap_carrier *neap_spares_make(struct neap_spares *s, struct neap_worker *w) {
    struct neap_carrier *c = next_carrier(s);
    neap_carrier_take(c, w);
    set_count(s, count_of(s) + 1);
    return c;
}

void neap_spares_stop(struct neap_spares *s) {
    for (uint32_t i = 0; i < count_of(s); i++)
        neap_carrier_stop(s->carriers[i]);
}

void neap_spares_stats(const struct neap_spares *s, struct neap_spares_stats *stats) {
    *stats = (struct neap_spares_stats){
        .preemptions = atomic_load_explicit(&s->preemptions, memory_order_relaxed),
        .handovers = atomic_load_explicit(&s->handovers, memory_order_relaxed),
        .exhausted = atomic_load_explicit(&s->exhausted, memory_order_relaxed),
        .refused = atomic_load_explicit(&s->refused, memory_order_relaxed),
        .carriers = count_of(s),
        .max = s->cap,
    };
}

void neap_spares_count_preemption(struct neap_spares *s) {
    atomic_fetch_add_explicit(&s->preemptions, 1, memory_order_relaxed);
}

uint64_t neap_spares_count_handover(struct neap_spares *s) {
    return atomic_fetch_add_explicit(&s->handovers, 1, memory_order_relaxed);
}

/* --- monitor thread --- */

bool neap_spares_watch(struct neap_spares *s) {
    bool due = false;
    for (uint32_t i = 0; i < count_of(s); i++)
        due |= neap_carrier_watch(s->carriers[i]);
    return due;
}

bool neap_spares_any_detached(const struct neap_spares *s) {
    for (uint32_t i = 0; i < count_of(s); i++) {
        enum neap_carrier_state state = neap_carrier_state(s->carriers[i]);
        if (state != NEAP_CARRIER_IDLE && state != NEAP_CARRIER_DRIVES)
            return true;
    }
    return false;
}

static struct neap_carrier *reserve_one(struct neap_spares *s, struct neap_worker *w,
                                        enum neap_carrier_state state) {
    for (uint32_t i = 0; i < count_of(s); i++) {
        struct neap_carrier *c = s->carriers[i];
        if (neap_carrier_state(c) == state && neap_carrier_reserve(c, w)) {
            s->starting = c == s->starting ? NULL : s->starting;
            return c;
        }
    }
    return NULL;
}

static bool is_starting(const struct neap_spares *s) {
    return s->starting != NULL && neap_carrier_state(s->starting) == NEAP_CARRIER_OFFERED;
}

/* True if there is going to be one. That its thread is IDLE is not waited for: a later look
 * finds it. */
static bool add_one(struct neap_spares *s) {
    if (is_starting(s))
        return true;
    if (count_of(s) == s->cap)
        return false;
    struct neap_carrier *c = next_carrier(s);
    if (!neap_carrier_start(c)) {
        atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
        return false;
    }
    s->starting = c;
    set_count(s, count_of(s) + 1);
    return true;
}

static void complain(struct neap_spares *s) {
    char count[16], max[16];
    snprintf(count, sizeof count, "%u", (unsigned)count_of(s));
    snprintf(max, sizeof max, "%u", (unsigned)s->cap);
    struct neap_log_field fields[] = {
        { "carriers", count, strlen(count), true },
        { "max", max, strlen(max), true },
    };
    if (!s->complained)
        neap_log_write(neap_node_log(s->node), NEAP_LOG_WARN, "-", "carriers.exhausted",
                       fields, 2);
    s->complained = true;
}

static struct neap_carrier *longest_detached(const struct neap_spares *s) {
    struct neap_carrier *longest = NULL;
    for (uint32_t i = 0; i < count_of(s); i++) {
        struct neap_carrier *c = s->carriers[i];
        if (neap_carrier_state(c) != NEAP_CARRIER_DETACHED)
            continue;
        if (longest == NULL ||
            neap_carrier_detached_at(c) < neap_carrier_detached_at(longest))
            longest = c;
    }
    return longest;
}

/* One at a time: the next only if that one's carrier did not become a spare. */
static void discard_longest(struct neap_spares *s) {
    const struct neap_node_options *options = neap_node_options_of(s->node);
    struct neap_carrier *c = longest_detached(s);
    complain(s);
    if (c == NULL || neap_carrier_is_ending(c) || options->over_carriers == NULL)
        return;
    struct neap_reason reason = options->over_carriers(count_of(s), s->cap);
    neap_carrier_discard(c, &reason);
    neap_reason_unref(reason);
    atomic_fetch_add_explicit(&s->exhausted, 1, memory_order_relaxed);
}

bool neap_spares_offer(struct neap_spares *s, struct neap_carrier *c,
                       struct neap_worker *w, uint64_t token, bool is_urgent) {
    if (neap_carrier_is_asked(c)) { /* of an earlier turn, or not at an instruction for it */
        if (!neap_carrier_withdraw(c))
            return true;
    }
    struct neap_carrier *spare = reserve_one(s, w, NEAP_CARRIER_IDLE);
    if (spare == NULL && add_one(s))
        return false;
    if (spare == NULL)
        spare = reserve_one(s, w, NEAP_CARRIER_WAITS);
    if (spare == NULL) {
        if (is_urgent)
            discard_longest(s);
        return false;
    }
    neap_carrier_ask(c, spare, token);
    return true;
}

void neap_spares_withdraw_all(struct neap_spares *s) {
    for (uint32_t i = 0; i < count_of(s); i++)
        neap_carrier_withdraw(s->carriers[i]);
}

static void swap(struct neap_spares *s, uint32_t i, uint32_t j) {
    struct neap_carrier *c = s->carriers[i];
    s->carriers[i] = s->carriers[j];
    s->carriers[j] = c;
}

/* Unregistered before its thread ends. */
static void retire(struct neap_spares *s, uint32_t i) {
    uint32_t last = count_of(s) - 1;
    swap(s, i, last);
    set_count(s, last);
    neap_carrier_stop(s->carriers[last]);
}

void neap_spares_retire(struct neap_spares *s) {
    uint32_t workers = neap_node_workers(s->node);
    for (uint32_t i = count_of(s); i-- > 0 && count_of(s) > 2 * workers;)
        if (neap_carrier_state(s->carriers[i]) == NEAP_CARRIER_IDLE &&
            neap_carrier_reserve(s->carriers[i], NULL))
            retire(s, i);
}
