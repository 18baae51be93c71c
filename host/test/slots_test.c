#include "base/slots.h"

#include "test/test.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static void *take(struct neap_slots *slots, size_t size) {
    size_t actual = 0;
    void *span = neap_span_take(slots, size, &actual);
    EXPECT_TRUE(span != NULL && actual >= size);
    return span;
}

static size_t resident_pages(void *at, size_t bytes) {
    unsigned char map[4096];
    size_t n = 0;
    EXPECT_INT(mincore(at, bytes, map), 0);
    for (size_t i = 0; i < bytes / 4096; i++)
        n += map[i] & 1;
    return n;
}

TEST(span_is_aligned_and_of_a_power_of_two) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    size_t actual = 0;

    void *span = neap_span_take(slots, 3 * NEAP_SPAN_MIN, &actual);

    EXPECT_INT(actual, 4 * NEAP_SPAN_MIN);
    EXPECT_INT((uintptr_t)span % NEAP_SPAN_MIN, 0);
    EXPECT_TRUE((uintptr_t)span + actual < (uintptr_t)1 << 47);
    neap_slots_free(slots);
}

TEST(what_was_given_last_is_taken_first) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    void *a = take(slots, 1);
    void *b = take(slots, 1);

    neap_span_give(slots, a, NEAP_SPAN_MIN);
    neap_span_give(slots, b, NEAP_SPAN_MIN);

    EXPECT_PTR(take(slots, 1), b);
    EXPECT_PTR(take(slots, 1), a);
    neap_slots_free(slots);
}

TEST(statistics_count_what_is_taken) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    void *a = take(slots, 1);
    void *b = take(slots, 2 * NEAP_SPAN_MIN);

    neap_span_give(slots, a, NEAP_SPAN_MIN);

    EXPECT_INT(neap_slots_stats(slots).used, 2 * NEAP_SPAN_MIN);
    EXPECT_INT(neap_slots_stats(slots).spans, 1);
    EXPECT_INT(neap_slots_stats(slots).peak, 3 * NEAP_SPAN_MIN);
    neap_span_give(slots, b, 2 * NEAP_SPAN_MIN);
    EXPECT_INT(neap_slots_stats(slots).used, 0);
    neap_slots_free(slots);
}

TEST(exhausted_slots_answer_null_until_something_is_given_back) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    size_t actual = 0;
    size_t n = 0;
    void *last = NULL;
    void *span = NULL;
    while ((span = neap_span_take(slots, MIB, &actual)) != NULL) {
        last = span;
        n++;
    }

    neap_span_give(slots, last, MIB);

    EXPECT_TRUE(n >= 63);
    EXPECT_PTR(take(slots, MIB), last);
    EXPECT_NULL(neap_span_take(slots, SIZE_MAX, &actual));
    neap_slots_free(slots);
}

TEST(a_large_span_is_split_when_nothing_else_is_left) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    size_t actual = 0;
    char *large = take(slots, 4 * MIB);
    while (neap_span_take(slots, 1, &actual) != NULL) {
    }

    neap_span_give(slots, large, 4 * MIB);
    char *small = take(slots, 1);

    EXPECT_TRUE(small >= large && small < large + 4 * MIB);
    EXPECT_INT((4 * MIB) / NEAP_SPAN_MIN, 64);
    for (int i = 0; i < 63; i++)
        take(slots, 1);
    EXPECT_NULL(neap_span_take(slots, 1, &actual));
    neap_slots_free(slots);
}

TEST(large_spans_past_the_hot_budget_return_their_pages) {
    struct neap_slots *slots = neap_slots_new(512 * MIB);
    size_t size = 2 * NEAP_SLOTS_HOT;
    char *span = take(slots, size);
    memset(span, 1, 16 * MIB);

    neap_span_give(slots, span, size);

    EXPECT_INT(resident_pages(span, 16 * MIB), 0);
    neap_slots_free(slots);
}

TEST(small_spans_stay_resident) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    char *span = take(slots, 1);
    memset(span, 1, NEAP_SPAN_MIN);

    neap_span_give(slots, span, NEAP_SPAN_MIN);

    EXPECT_INT(resident_pages(span, NEAP_SPAN_MIN), 16);
    neap_slots_free(slots);
}

enum { MANY = 1024 }; /* spans of 64 KiB: 64 MiB */

static size_t resident_of(char *const spans[MANY]) {
    size_t pages = 0;
    for (int i = 0; i < MANY; i++)
        pages += resident_pages(spans[i], NEAP_SPAN_MIN) != 0;
    return pages;
}

TEST(the_keeper_returns_what_nobody_needed_down_to_what_is_kept) {
    struct neap_slots *slots = neap_slots_new(512 * MIB);
    static char *spans[MANY];
    for (int i = 0; i < MANY; i++) {
        spans[i] = take(slots, 1);
        spans[i][0] = 1;
    }
    neap_slots_keep(slots);
    for (int i = 0; i < MANY; i++)
        neap_span_give(slots, spans[i], NEAP_SPAN_MIN);
    EXPECT_INT(resident_of(spans), MANY);

    size_t kept = NEAP_SLOTS_KEPT / NEAP_SPAN_MIN;
    while (resident_of(spans) > kept) /* seconds; for ever if it fails */
        sched_yield();
    char *again = take(slots, 1);
    again[0] = 1;
    EXPECT_INT(resident_of(spans), kept);
    neap_span_give(slots, again, NEAP_SPAN_MIN);
    neap_slots_free(slots);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* In a child, since a limit on address space can not be taken back. */
static int reserved_mib_under_limit(size_t limit) {
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_AS, &(struct rlimit){ limit, limit });
        struct neap_slots *slots = neap_slots_new(NEAP_SLOTS_BYTES);
        _exit(slots == NULL ? 0 : (int)(neap_slots_stats(slots).reserved / MIB / 64));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) * 64 : -1;
}

TEST(a_limit_on_address_space_halves_the_reservation) {
    EXPECT_INT(reserved_mib_under_limit(3000 * MIB), 2048);
}

/* A limit on writable memory refuses what a strict system refuses: it is committed late. */
static int spans_under_data_limit(size_t limit) {
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_DATA, &(struct rlimit){ limit, limit });
        struct neap_slots *slots = neap_slots_new((size_t)16 << 30);
        size_t actual = 0;
        int n = 0;
        char *span = NULL;
        while (slots != NULL && (span = neap_span_take(slots, 4 * MIB, &actual)) != NULL) {
            span[0] = span[actual - 1] = 1;
            n++;
        }
        _exit(n);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(a_system_that_counts_writable_memory_is_asked_bit_by_bit) {
    int spans = spans_under_data_limit(512 * MIB);

    EXPECT_TRUE(spans > 100 && spans < 128);
}

TEST(no_room_at_all_is_null) {
    EXPECT_INT(reserved_mib_under_limit(40 * MIB), 0);
}
#endif

#define HELD 64

/* Spans never overlap: each carries its owner's mark at both ends. */
MODEL_TEST(spans_belong_to_one_owner, 20000) {
    static struct neap_slots *slots;
    static struct held {
        char *at;
        size_t bytes;
        char mark;
    } held[HELD];
    if (slots == NULL)
        slots = neap_slots_new(256 * MIB);
    struct held *h = &held[random_below(HELD)];
    if (h->at == NULL) {
        h->at = neap_span_take(slots, (size_t)1 << random_below(21), &h->bytes);
        if (h->at == NULL)
            return;
        h->mark = (char)random_u64();
        h->at[0] = h->at[h->bytes - 1] = h->mark;
        return;
    }
    EXPECT_INT(h->at[0], h->mark);
    EXPECT_INT(h->at[h->bytes - 1], h->mark);
    neap_span_give(slots, h->at, h->bytes);
    h->at = NULL;
}

TEST(near_the_end_who_holds_the_most_is_refused_first) {
    struct neap_slots *slots = neap_slots_new(64 * MIB);
    size_t actual;

    take(slots, 32 * MIB);
    EXPECT_TRUE(neap_span_take_more(slots, 16 * MIB, 32 * MIB, &actual) != NULL);
    EXPECT_TRUE(neap_span_take_more(slots, 16 * MIB, 48 * MIB, &actual) == NULL);
    take(slots, 8 * MIB); /* an eighth is left */

    EXPECT_TRUE(neap_span_take_more(slots, MIB, 8 * MIB, &actual) == NULL);
    EXPECT_TRUE(neap_span_take_more(slots, MIB, MIB, &actual) != NULL);
    EXPECT_TRUE(neap_span_take_more(slots, NEAP_SPAN_MIN, 8 * MIB, &actual) == NULL);
    take(slots, NEAP_SPAN_MIN);
    neap_slots_free(slots);
}
