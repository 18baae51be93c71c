#include "vm/selftest.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/slots.h"
#include "vm/cell.h"
#include "vm/exec_arena.h"
#include "vm/heap.h"
#include "vm/native.h"
#include "vm/unsafe_trace.h"
#include "vm/value.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define LIMIT ((size_t)4 << 20)
/* By the wall clock, and on a machine that is short of CPU a second is nothing; by the
 * helper's own CPU time, of which all checks together use some 50 ms. */
#define PATIENCE (30000 * NEAP_MS)
#define PATIENCE_CPU (2000 * NEAP_MS)
#define TOKEN 1
#define SIGNAL_EVERY_NS 100000

enum { LUA_FAILED = -1, NO_STATE = -2 };

struct stand { /* what a carrier has, for one helper thread */
    struct neap_slots *slots;
    struct neap_cell cell;
    struct neap_pulse pulse;
    pthread_t thread;
    const char *what;     /* the failing seam */
    bool starved;         /* since the system refuses memory */
    _Atomic int in_loop;  /* written by the helper: only a signal ends what it does now */
    _Atomic int finished; /* written by the helper, last: release, read with acquire */
    struct neap_exec_arena_stats arena; /* while a state with machine code existed */
};

static bool is_in_text(uintptr_t pc) {
    return neap_cell_is_killable(pc) && !neap_exec_arena_has(pc);
}

static bool text_is_exact(void) {
    return is_in_text((uintptr_t)lua_newstate) && is_in_text((uintptr_t)neap_heap_alloc) &&
           is_in_text((uintptr_t)luaopen_cjson) && is_in_text((uintptr_t)luaopen_lpeg) &&
           !is_in_text((uintptr_t)neap_selftest) && !is_in_text((uintptr_t)neap_span_take);
}

/* Runs the function on top of L as a slice; what sigsetjmp returns, or LUA_FAILED. */
static int slice(struct stand *s, struct lua_State *L, struct neap_heap *heap,
                 struct neap_exec_slots *exec) {
    int why = sigsetjmp(s->cell.env, 0);
    if (why != 0)
        return why;
    neap_cell_enter(&s->cell, heap, exec);
    int status = lua_pcall(L, 0, 0, 0);
    neap_cell_exit(&s->cell);
    return status == 0 ? 0 : LUA_FAILED;
}

static int l_native(lua_State *L) {
    lua_pushcfunction(L, neap_native_opener(luaL_checkstring(L, 1)));
    lua_call(L, 0, 1);
    return 1;
}

static int l_enter_loop(lua_State *L) {
    struct stand *s = lua_touserdata(L, lua_upvalueindex(1));
    atomic_store_explicit(&s->in_loop, 1, memory_order_relaxed);
    return 0;
}

static void open_state(struct stand *s, lua_State *L) {
    luaL_openlibs(L);
    lua_register(L, "native", l_native);
    lua_pushlightuserdata(L, s);
    lua_pushcclosure(L, l_enter_loop, 1);
    lua_setglobal(L, "enter_loop");
}

/* A state that lives for one script; dropped as processes are, without lua_close. */
static int run(struct stand *s, const char *script) {
    struct neap_heap *heap = neap_heap_new(s->slots, LIMIT);
    s->starved |= heap == NULL;
    if (heap == NULL)
        return NO_STATE;
    struct neap_exec_slots exec = { .heap = heap };
    lua_State *L = lua_newstate(neap_heap_alloc, heap);
    int why = NO_STATE;
    if (L != NULL) {
        neap_heap_attach(heap, L, NULL);
        lua_setallocf(L, neap_unsafe_trace_alloc, heap);
        open_state(s, L);
        why = luaL_loadstring(L, script) == 0 ? slice(s, L, heap, &exec) : LUA_FAILED;
    }
    s->arena = neap_exec_arena_stats();
    neap_exec_slots_release(&exec);
    neap_heap_free(heap);
    return why;
}

/* Also that an error finds its way through their frames, and that no locale is set. */
static bool native_modules_work(struct stand *s) {
    return run(s,
               "local cjson, lpeg = native('cjson'), native('lpeg') "
               "local t = cjson.decode('[0.5, null, {\"a\": \"b\"}]') "
               "assert(t[1] == 0.5 and t[2] == cjson.null and t[3].a == 'b') "
               "assert(cjson.encode(t) == '[0.5,null,{\"a\":\"b\"}]') "
               "assert(not pcall(cjson.decode, '[') and not pcall(cjson.encode, pcall)) "
               "local word = lpeg.C(lpeg.R('az') ^ 1) "
               "assert(word:match('abc1') == 'abc' and not word:match('1')) "
               "assert(not pcall(lpeg.match, word / error, 'abc'))") == 0;
}

static bool memory_limit_works(struct stand *s) {
    return run(s, "pcall(function() local t = {} while true do t[#t + 1] = {} end end)"
                  "while true do end") == NEAP_LEAVE_MEMORY;
}

static bool arena_works(struct stand *s) {
    struct neap_exec_arena_stats before = neap_exec_arena_stats();
    int why = run(s, "local n = 0 for i = 1, 1000 do n = n + i end assert(n == 500500)");
    return why == 0 && s->arena.taken > before.taken &&
           neap_exec_arena_stats().used == before.used;
}

static bool unwinding_works(struct stand *s) {
    int why = run(
        s, "local t = setmetatable({}, {__index = function(_, k)"
           " if k > 90 then error('boom') end return k end})"
           "local function sum(n) local x = 0"
           " for i = 1, n do x = x + t[i] end return x end "
           "local failed = 0 "
           "for i = 1, 200 do if not pcall(sum, 100) then failed = failed + 1 end end "
           "for i = 1, 200 do"
           " if not pcall(string.rep) then failed = failed + 1 end end "
           "assert(failed == 400 and sum(90) == 4095)");
    return why == 0 && s->arena.unwind;
}

/* Also that others are compiled: traces are counted from 1. */
static bool unsafe_traces_are_given_up(struct stand *s) {
    return run(s, "local info = require('jit.util').traceinfo "
                  "local t, sum = { 1, 2, [2.5] = 3, a = 4 }, 0 "
                  "for _ = 1, 200 do for _, n in pairs(t) do sum = sum + n end end "
                  "for _ = 1, 200 do sum = sum + select(2, next(t)) end "
                  "assert(sum == 2200 and not info(1)) "
                  "for i = 1, 1000 do sum = sum + i end assert(info(1))") == 0;
}

/* A compiled loop that catches everything: only the signal ends it. The first loop gets the
 * room for machine code: asking for it is a place where the VM is left without a signal. */
static bool kill_works(struct stand *s) {
    neap_pulse_begin(&s->pulse, TOKEN, NEAP_CPU_FOREVER, NULL);
    int why = run(s, "for i = 1, 1000 do end enter_loop() "
                     "while true do pcall(function() while true do end end) end");
    atomic_store_explicit(&s->in_loop, 0, memory_order_relaxed);
    neap_pulse_end(&s->pulse);
    return why == NEAP_LEAVE_CPU;
}

static bool layouts_hold(struct stand *s) {
    struct neap_heap *heap = neap_heap_new(s->slots, LIMIT);
    lua_State *L = heap == NULL ? NULL : lua_newstate(neap_heap_alloc, heap);
    bool hold = L != NULL && neap_value_layouts_hold(L);
    s->starved |= heap == NULL;
    if (heap != NULL)
        neap_heap_free(heap);
    return hold;
}

static const char *first_failure(struct stand *s) {
    if (!text_is_exact())
        return "killable text";
    if (!layouts_hold(s))
        return "layout of values";
    if (run(s, "assert(('x'):rep(100):find('x$') == 100)") != 0)
        return "state";
    if (!native_modules_work(s))
        return "built-in modules";
    if (!memory_limit_works(s))
        return "memory limit";
    if (!arena_works(s))
        return "exec arena";
    if (!unwinding_works(s))
        return "unwinding";
    if (!unsafe_traces_are_given_up(s))
        return "unsafe traces";
    return kill_works(s) ? NULL : "kill";
}

static void *helper(void *arg) {
    struct stand *s = arg;
    neap_cell_thread_start(&s->cell, &s->pulse);
    s->what = first_failure(s);
    neap_cell_thread_stop(&s->cell);
    atomic_store_explicit(&s->finished, 1, memory_order_release);
    return NULL;
}

/* The monitor's part. False if the helper is stuck. */
static bool watch(struct stand *s) {
    struct neap_clock *clock = neap_clock_system();
    neap_time until = clock->now(clock) + PATIENCE;
    const struct timespec nap = { .tv_nsec = SIGNAL_EVERY_NS };
    while (!atomic_load_explicit(&s->finished, memory_order_acquire)) {
        if (clock->now(clock) > until || neap_clock_thread_cpu(s->thread) > PATIENCE_CPU)
            return false;
        nanosleep(&nap, NULL);
        if (!atomic_load_explicit(&s->in_loop, memory_order_relaxed))
            continue;
        neap_pulse_expire(&s->pulse, TOKEN);
        pthread_kill(s->thread, NEAP_KILL_SIGNAL); /* not joined, hence still a thread */
    }
    return true;
}

int neap_selftest(const char **what) {
    static struct stand stand; /* outlives a helper that can not be stopped */
    struct stand *s = &stand;
    *s = (struct stand){ .slots = neap_slots_new((size_t)64 << 20) };
    *what = "state";
    if (s->slots == NULL)
        return NEAP_EMEMORY;
    if (pthread_create(&s->thread, NULL, helper, s) != 0) {
        neap_slots_free(s->slots);
        return NEAP_EMEMORY;
    }
    if (!watch(s)) {
        *what = "kill";
        return NEAP_ETIMEOUT;
    }
    pthread_join(s->thread, NULL);
    neap_slots_free(s->slots);
    *what = s->what;
    if (s->starved)
        return NEAP_EMEMORY;
    return s->what == NULL ? 0 : NEAP_EINVALID;
}
