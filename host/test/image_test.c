#include "vm/image.h"

#include "test/stand.h"
#include "test/test.h"

#include "vm/layout.h"

enum { WHY = 200 };

static struct neap_slots *slots;
static struct stand stand;
static char why[WHY];

static void begin(void) {
    slots = neap_slots_new((size_t)1 << 30);
    stand_init(&stand, slots);
    why[0] = '\0';
}

static void end(void) {
    stand_fini(&stand);
    EXPECT_INT(neap_slots_stats(slots).spans, 0);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

/* Plain ones, such as the generator of math.random. */
static bool is_plain(const void *context, const struct neap_image_userdata *userdata) {
    (void)context;
    return userdata->metatable == NULL;
}

static struct neap_heap *open_state(void) {
    struct neap_heap *heap = neap_heap_new(slots, NEAP_HEAP_UNLIMITED);
    lua_State *L = lua_newstate(neap_heap_alloc, heap);
    neap_heap_attach(heap, L, NULL);
    static const lua_CFunction OPEN[] = { luaopen_base, luaopen_table, luaopen_string,
                                          luaopen_math, luaopen_bit,   luaopen_debug };
    for (size_t i = 0; i < sizeof OPEN / sizeof *OPEN; i++) {
        lua_pushcfunction(L, OPEN[i]);
        lua_pushstring(L, "");
        lua_call(L, 1, 0);
    }
    return heap;
}

static void do_string(lua_State *L, const char *script) {
    if (luaL_loadstring(L, script) != 0 || lua_pcall(L, 0, 0, 0) != 0)
        test_failed(__FILE__, __LINE__, "%s", lua_tostring(L, -1));
}

static struct neap_image *capture(struct neap_heap *heap, bool exact) {
    lua_State *L = neap_heap_main(heap);
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    lua_gc(L, LUA_GCCOLLECT, 0);
    struct neap_image_source source = { .main = L,
                                        .main_bytes = neap_image_main_bytes(),
                                        .heap = heap,
                                        .exact = exact,
                                        .may_hold = is_plain };
    return neap_image_capture(&source, why, sizeof why);
}

static struct neap_image *image_of(const char *script, bool exact) {
    struct neap_heap *heap = open_state();
    do_string(neap_heap_main(heap), script);
    struct neap_image *image = capture(heap, exact);
    neap_heap_free(heap);
    return image;
}

static void open_compiler(lua_State *L) {
    lua_pushcfunction(L, luaopen_jit);
    lua_pushstring(L, LUA_JITLIBNAME);
    lua_call(L, 1, 0);
}

/* Runs `script` as a slice in a clone. */
static int run_clone(const struct neap_image *image, const char *script, bool jit) {
    struct neap_heap *heap = neap_image_clone(image, slots, NEAP_HEAP_UNLIMITED,
                                              random_u64());
    lua_State *L = neap_heap_main(heap);
    struct neap_exec_slots exec = { .heap = heap };
    if (jit)
        open_compiler(L);
    int status = STAND_RAISED;
    if (luaL_loadstring(L, script) == 0) {
        neap_pulse_begin(&stand.pulse, ++stand.token, NEAP_CPU_FOREVER, &stand.doomed);
        status = stand_slice(&stand, L, heap, &exec);
        neap_pulse_end(&stand.pulse);
    }
    neap_exec_slots_release(&exec);
    neap_heap_free(heap);
    return status;
}

static void expect_runs(const struct neap_image *image, const char *script) {
    for (int i = 0; i < 20; i++) {
        if (run_clone(image, script, i % 2 == 0) != 0)
            test_failed(__FILE__, __LINE__, "clone %d: %s", i, stand.raised);
    }
}

/* --- what clones are ----------------------------------------------------------- */

static const char MODULE[] =
    "local count = 0 "
    "local class = {} class.__index = class "
    "class.__lt = function(a, b) return a.v < b.v end "
    "class.__concat = function(a, b) return a.v .. '+' .. b.v end "
    "function inc() count = count + 1 return count end "
    "function new(v) return setmetatable({ v = v }, class) end "
    "made = { new(3), new(1), new(2) } "
    "numbers = {} for i = 1, 200 do numbers[i] = i * 1.5 end "
    "names = {} for i = 1, 300 do names['key' .. i] = 'value ' .. i end "
    "odd = { [-1] = 1, [0] = 2, [1.5] = 3, [true] = 4, [1e300] = 5 } "
    "weak = setmetatable({}, { __mode = 'k' }) weak[{}] = 1 "
    "gone = { a = 1, b = 2, c = 3 } gone.b = nil "
    "self = { } self.self = self "
    "function fact(n) if n < 2 then return 1 end return n * fact(n - 1) end "
    "large = {} for i = 1, 5000 do large[i] = 'item ' .. i end "
    "collectgarbage()";

static const char BODY[] =
    "assert(inc() == 1 and inc() == 2) "
    "table.sort(made) assert(made[1].v == 1 and made[3].v == 3) "
    "assert(made[1] .. made[2] == '1+2') "
    "local sum = 0 for i, n in ipairs(numbers) do sum = sum + n end assert(sum == 30150) "
    "local seen = 0 for key, value in pairs(names) do "
    "  assert('value ' .. key:match('%d+') == value) seen = seen + 1 end "
    "assert(seen == 300 and names['key' .. 17] == 'value 17') "
    "assert(odd[-1] == 1 and odd[0] == 2 and odd[1.5] == 3 and odd[true] == 4) "
    "assert(odd[1e300] == 5 and next(weak) == nil) "
    "for i = 1, 50 do weak[{}] = i end "
    "gone.b = 7 gone.d = 8 assert(gone.a + gone.b + gone.c + gone.d == 19) "
    "assert(self.self == self and fact(10) == 3628800) "
    "local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 "
    "end) "
    "assert(co(1) == 2 and co(4) == 8) "
    "assert(not pcall(error, 'x') and select(2, pcall(error, 'x')) == 'x') "
    "for i = 1, 2000 do names['new' .. i] = { i } end "
    "for i = 1, 2000 do assert(names['new' .. i][1] == i) end "
    "for i = 1, 5000 do large[i] = nil end large = nil names = nil collectgarbage() "
    "large = {} for i = 1, 9000 do large[i] = i end collectgarbage() "
    "assert(('a'):rep(3) == 'aaa' and string.format('%5.1f', 2) == '  2.0') "
    "assert(load('return 1 + 1')() == 2) "
    "local t = {} for i = 1, 100 do t[i] = tostring(i) .. 'x' end table.sort(t) "
    "assert(#table.concat(t) == 292)";

TEST(clones_do_what_a_state_of_its_own_does) {
    begin();
    struct neap_heap *heap = open_state();
    do_string(neap_heap_main(heap), MODULE);
    struct neap_image *image = capture(heap, false);
    EXPECT_STR(why, "");
    do_string(neap_heap_main(heap), BODY); /* the state was left as it is */

    expect_runs(image, BODY);

    neap_image_unref(image);
    neap_heap_free(heap);
    end();
}

TEST(what_the_types_say_is_all_that_a_scan_finds) {
    begin();

    struct neap_image *image = image_of(MODULE, true);

    EXPECT_STR(why, "");
    neap_image_unref(image);
    end();
}

TEST(clones_of_clones_are_clones) {
    begin();
    struct neap_image *first = image_of(MODULE, false);
    struct neap_heap *heap = neap_image_clone(first, slots, NEAP_HEAP_UNLIMITED, 1);

    struct neap_image *second = capture(heap, false);

    EXPECT_STR(why, "");
    neap_heap_free(heap);
    expect_runs(second, BODY);
    neap_image_unref(first);
    neap_image_unref(second);
    end();
}

TEST(an_image_holds_no_garbage_and_counts_as_the_heap_did) {
    begin();
    struct neap_heap *heap = open_state();
    lua_State *L = neap_heap_main(heap);
    do_string(L, "local t = {} for i = 1, 1000 do t[i] = {} end");

    struct neap_image *image = capture(heap, false);
    struct neap_heap *clone = neap_image_clone(image, slots, NEAP_HEAP_UNLIMITED, 1);

    EXPECT_TRUE(neap_heap_used(clone) <= neap_heap_used(heap));
    EXPECT_TRUE(neap_heap_used(clone) > neap_heap_used(heap) - 4096); /* LuaJIT's buffer */
    EXPECT_INT(lua_gc(neap_heap_main(clone), LUA_GCCOUNT, 0), lua_gc(L, LUA_GCCOUNT, 0));
    neap_heap_free(clone);
    neap_heap_free(heap);
    neap_image_unref(image);
    end();
}

TEST(each_clone_draws_random_numbers_of_its_own) {
    begin();
    struct neap_heap *heap = open_state();
    lua_State *L = neap_heap_main(heap);
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "random");
    lua_getupvalue(L, -1, 1);
    struct neap_image_point generator = { .in = lua_touserdata(L, -1) };
    lua_settop(L, 0);
    struct neap_image_source source = { .main = L,
                                        .main_bytes = neap_image_main_bytes(),
                                        .heap = heap,
                                        .points = &generator,
                                        .point_count = 1,
                                        .may_hold = is_plain };
    lua_gc(L, LUA_GCCOLLECT, 0);
    struct neap_image *image = neap_image_capture(&source, why, sizeof why);
    double drawn[3];

    for (int i = 0; i < 3; i++) {
        struct neap_heap *clone = neap_image_clone(image, slots, NEAP_HEAP_UNLIMITED, 1);
        neap_image_seed(neap_image_at(clone, generator.at), i < 2 ? (uint64_t)i + 7 : 7);
        do_string(neap_heap_main(clone), "drawn = math.random()");
        lua_getglobal(neap_heap_main(clone), "drawn");
        drawn[i] = lua_tonumber(neap_heap_main(clone), -1);
        neap_heap_free(clone);
    }

    EXPECT_TRUE(drawn[0] != drawn[1]);
    EXPECT_DOUBLE(drawn[0], drawn[2]);
    neap_image_unref(image);
    neap_heap_free(heap);
    end();
}

TEST(two_builds_of_the_same_code_are_equal_and_others_are_not) {
    begin();
    struct neap_image *base = image_of("", true);
    static const char *const SCRIPTS[] = { "x = { a = 1 }", "x = { a = 1 }",
                                           "x = { a = 2 }" };
    struct neap_image *built[3];
    struct neap_heap *heaps[3];

    for (int i = 0; i < 3; i++) {
        heaps[i] = neap_image_clone(base, slots, NEAP_HEAP_UNLIMITED, 1);
        do_string(neap_heap_main(heaps[i]), SCRIPTS[i]);
        built[i] = capture(heaps[i], false);
    }

    EXPECT_TRUE(neap_image_equal(built[0], built[1]));
    EXPECT_FALSE(neap_image_equal(built[0], built[2]));
    for (int i = 0; i < 3; i++) {
        neap_image_unref(built[i]);
        neap_heap_free(heaps[i]);
    }
    neap_image_unref(base);
    end();
}

/* One of them would work at half of all addresses by luck, sixteen at 6 % (A10). */
static const char KEYED[] =
    "keys, set = {}, {} "
    "for i = 1, 16 do keys[i] = i % 2 == 0 and {} or function() return i end "
    "  set[keys[i]] = i set['name' .. i] = -i end "
    "weak = setmetatable({ [keys[3]] = 'three', [keys[4]] = 'four' }, { __mode = 'k' }) "
    "local hidden = { [print] = 'print', [keys] = 'keys' } "
    "function ask(key) return hidden[key] end";

static const char ASK[] =
    "for i = 1, 16 do assert(set[keys[i]] == i and set['name' .. i] == -i) end "
    "local seen = 0 for key, value in pairs(set) do assert(set[key] == value) "
    "  seen = seen + 1 end assert(seen == 32) "
    "assert(weak[keys[3]] == 'three' and ask(print) == 'print' and ask(keys) == 'keys') "
    "keys[4] = nil set = nil collectgarbage() collectgarbage() "
    "local left = 0 for key in pairs(weak) do left = left + 1 end assert(left == 1) "
    "for i = 1, 100 do weak[{}] = i end";

TEST(A10_tables_with_objects_as_keys_find_them_in_every_clone) {
    begin();
    struct neap_image *image = image_of(KEYED, false);
    EXPECT_STR(why, "");

    expect_runs(image, ASK);

    neap_image_unref(image);
    end();
}

TEST(A10_two_builds_with_objects_as_keys_are_equal) {
    begin();
    struct neap_image *base = image_of("", true);
    struct neap_image *built[2];
    struct neap_heap *heaps[2];

    for (int i = 0; i < 2; i++) {
        heaps[i] = neap_image_clone(base, slots, NEAP_HEAP_UNLIMITED, 1);
        do_string(neap_heap_main(heaps[i]), KEYED);
        built[i] = capture(heaps[i], false);
    }

    EXPECT_TRUE(neap_image_equal(built[0], built[1]));
    for (int i = 0; i < 2; i++) {
        neap_image_unref(built[i]);
        neap_heap_free(heaps[i]);
    }
    neap_image_unref(base);
    end();
}

static uint32_t hash_of_upvalue(lua_State *L, const char *function) {
    lua_getglobal(L, function);
    const struct neap_lj_function *f = lua_topointer(L, -1);
    lua_pop(L, 1);
    return ((const struct neap_lj_upvalue *)(uintptr_t)f->upvalues[0])->hash;
}

/* Compiled code takes upvalues of different hashes for different variables. */
TEST(an_upvalue_has_the_hash_of_those_that_the_same_code_makes_in_the_clone) {
    begin();
    struct neap_image *image = image_of(
        "function make(x) local n = x return function() n = n + 1 return n end end "
        "copied = make(1)",
        false);
    struct neap_heap *clone = neap_image_clone(image, slots, NEAP_HEAP_UNLIMITED, 1);
    lua_State *L = neap_heap_main(clone);

    do_string(L, "made = make(2)");

    EXPECT_INT(hash_of_upvalue(L, "copied"), hash_of_upvalue(L, "made"));
    neap_heap_free(clone);
    neap_image_unref(image);
    end();
}

/* --- what is refused ------------------------------------------------------------- */

static void expect_refused(const char *script, const char *words) {
    begin();

    struct neap_image *image = image_of(script, false);

    EXPECT_NULL(image);
    EXPECT_STR(why, words);
    end();
}

TEST(a_suspended_coroutine_is_refused) {
    expect_refused("co = coroutine.wrap(function() coroutine.yield() end) co()",
                   "a coroutine");
}

TEST(A3_a_userdata_that_is_not_known_is_refused) {
    expect_refused("u = newproxy(true)",
                   "a userdata that can not be copied byte by byte");
}

TEST(A8_a_literal_of_the_ffi_is_refused) {
    expect_refused("n = load('return 1LL')()",
                   "a value of the ffi (a literal such as 1LL)");
}

TEST(what_is_too_large_is_refused) {
    expect_refused("t = {} for i = 1, 60000 do t[i] = { i } end", "more than 4 MiB");
}

TEST(A9_a_state_with_compiled_code_is_refused) {
    begin();
    struct neap_heap *heap = open_state();
    struct neap_exec_slots exec = { .heap = heap };
    lua_State *L = neap_heap_main(heap);
    open_compiler(L);
    EXPECT_INT(luaL_loadstring(L,
                               "function f(n) local s = 0 for i = 1, n do s = s + i end "
                               "return s end f(1000)"),
               0);
    neap_pulse_begin(&stand.pulse, ++stand.token, NEAP_CPU_FOREVER, &stand.doomed);
    EXPECT_INT(stand_slice(&stand, L, heap, &exec), 0);
    neap_pulse_end(&stand.pulse);

    EXPECT_NULL(capture(heap, false));

    neap_exec_slots_release(&exec);
    neap_heap_free(heap);
    end();
}

TEST(A11_data_that_looks_like_an_address_is_kept_as_it_is) {
    begin();
    struct neap_heap *heap = open_state();
    lua_State *L = neap_heap_main(heap);
    do_string(L, "anchor = {} ");
    lua_getglobal(L, "anchor");
    uint64_t address = (uint64_t)(uintptr_t)lua_topointer(L, -1);
    lua_pushlstring(L, (const char *)&address, sizeof address);
    lua_setglobal(L, "text");
    double number;
    memcpy(&number, &address, sizeof number);
    lua_pushnumber(L, number);
    lua_setglobal(L, "number");

    struct neap_image *image = capture(heap, false);
    struct neap_heap *clone = neap_image_clone(image, slots, NEAP_HEAP_UNLIMITED, 1);

    lua_State *C = neap_heap_main(clone);
    lua_getglobal(C, "text");
    lua_getglobal(C, "number");
    EXPECT_BYTES(lua_tostring(C, -2), sizeof address, &address, sizeof address);
    EXPECT_TRUE(lua_tonumber(C, -1) == number);
    lua_pushlstring(C, (const char *)&address, sizeof address);
    EXPECT_TRUE(lua_rawequal(C, -1, 1)); /* interned: the copy is found again */
    lua_getglobal(C, "anchor");
    EXPECT_TRUE(lua_topointer(C, -1) != lua_topointer(L, 1));
    neap_image_unref(image);
    neap_heap_free(clone);
    neap_heap_free(heap);
    end();
}

TEST(a_clone_larger_than_its_limit_is_not_made) {
    begin();
    struct neap_image *image = image_of("", true);

    EXPECT_NULL(neap_image_clone(image, slots, neap_image_bytes(image) - 1, 1));

    neap_image_unref(image);
    end();
}
