/* The built-in C modules: vm/native.c and what they call, vm/native_calls.c. */
#include "vm/native.h"

#include "test/stand.h"
#include "test/test.h"

#include "vm/checkpoint.h"
#include "vm/native_calls.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static struct neap_slots *slots;
static struct stand stand;

static int l_native(lua_State *L) {
    lua_pushcfunction(L, neap_native_opener(luaL_checkstring(L, 1)));
    lua_call(L, 0, 1);
    return 1;
}

static int l_assert_fail(lua_State *L) {
    (void)L;
    neap_native_assert_fail("x > 0", "lpvm.c", 88, "growcap");
}

static int l_exit(lua_State *L) {
    (void)L;
    neap_native_exit(-1);
}

static int l_print(lua_State *L) {
    neap_native_fprintf(stderr, 1, "BUG: %s", lua_tostring(L, 1));
}

static int open_own(lua_State *L) {
    lua_register(L, "native", l_native);
    lua_register(L, "assert_fail", l_assert_fail);
    lua_register(L, "exit", l_exit);
    lua_register(L, "to_stderr", l_print);
    return 0;
}

static void begin(void) {
    slots = neap_slots_new((size_t)4 << 30);
    stand_init(&stand, slots);
    stand.open = open_own;
}

static void end(void) {
    stand_fini(&stand);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
    EXPECT_INT(neap_exec_arena_stats().used, 0);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

/* A script for a new process that has `cjson` and `lpeg`. */
static int run(const char *script) {
    static const char OPEN[] = "local cjson, lpeg = native('cjson'), native('lpeg') ";
    char text[2000];
    snprintf(text, sizeof text, "%s%s", OPEN, script);
    return stand_run(&stand, text);
}

static void expect_runs(const char *script) {
    int why = run(script);
    if (why != 0)
        test_failed(__FILE__, __LINE__, "%d %s in: %s", why, stand.raised, script);
}

/* --- opening --------------------------------------------------------------------- */

TEST(opening_gives_the_module_and_leaves_no_other_way_to_it) {
    begin();

    expect_runs("assert(cjson.encode({}) == '{}' and lpeg.version():find('^%d'))"
                "for _, name in ipairs({ 'cjson', 'cjson.safe', 'lpeg' }) do"
                " assert(type(native(name)) == 'table')"
                " assert(_G[name] == nil and package.loaded[name] == nil) end");

    end();
}

TEST(a_module_that_is_not_built_in_has_no_opener) {
    EXPECT_NULL(neap_native_opener("cjson.unsafe"));
    EXPECT_NULL(neap_native_opener(""));
}

TEST(a_pattern_shows_its_operators_and_hides_its_finalizer) {
    begin();

    expect_runs(
        "local shown = getmetatable(lpeg.P(1))"
        "assert(shown.__gc == nil and shown.__pow(lpeg.P('a'), 1):match('aab') == 3)"
        "shown.__mul = nil "
        "assert((lpeg.P('a') * 'b'):match('ab') == 3)"
        "assert(getmetatable(native('lpeg').P(1)).__gc == nil)");

    end();
}

TEST(errors_find_their_way_through_the_frames_of_a_module) {
    begin();

    expect_runs(
        "for i = 1, 1000 do"
        " assert(not pcall(cjson.decode, '[1,'))"
        " assert(not pcall(cjson.encode, { print }))"
        " assert(not pcall(lpeg.match, lpeg.Cmt(1, function() error('x') end), 'a'))"
        " assert(not pcall(lpeg.P, { lpeg.V(1) })) end "
        "local ok, err = native('cjson.safe').decode('[') assert(ok == nil and err)");

    end();
}

/* --- memory ------------------------------------------------------------------------ */

static size_t libc_bytes(void) {
    return mallinfo2().uordblks;
}

TEST(what_a_module_allocates_counts_against_the_memory_limit) {
    begin();
    stand.limit = 8 * MIB;

    int in_buffer = run("cjson.encode(('\\1'):rep(2e6))");
    size_t asked = stand.asked;
    int in_captures = run("lpeg.Ct(lpeg.C(1) ^ 0):match(('x'):rep(2e6))");

    EXPECT_INT(in_buffer, NEAP_LEAVE_MEMORY);
    EXPECT_TRUE(asked <= stand.limit + stand.limit / 8);
    EXPECT_INT(in_captures, NEAP_LEAVE_MEMORY);
    end();
}

TEST(buffers_that_nobody_uses_are_collected_before_the_limit_is_met) {
    begin();
    stand.limit = 4 * MIB;

    expect_runs("local new = cjson.new for i = 1, 20000 do new() end "
                "for i = 1, 20000 do lpeg.P('a' .. i):match('b') end");

    end();
}

TEST(libc_is_asked_for_no_memory) {
    begin();
    expect_runs("");
    size_t before = libc_bytes();

    expect_runs(
        "local text = cjson.encode({ ('x'):rep(1e5), 0.1, {} })"
        "for i = 1, 100 do cjson.decode(text) cjson.encode(i / 3) cjson.new() end");

    EXPECT_INT(libc_bytes(), before);
    end();
}

/* The block is as large as it was asked to be, aligned, and keeps what was in it. */
static int l_blocks(lua_State *L) {
    for (size_t size = 1; size < 200000; size = size * 3 + 1) {
        unsigned char *p = neap_native_malloc(size);
        luaL_argcheck(L, (uintptr_t)p % 16 == 0, 1, "not aligned");
        memset(p, (int)(size & 255), size);
        p = neap_native_realloc(p, 2 * size);
        for (size_t i = 0; i < size; i++)
            luaL_argcheck(L, p[i] == (size & 255), 1, "not kept");
        p = neap_native_realloc(p, size / 2 + 1);
        luaL_argcheck(L, *p == (size & 255), 1, "not kept");
        neap_native_free(p);
    }
    neap_native_free(NULL);
    neap_native_free(neap_native_realloc(NULL, 10));
    return 0;
}

static int open_blocks(lua_State *L) {
    lua_register(L, "blocks", l_blocks);
    return 0;
}

TEST(blocks_grow_and_shrink_and_are_given_back) {
    begin();
    stand.open = open_blocks;

    EXPECT_INT(stand_run(&stand, "blocks() local n = collectgarbage('count')"
                                 "for i = 1, 100 do blocks() end"),
               0);

    EXPECT_TRUE(stand.used < MIB / 2);
    end();
}

static int l_too_large(lua_State *L) {
    neap_native_malloc(SIZE_MAX - 8);
    return luaL_error(L, "not reached");
}

static int open_too_large(lua_State *L) {
    lua_register(L, "too_large", l_too_large);
    return 0;
}

TEST(a_size_that_would_wrap_around_is_over_the_limit) {
    begin();
    stand.open = open_too_large;

    EXPECT_INT(stand_run(&stand, "too_large()"), NEAP_LEAVE_MEMORY);

    end();
}

/* --- giving up ----------------------------------------------------------------------- */

TEST(a_module_that_gives_up_ends_its_process_with_what_it_said) {
    begin();

    EXPECT_INT(stand_run(&stand, "pcall(assert_fail)"), NEAP_LEAVE_PANIC);
    EXPECT_STR(stand.cell.panic, "lpvm.c:88: assertion failed in growcap: x > 0");
    EXPECT_INT(stand_run(&stand, "pcall(to_stderr, 'no length')"), NEAP_LEAVE_PANIC);
    EXPECT_STR(stand.cell.panic, "BUG: no length");
    EXPECT_INT(stand_run(&stand, "pcall(exit)"), NEAP_LEAVE_PANIC);
    EXPECT_STR(stand.cell.panic, "a built-in module called exit(-1)");

    expect_runs("");
    end();
}

/* Its needs, six bytes for each, are counted in an int: 715,827,883 need 4. */
static int l_long_string(lua_State *L) {
    size_t size = (size_t)luaL_checkinteger(L, 1);
    char *zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1, 0);
    lua_pushlstring(L, zeros, size);
    munmap(zeros, size);
    return 1;
}

static int open_long_string(lua_State *L) {
    lua_register(L, "long_string", l_long_string);
    return open_own(L);
}

TEST(a_string_too_long_for_the_counters_of_the_encoder_is_an_error) {
    begin();
    stand.open = open_long_string;

    expect_runs(
        "local ok, err = pcall(cjson.encode, { long_string(357913941) })"
        "assert(not ok and err:find('Cannot serialise a string of 357913941 bytes'))");

    end();
}

/* --- kills --------------------------------------------------------------------------- */

#define IS_KILLABLE(function) neap_cell_is_killable((uintptr_t)(function))

TEST(A5_the_killable_text_has_the_built_in_modules) {
    EXPECT_TRUE(IS_KILLABLE(luaopen_cjson));
    EXPECT_TRUE(IS_KILLABLE(luaopen_cjson_safe));
    EXPECT_TRUE(IS_KILLABLE(luaopen_lpeg));
    EXPECT_TRUE(IS_KILLABLE(neap_native_malloc));
    EXPECT_TRUE(IS_KILLABLE(neap_native_free));
    EXPECT_FALSE(IS_KILLABLE(neap_vm_strtod));
    EXPECT_FALSE(IS_KILLABLE(neap_native_exit));
}

static struct shooter { /* ends each turn by signals, the first after `rest_us` or so */
    pthread_t thread;
    _Atomic int stop;
    unsigned rest_us;
} shooter;

static void *shoot(void *arg) {
    struct shooter *s = arg;
    uint64_t state = 88172645463325252ull;
    while (!atomic_load(&s->stop)) {
        uint64_t limit = 0;
        uint64_t turn = neap_pulse_look(&stand.pulse, &limit);
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usleep((useconds_t)(state % s->rest_us));
        if (turn != 0)
            stand_kill(&stand, turn);
    }
    return NULL;
}

static void begin_shooting(unsigned rest_us) {
    shooter = (struct shooter){ .rest_us = rest_us };
    pthread_create(&shooter.thread, NULL, shoot, &shooter);
}

static void end_shooting(void) {
    atomic_store(&shooter.stop, 1);
    pthread_join(shooter.thread, NULL);
}

static const char *const hostile[] = {
    "local t = {} for i = 1, 5000 do t[i] = { i, i / 3, 'text' .. i } end "
    "while true do pcall(cjson.encode, t) end",
    "local s = '[' .. ('[1,\"two\",{\"three\":null}],'):rep(5000) .. '0]'"
    "while true do pcall(cjson.decode, s) end",
    "cjson.encode_keep_buffer(false) local s = ('\\1'):rep(5000) "
    "while true do cjson.encode({ s, s, s }) end",
    "while true do pcall(cjson.decode, ('['):rep(1000)) end",
    "while true do cjson.new().encode({ 1, 2, 3 }) end",
    "local s = '[' .. ('0.1234567890123,'):rep(5000) .. '0]'"
    "while true do cjson.decode(s) end",
    "local t = {} for i = 1, 5000 do t[i] = i / 7 end while true do cjson.encode(t) end",
    "lpeg.P({ 'a' * lpeg.V(1) * 'b' + 'a' * lpeg.V(1) * 'c' + 'a' "
    "}):match(('a'):rep(40))",
    "local p = lpeg.Ct((lpeg.C(lpeg.R('az') ^ 1) * lpeg.P(' ') ^ 0) ^ 0)"
    "local s = ('some words '):rep(2000) while true do p:match(s) end",
    "local n = 0 while true do n = n + 1"
    " local p = lpeg.P(false) for i = 1, 50 do p = p + ('w' .. i * n) end p:match('w') "
    "end",
    "local p = lpeg.Cmt(1, function() while true do pcall(error) end end) p:match('a')",
    "local p = lpeg.Cs((lpeg.P('a') / 'bb' + 1) ^ 0) local s = ('ab'):rep(5000)"
    "while true do p:match(s) end",
};

enum { HOSTILE = sizeof hostile / sizeof *hostile };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { KILLS = 20 * HOSTILE, MISSES = 1000 }; /* their unwinder is slower still */
#else
enum { KILLS = 2040 / HOSTILE * HOSTILE, MISSES = 60 };
#endif

static size_t resident_bytes(void) {
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    EXPECT_INT(fscanf(f, "%*u %zu", &pages), 1);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Their libc memory would be lost: 2,000 kills are as many buffers. */
TEST(A3_A5_kills_in_the_middle_of_a_module_leave_nothing_behind) {
    begin();
    stand.limit = 64 * MIB;
    begin_shooting(800);
    for (int i = 0; i < HOSTILE; i++)
        run(hostile[i]);
    size_t libc = libc_bytes();
    size_t resident = resident_bytes();
    int wrong = 0;

    for (int i = 0; i < KILLS; i++)
        wrong += run(hostile[i % HOSTILE]) != NEAP_LEAVE_CPU;
    end_shooting();

    EXPECT_INT(wrong, 0);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_TRUE(libc_bytes() < libc + 4096);
    EXPECT_TRUE(resident_bytes() < resident + 32 * MIB);
#endif
    (void)libc;
    (void)resident;
    end();
}

/* How many signals missed, for 20 kills. */
static uint64_t misses_of(const char *script) {
    uint64_t before = neap_pulse_misses(&stand.pulse);
    begin_shooting(1000);
    for (int i = 0; i < 20; i++)
        EXPECT_INT(run(script), NEAP_LEAVE_CPU);
    end_shooting();
    return neap_pulse_misses(&stand.pulse) - before;
}

/* Numbers are the worst: printf and strtod are libc's, and may not be cut in half. */
TEST(A5_A7_a_kill_reaches_every_part_of_a_module) {
    begin();

    for (int i = 0; i < HOSTILE; i++) {
        uint64_t misses = misses_of(hostile[i]);
        if (misses > MISSES)
            test_failed(__FILE__, __LINE__, "%d misses: %s", (int)misses, hostile[i]);
    }

    end();
}
