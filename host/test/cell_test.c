#include "vm/cell.h"

#include "test/stand.h"
#include "test/test.h"

#include "base/clock.h"
#include "vm/selftest.h"

#include <errno.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static struct neap_slots *slots;
static struct stand stand;

static void begin(void) {
    slots = neap_slots_new((size_t)1 << 30);
    stand_init(&stand, slots);
}

static void end(void) {
    stand_fini(&stand);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
    EXPECT_INT(neap_exec_arena_stats().used, 0);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

/* --- killers: one thread that signals stands at random instants ------------------ */

enum { CARRIERS = 2 };

static struct hunt { /* carriers and their hunter */
    struct stand stands[CARRIERS];
    pthread_t threads[CARRIERS];
    uint64_t kills[CARRIERS];
    struct wrong {
        char text[250];
        int count;
    } wrong[CARRIERS];
    _Atomic int running; /* carriers: each lowers it at its end; the hunter reads it */
    _Atomic int ready;   /* carriers: each raises it when it may be signalled */
    uint64_t seed;
    int rounds;
} hunt;

static uint64_t draw(uint64_t *state) { /* the tests' own generator is not for threads */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A turn is left alone for up to a millisecond, then signalled until it ends. */
static void hunt_carriers(struct hunt *h) {
    struct neap_clock *clock = neap_clock_system();
    uint64_t state = h->seed;
    uint64_t seen[CARRIERS] = { 0 };
    neap_time due[CARRIERS] = { 0 };
    while (atomic_load(&h->running) > 0) {
        for (int i = 0; i < CARRIERS; i++) {
            uint64_t limit = 0;
            uint64_t turn = neap_pulse_look(&h->stands[i].pulse, &limit);
            neap_time now = clock->now(clock);
            if (turn != seen[i])
                due[i] = now + draw(&state) % NEAP_MS;
            seen[i] = turn;
            if (turn != 0 && now >= due[i])
                stand_kill(&h->stands[i], turn);
        }
        usleep(50);
    }
}

static const char *const hostile[] = {
    "while true do end",
    "local s = ('a'):rep(40000) return s:find(('.-'):rep(12) .. 'b')",
    "while true do pcall(error, 'x') end",
    "local t = {} while true do t[#t + 1] = {} if #t > 1000 then t = {} end end",
    "local function f() return pcall(f) end while true do pcall(f) end",
    "local s = '' while true do s = (s .. 'abc'):sub(-1000) end",
    "while true do local co = coroutine.wrap(function()"
    " for i = 1, 10 do coroutine.yield(i) end end) for i = 1, 10 do co() end end",
    "local t = {} while true do for i = 1, 3000 do t[i] = (i * 7919) % 3001 end"
    " table.sort(t, function(a, b) return a < b end) end",
    "while true do local x = 0 for i = 1, 1e6 do x = x + math.sin(i) end end",
    "while true do loadstring('local a = 1 for i = 1, 10 do a = a + i end return a')() "
    "end",
    "while true do collectgarbage() end",
    "local t = setmetatable({}, {__index = function(_, k) return k end})"
    " while true do local x = t.foo .. t.bar end",
    "while true do xpcall(function() error('a') end,"
    " function() local i = 0 while i < 1e7 do i = i + 1 end end) end",
    "for i = 1, 1e9 do local p = newproxy(true)"
    " getmetatable(p).__gc = function() for j = 1, 1e6 do end end end",
    "local ffi = require('ffi') while true do local a = ffi.new('int[100]') a[5] = 1 end",
    "local t = {} for i = 1, 1e9 do t[i % 5000] = ('x'):rep(i % 300) end",
    "local function down(n) return 1 + down(n + 1) end while true do pcall(down, 1) end",
    "local s = ('ab'):rep(1000) while true do"
    " s:gsub('.', function(c) while true do pcall(error, c) end end) end",
    "while true do pcall(string.rep, 'x', 3e6) end",
    "local t = {} for i = 1, 2000 do t[i] = ('y'):rep(3000) end"
    " while true do local s = table.concat(t) end",
    "local s = ('x'):rep(8e6) while true do s:find('y', 1, true) end",
    "while true do local t = {} for i = 1, 2e5 do t[i] = i end end",
    "local s = 'x' while true do s = s .. s if #s > 4e6 then s = 'x' end end",
};

enum { HOSTILE = sizeof hostile / sizeof *hostile };

static void note_wrong(struct hunt *h, int me, const char *script, int why) {
    struct wrong *w = &h->wrong[me];
    snprintf(w->text, sizeof w->text, "%d: %.200s", why, script);
    w->count++;
}

static void *carrier(void *arg) {
    int me = (int)(intptr_t)arg;
    struct stand *s = &hunt.stands[me];
    stand_init(s, slots);
    s->limit = 64 * MIB;
    atomic_fetch_add(&hunt.ready, 1);
    while (atomic_load(&hunt.ready) < CARRIERS)
        usleep(100);
    for (int i = 0; i < hunt.rounds; i++) {
        const char *script = hostile[(i + me * 3) % HOSTILE];
        int why = stand_run(s, script);
        hunt.kills[me] += why == NEAP_LEAVE_CPU;
        if (why != NEAP_LEAVE_CPU)
            note_wrong(&hunt, me, script, why);
    }
    /* The hunter may still signal this thread: it stays until the last one is done. */
    atomic_fetch_sub(&hunt.running, 1);
    while (atomic_load(&hunt.running) > 0)
        usleep(100);
    stand_fini(s);
    return NULL;
}

static void run_hunt(int rounds) {
    memset(&hunt, 0, sizeof hunt);
    hunt.rounds = rounds;
    hunt.seed = random_u64() | 1;
    hunt.running = CARRIERS;
    for (intptr_t i = 0; i < CARRIERS; i++)
        pthread_create(&hunt.threads[i], NULL, carrier, (void *)i);
    while (atomic_load(&hunt.ready) < CARRIERS)
        usleep(100);
    hunt_carriers(&hunt);
    for (int i = 0; i < CARRIERS; i++)
        pthread_join(hunt.threads[i], NULL);
}

static size_t resident_bytes(void) {
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    EXPECT_INT(fscanf(f, "%*u %zu", &pages), 1);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static uint64_t all_misses(void) {
    uint64_t sum = 0;
    for (int i = 0; i < CARRIERS; i++)
        sum += neap_pulse_misses(&hunt.stands[i].pulse);
    return sum;
}

TEST(A4_A20_hostile_scripts_are_killed_at_any_instruction_without_a_leak) {
    begin();
    int rounds = HOSTILE * 12;
    run_hunt(HOSTILE * 2);
    size_t before = resident_bytes();

    run_hunt(rounds);

    for (int i = 0; i < CARRIERS; i++) {
        if (hunt.wrong[i].count != 0)
            EXPECT_STR(hunt.wrong[i].text, "killed");
        EXPECT_INT(hunt.kills[i], rounds);
    }
    print_message("%d kills, %llu misses\n", rounds * CARRIERS,
                  (unsigned long long)all_misses());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_TRUE(resident_bytes() < before + 64 * MIB);
#endif
    (void)before;
    end();
}

/* --- one at a time ------------------------------------------------------------ */

TEST(a_doomed_process_is_left_before_its_first_instruction) {
    begin();
    atomic_store(&stand.doomed, 1);

    int why = stand_run(&stand, "error('not reached')");

    EXPECT_INT(why, NEAP_LEAVE_DOOMED);
    end();
}

static int kill_self(lua_State *L) {
    struct neap_cell *cell = neap_cell_current();
    struct stand *s = lua_touserdata(L, lua_upvalueindex(1));
    neap_crit_enter(cell);
    stand_kill(s, s->token); /* lands in the section: a miss */
    snprintf(s->raised, sizeof s->raised, "whole");
    neap_crit_leave(cell);
    snprintf(s->raised, sizeof s->raised, "too far");
    return 0;
}

static int stale_signal(lua_State *L) {
    struct stand *s = lua_touserdata(L, lua_upvalueindex(1));
    errno = EDOM;
    for (int i = 0; i < 100; i++)
        stand_kill(s, s->token + 1000); /* the verdict is about another turn */
    lua_pushboolean(L, errno == EDOM);
    return 1;
}

static int in_critical_section_and_raise(lua_State *L) {
    luaL_checkinteger(L, 1); /* before the section, as bindings do: raises */
    return 0;
}

static int open_own(lua_State *L) {
    const luaL_Reg own[] = { { "kill_self", kill_self },
                             { "stale_signal", stale_signal },
                             { "check", in_critical_section_and_raise },
                             { NULL, NULL } };
    struct stand *s = lua_touserdata(L, 1);
    for (const luaL_Reg *f = own; f->name != NULL; f++) {
        lua_pushlightuserdata(L, s);
        lua_pushcclosure(L, f->func, 1);
        lua_setglobal(L, f->name);
    }
    return 0;
}

TEST(a_signal_in_a_critical_section_waits_for_its_end) {
    begin();
    stand.open = open_own;

    int why = stand_run(&stand, "kill_self()");

    EXPECT_INT(why, NEAP_LEAVE_CPU);
    EXPECT_STR(stand.raised, "whole");
    EXPECT_TRUE(neap_pulse_misses(&stand.pulse) >= 1);
    end();
}

TEST(A22_a_late_signal_for_another_turn_does_nothing) {
    begin();
    stand.open = open_own;

    EXPECT_INT(stand_run(&stand, "assert(stale_signal())"), 0);

    EXPECT_U64(neap_pulse_misses(&stand.pulse), 0);
    end();
}

struct shooter {
    pthread_t thread;
    _Atomic int stop;
};

static void *shoot(void *arg) {
    struct shooter *shooter = arg;
    while (!atomic_load(&shooter->stop)) {
        uint64_t limit = 0;
        uint64_t turn = neap_pulse_look(&stand.pulse, &limit);
        if (turn != 0)
            stand_kill(&stand, turn);
        usleep(200);
    }
    return NULL;
}

/* Needs a second thread: a raise out of a binding must leave no mark behind (A1). */
static int run_under_fire(const char *script) {
    struct shooter shooter = { 0 };
    stand.open = open_own;
    pthread_create(&shooter.thread, NULL, shoot, &shooter);
    int why = stand_run(&stand, script);
    atomic_store(&shooter.stop, 1);
    pthread_join(shooter.thread, NULL);
    return why;
}

TEST(A1_a_raise_out_of_a_function_of_ours_leaves_the_process_killable) {
    begin();

    EXPECT_INT(run_under_fire("pcall(check, {}) while true do end"), NEAP_LEAVE_CPU);
    EXPECT_INT(run_under_fire("while true do pcall(check, 'x') end"), NEAP_LEAVE_CPU);

    end();
}

TEST(A18_a_cell_serves_again_after_each_kill) {
    begin();

    for (int i = 0; i < 20; i++) {
        EXPECT_INT(run_under_fire("while true do end"), NEAP_LEAVE_CPU);
        EXPECT_INT(stand_run(&stand, "assert(1 + 1 == 2)"), 0);
    }
    end();
}

TEST(the_self_test_passes_on_the_linked_library) {
    begin();
    const char *what = "nothing";

    int err = neap_selftest(&what);

    EXPECT_STR(what, NULL);
    EXPECT_INT(err, 0);
    end();
}
