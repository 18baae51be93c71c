/* Findings about the VM and what may be cut off in it; shared between cell, heap and leaf. */
#include "test/stand.h"
#include "test/test.h"

#include "vm/checkpoint.h"
#include "vm/leaf.h"

#include <unistd.h>

static struct neap_slots *slots;
static struct stand stand;

static void begin(void) {
    slots = neap_slots_new((size_t)1 << 30);
    stand_init(&stand, slots);
}

static void end(void) {
    stand_fini(&stand);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

#define IS_KILLABLE(function) neap_cell_is_killable((uintptr_t)(function))

TEST(A6_the_killable_text_has_the_vm_and_its_allocator) {
    EXPECT_TRUE(IS_KILLABLE(lua_newstate));
    EXPECT_TRUE(IS_KILLABLE(lua_resume));
    EXPECT_TRUE(IS_KILLABLE(luaopen_string));
    EXPECT_TRUE(IS_KILLABLE(neap_heap_alloc));
}

TEST(A7_the_killable_text_has_the_byte_functions_that_the_vm_calls) {
    EXPECT_TRUE(IS_KILLABLE(neap_vm_memcpy));
    EXPECT_TRUE(IS_KILLABLE(neap_vm_memmove));
    EXPECT_TRUE(IS_KILLABLE(neap_vm_memset));
    EXPECT_TRUE(IS_KILLABLE(neap_vm_memchr));
    EXPECT_TRUE(IS_KILLABLE(neap_vm_memcmp));
    EXPECT_TRUE(IS_KILLABLE(neap_vm_strlen));
    EXPECT_FALSE(IS_KILLABLE(memcpy)); /* libc's, which the host uses */
}

TEST(A6_the_killable_text_has_nothing_that_may_hold_a_lock) {
    EXPECT_FALSE(IS_KILLABLE(malloc));
    EXPECT_FALSE(IS_KILLABLE(pthread_mutex_lock));
    EXPECT_FALSE(IS_KILLABLE(_Unwind_RaiseException));
    EXPECT_FALSE(IS_KILLABLE(neap_span_take));
    EXPECT_FALSE(IS_KILLABLE(neap_heap_new));
    EXPECT_FALSE(IS_KILLABLE(neap_vm_sin));
    EXPECT_FALSE(IS_KILLABLE(neap_crit_leave));
    EXPECT_FALSE(IS_KILLABLE(stand_run));
    EXPECT_FALSE(IS_KILLABLE(main));
}

/* --- kills ----------------------------------------------------------------------- */

struct shooter { /* ends each turn by signals, one every ms, as the monitor does at first */
    pthread_t thread;
    _Atomic int stop;
};

static void *shoot(void *arg) {
    struct shooter *shooter = arg;
    while (!atomic_load(&shooter->stop)) {
        uint64_t limit = 0;
        uint64_t turn = neap_pulse_look(&stand.pulse, &limit);
        usleep(1000);
        if (turn != 0)
            stand_kill(&stand, turn);
    }
    return NULL;
}

/* How many signals missed, for 20 kills of `script`. */
static uint64_t misses_of(const char *script) {
    struct shooter shooter = { 0 };
    uint64_t before = neap_pulse_misses(&stand.pulse);
    pthread_create(&shooter.thread, NULL, shoot, &shooter);
    for (int i = 0; i < 20; i++)
        EXPECT_INT(stand_run(&stand, script), NEAP_LEAVE_CPU);
    atomic_store(&shooter.stop, 1);
    pthread_join(shooter.thread, NULL);
    return neap_pulse_misses(&stand.pulse) - before;
}

/* 37 and 10 misses for each kill when libc did the copying and searching. */
TEST(A7_a_kill_reaches_the_byte_functions_below_concat_and_find) {
    begin();

    uint64_t concat = misses_of(
        "local t = {} for i = 1, 2000 do t[i] = ('y'):rep(3000) end "
        "while true do t.s = table.concat(t) end");
    uint64_t find = misses_of(
        "local s = ('x'):rep(8e6) while true do s:find('y', 1, true) end");

    EXPECT_TRUE(concat <= 40);
    EXPECT_TRUE(find <= 40);
    end();
}

/* ThreadSanitizer holds signals back until a call that it intercepts, and there is none. */
TEST(A20_a_kill_reaches_a_loop_without_calls_in_every_build) {
    begin();

    EXPECT_TRUE(misses_of("while true do end") <= 40);
    stand.jit = LUAJIT_MODE_OFF;
    EXPECT_TRUE(misses_of("while true do end") <= 40);

    end();
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static void expect_option(const char *variable, const char *option) {
    const char *options = getenv(variable);
    EXPECT_TRUE(options != NULL && strstr(options, option) != NULL);
}

TEST(A20_a_sanitizer_runs_with_the_options_that_the_host_needs) {
#if defined(__SANITIZE_ADDRESS__)
    expect_option("ASAN_OPTIONS", "use_sigaltstack=0");
#else
    expect_option("TSAN_OPTIONS", "die_after_fork=0");
#endif
}
#endif

TEST(A5_a_kill_reaches_a_pattern_a_comparator_and_a_metamethod_below_c) {
    begin();

    EXPECT_TRUE(misses_of("('a'):rep(3e4):find(('.-'):rep(9) .. 'b')") <= 40);
    EXPECT_TRUE(misses_of("table.sort({ 2, 1 }, function() while true do end end)") <= 40);
    EXPECT_TRUE(
        misses_of("return setmetatable({}, { __index = function() while true do end "
                  "end }).x") <= 40);

    end();
}
