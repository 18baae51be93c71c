#include "vm/heap.h"

#include "test/stand.h"
#include "test/test.h"

#include "vm/leaf.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static struct neap_slots *slots;
static struct neap_heap *heap;

static void begin(size_t limit) {
    slots = neap_slots_new(256 * MIB);
    heap = neap_heap_new(slots, limit);
}

static void end(void) {
    neap_heap_free(heap);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
    neap_slots_free(slots);
}

static void *take(size_t size) {
    return neap_heap_alloc(heap, NULL, 0, size);
}

static void give(void *block, size_t size) {
    EXPECT_NULL(neap_heap_alloc(heap, block, size, 0));
}

TEST(an_empty_heap_takes_one_small_span) {
    begin(NEAP_HEAP_UNLIMITED);

    EXPECT_INT(neap_slots_stats(slots).used, NEAP_SPAN_MIN);
    EXPECT_INT(neap_heap_used(heap), 0);
    EXPECT_NULL(neap_heap_alloc(heap, NULL, 0, 0));
    end();
}

TEST(used_counts_blocks_as_they_are_stored) {
    begin(NEAP_HEAP_UNLIMITED);

    void *a = take(1);
    void *b = take(513);
    void *c = take(100 * KIB);

    EXPECT_INT(neap_heap_used(heap), 16 + 640 + 104 * KIB);
    give(a, 1);
    give(b, 513);
    give(c, 100 * KIB);
    EXPECT_INT(neap_heap_used(heap), 0);
    EXPECT_INT(neap_heap_peak(heap), 16 + 640 + 104 * KIB);
    end();
}

TEST(a_freed_block_is_used_again) {
    begin(NEAP_HEAP_UNLIMITED);
    void *a = take(40);
    take(40);

    give(a, 40);

    EXPECT_PTR(take(48), a);
    end();
}

TEST(a_large_block_grows_in_place_and_keeps_its_bytes) {
    begin(NEAP_HEAP_UNLIMITED);
    char *a = take(40 * KIB);
    memset(a, 7, 40 * KIB);

    char *b = neap_heap_alloc(heap, a, 40 * KIB, 60 * KIB);

    EXPECT_PTR(b, a);
    EXPECT_INT(b[40 * KIB - 1], 7);
    EXPECT_INT(neap_heap_used(heap), 64 * KIB);
    end();
}

TEST(a_doubling_block_moves_every_second_time_at_most) {
    begin(NEAP_HEAP_UNLIMITED);
    char *block = take(40 * KIB);
    int moves = 0;
    for (size_t size = 40 * KIB; size < 32 * MIB; size *= 2) {
        char *next = neap_heap_alloc(heap, block, size, 2 * size);
        moves += next != block;
        block = next;
    }

    EXPECT_TRUE(moves <= 6);
    end();
}

TEST(joined_free_blocks_serve_other_sizes) {
    begin(8 * MIB);
    for (size_t size = 16; size <= 16 * KIB; size *= 4) {
        static void *held[400000];
        size_t n = 6 * MIB / size;
        for (size_t i = 0; i < n; i++)
            held[i] = take(size);
        for (size_t i = 0; i < n; i++)
            give(held[i], size);
    }

    EXPECT_FALSE(neap_heap_is_over(heap));
    EXPECT_TRUE(neap_heap_spans(heap) <= 12 * MIB);
    end();
}

/* --- random model ---------------------------------------------------------- */

#define HELD 512

static struct held { /* the shadow: what a block has to hold */
    unsigned char *at;
    unsigned char *copy;
    size_t size;
} held[HELD];

static size_t random_size(void) {
    switch (random_below(16)) {
    case 0: return 1 + random_below(100 * KIB);
    case 1:
    case 2: return 1 + random_below(8 * KIB);
    default: return 1 + random_below(300);
    }
}

static void fill(struct held *h, size_t from) {
    for (size_t i = from; i < h->size; i++)
        h->at[i] = h->copy[i] = (unsigned char)(i * 31 + h->size);
}

static void resize(struct held *h, size_t size) {
    size_t old = h->size;
    h->at = neap_heap_alloc(heap, h->at, old, size);
    h->copy = realloc(h->copy, size);
    h->size = size;
    EXPECT_INT((uintptr_t)h->at % 16, 0);
    EXPECT_BYTES(h->at, old < size ? old : size, h->copy, old < size ? old : size);
    fill(h, old < size ? old : size);
}

static void drop(struct held *h) {
    EXPECT_BYTES(h->at, h->size, h->copy, h->size);
    give(h->at, h->size);
    free(h->copy);
    *h = (struct held){ 0 };
}

MODEL_TEST(blocks_behave_like_malloc_s, 20000) {
    if (step == 0)
        begin(NEAP_HEAP_UNLIMITED);
    struct held *h = &held[random_below(HELD)];
    if (h->at != NULL && random_below(2) == 0)
        drop(h);
    else
        resize(h, random_size());
    if (step != 19999)
        return;
    for (int i = 0; i < HELD; i++)
        if (held[i].at != NULL)
            drop(&held[i]);
    EXPECT_INT(neap_heap_used(heap), 0);
    end();
}

/* --- the limit ------------------------------------------------------------- */

TEST(outside_a_slice_the_limit_lets_through_and_marks_the_heap) {
    begin(64 * KIB);

    void *a = take(80 * KIB);

    EXPECT_TRUE(a != NULL);
    EXPECT_TRUE(neap_heap_is_over(heap));
    end();
}

TEST(charges_count_and_come_back) {
    begin(MIB);

    neap_heap_charge(heap, 300 * KIB);
    EXPECT_INT(neap_heap_used(heap), 300 * KIB);

    neap_heap_uncharge(heap, 300 * KIB);
    EXPECT_INT(neap_heap_used(heap), 0);
    end();
}

static struct stand stand;

/* The result of a script in a process with this limit, JIT on or off. */
static int run(size_t limit, int jit, const char *script) {
    slots = neap_slots_new(256 * MIB);
    stand_init(&stand, slots);
    stand.limit = limit;
    stand.jit = jit;
    int why = stand_run(&stand, script);
    stand_fini(&stand);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
    neap_slots_free(slots);
    return why;
}

static const char deep_coroutines[] =
    "local function f(n) local a, b, c = n, n, n return f(n + 1) + a + b + c end "
    "local t = {} while true do t[#t + 1] = coroutine.create(function() f(1) end)"
    " coroutine.resume(t[#t]) end";

TEST(a_process_that_catches_everything_dies_of_its_limit) {
    static const char *const scripts[] = {
        "local t = {} while true do pcall(function() t[#t + 1] = {} end) end",
        "local s = 'x' while true do pcall(function() s = s .. s end) end",
        "local t = {} for i = 1, 1e9 do pcall(rawset, t, i, ('x'):rep(i)) end",
        "while true do pcall(string.rep, 'x', 1e9) end",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        deep_coroutines,
        "local t = {} for i = 1, 1e9 do t[i] = assert(loadstring('return ' .. i)) end",
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        for (int jit = 0; jit < 2; jit++) {
            int why = run(4 * MIB, jit ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF, scripts[i]);
            EXPECT_INT(why, NEAP_LEAVE_MEMORY);
            EXPECT_TRUE(stand.asked > 4 * MIB);
            EXPECT_TRUE(stand.asked <= 4 * MIB + MIB / 2);
            EXPECT_TRUE(stand.peak <= 4 * MIB + MIB / 2);
        }
}

/* 60 % of the limit stays live; LuaJIT alone would wait until the heap has doubled. */
TEST(A12_garbage_near_the_limit_is_collected_in_time) {
    static const char *const loops[] = {
        "local s = 0 for i = 1, 1e6 do local t = {i, i + 1, i + 2} s = s + #t + t[3] end",
        "local g = {} for i = 1, 5e5 do g[i % 100] = {i} end",
        "for i = 1, 1e5 do local s = ('x'):rep(i % 400) .. i end",
        "local t = {} for i = 1, 1e5 do local f = function() return i end t[i % 50] = f "
        "end",
    };
    char script[400];
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++)
        for (int jit = 0; jit < 2; jit++) {
            snprintf(script, sizeof script,
                     "local keep = {} for i = 1, 24000 do keep[i] = {i, i} end "
                     "collectgarbage() %s",
                     loops[i]);
            int why = run(4 * MIB, jit ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF, script);
            EXPECT_INT(why, 0);
            EXPECT_TRUE(stand.peak <= 4 * MIB + MIB / 2);
        }
}

TEST(A12_live_data_that_reaches_the_limit_dies_without_thrashing) {
    struct timespec before;
    struct timespec after;
    clock_gettime(CLOCK_MONOTONIC, &before);

    int why = run(32 * MIB, LUAJIT_MODE_ON,
                  "local t = {} for i = 1, 1e9 do t[i] = {i, {}} end");

    clock_gettime(CLOCK_MONOTONIC, &after);
    EXPECT_INT(why, NEAP_LEAVE_MEMORY);
    EXPECT_TRUE(after.tv_sec - before.tv_sec <= 2);
}

TEST(one_step_far_past_the_limit_takes_nothing_from_the_system) {
    int why = run(MIB, LUAJIT_MODE_ON, "local s = ('x'):rep(1e9) error('not reached')");

    EXPECT_INT(why, NEAP_LEAVE_MEMORY);
    EXPECT_TRUE(stand.peak < MIB);
}

TEST(exhausted_address_space_ends_the_process_that_asks) {
    int why = run(NEAP_HEAP_UNLIMITED, LUAJIT_MODE_ON,
                  "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end");

    EXPECT_INT(why, NEAP_LEAVE_MEMORY);
}

static int charge_in_critical_section(lua_State *L) {
    struct neap_cell *cell = neap_cell_current();
    struct neap_heap *own = cell->heap;
    (void)L;
    neap_crit_enter(cell);
    neap_heap_charge(own, 3 * MIB);
    stand.raised[0] = 'c'; /* the section is not cut short */
    neap_crit_leave(cell);
    stand.raised[0] = 'x';
    return 0;
}

static int open_charge(lua_State *L) {
    lua_pushcfunction(L, charge_in_critical_section);
    lua_setglobal(L, "charge");
    return 0;
}

TEST(A2_a_critical_section_delays_the_end_to_its_own) {
    stand.raised[0] = 0;
    slots = neap_slots_new(256 * MIB);
    stand_init(&stand, slots);
    stand.limit = MIB;
    stand.open = open_charge;

    EXPECT_INT(stand_run(&stand, "charge()"), NEAP_LEAVE_MEMORY);

    EXPECT_INT(stand.raised[0], 'c');
    EXPECT_INT(stand.asked, MIB + MIB / 8);
    stand_fini(&stand);
    neap_slots_free(slots);
}

/* --- the copies of libc's byte functions ------------------------------------- */

#define LEAF_MAX 5000

static unsigned char leaf_a[LEAF_MAX * 2];
static unsigned char leaf_b[LEAF_MAX * 2];

static size_t leaf_size(void) {
    return random_below(4) == 0 ? random_below(LEAF_MAX) : random_below(150);
}

MODEL_TEST(leaf_functions_behave_like_libc_s, 20000) {
    size_t n = leaf_size();
    size_t from = random_below(200);
    size_t to = random_below(200);
    for (size_t i = 0; i < LEAF_MAX * 2 && step % 100 == 0; i++)
        leaf_a[i] = leaf_b[i] = (unsigned char)random_u64();
    int byte = leaf_a[random_below(LEAF_MAX)];

    EXPECT_PTR(neap_vm_memchr(leaf_a + from, byte, n), memchr(leaf_a + from, byte, n));
    neap_vm_memmove(leaf_a + to, leaf_a + from, n);
    memmove(leaf_b + to, leaf_b + from, n);
    neap_vm_memcpy(leaf_a + LEAF_MAX, leaf_a + from, n / 2);
    memcpy(leaf_b + LEAF_MAX, leaf_b + from, n / 2);
    neap_vm_memset(leaf_a + to, byte, n / 5);
    memset(leaf_b + to, byte, n / 5);

    EXPECT_INT(memcmp(leaf_a, leaf_b, sizeof leaf_a), 0);
    int sign = memcmp(leaf_a + from, leaf_b + to, n);
    int ours = neap_vm_memcmp(leaf_a + from, leaf_b + to, n);
    EXPECT_INT((ours > 0) - (ours < 0), (sign > 0) - (sign < 0));
    EXPECT_INT(neap_vm_memcmp(leaf_a + from, leaf_b + from, n), 0);
    leaf_a[from + n] = leaf_b[from + n] = 0;
    EXPECT_INT(neap_vm_strlen((char *)leaf_a + from), strlen((char *)leaf_a + from));
}
