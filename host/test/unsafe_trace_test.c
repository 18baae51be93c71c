#include "vm/unsafe_trace.h"

#include "test/stand.h"
#include "test/test.h"

static struct neap_slots *slots;
static struct stand stand;

static int watch_traces(lua_State *L) {
    void *heap = NULL;
    lua_getallocf(L, &heap);
    lua_setallocf(L, neap_unsafe_trace_alloc, heap);
    return 0;
}

static void begin(void) {
    slots = neap_slots_new((size_t)1 << 30);
    stand_init(&stand, slots);
    stand.open = watch_traces;
}

static void end(void) {
    stand_fini(&stand);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

/* `traces()` is how many were made. */
static void expect_holds(const char *script) {
    char whole[2000];
    snprintf(whole, sizeof whole,
             "local function traces() local info, n = require('jit.util').traceinfo, 0 "
             "while info(n + 1) do n = n + 1 end return n end %s",
             script);

    if (stand_run(&stand, whole) != 0)
        test_failed(__FILE__, __LINE__, "%s: %s", script, stand.raised);
}

TEST(what_goes_through_a_table_is_not_compiled) {
    begin();
    expect_holds("local t, sum = { 1, 2, a = 4 }, 0 "
                 "for _ = 1, 500 do for _, n in pairs(t) do sum = sum + n end end "
                 "assert(sum == 3500) assert(traces() == 0, traces())");
    expect_holds("local t, sum = { 1, 2, a = 4 }, 0 "
                 "for _ = 1, 500 do for _, n in next, t do sum = sum + n end end "
                 "assert(sum == 3500) assert(traces() == 0, traces())");
    expect_holds("local t, sum = { 7 }, 0 "
                 "for _ = 1, 500 do local k, n = next(t) sum = sum + n end "
                 "assert(sum == 3500) assert(traces() == 0, traces())");
    end();
}

TEST(other_loops_are_compiled) {
    begin();
    expect_holds("local sum = 0 for i = 1, 500 do sum = sum + i end "
                 "assert(sum == 125250) assert(traces() == 1, traces())");
    expect_holds("local t, sum = { 1, 2, 4 }, 0 "
                 "for _ = 1, 500 do for _, n in ipairs(t) do sum = sum + n end end "
                 "assert(sum == 3500) assert(traces() > 0, traces())");
    end();
}
