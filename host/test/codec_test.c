#include "vm/codec.h"

#include "base/error.h"
#include "test/test.h"
#include "test/two_states.h"

#include <limits.h>
#include <math.h>

/* --- what can be sent -------------------------------------------------------- */

static void expect_pass(const char *value, const char *check, const char *want) {
    struct states s;
    states_open(&s);
    pass(&s, value);
    expect_run(&s.to, check, want);
    states_close(&s);
}

TEST(scalars_arrive_as_they_were) {
    expect_pass("return true", "return got", "true");
    expect_pass("return false", "return got", "false");
    expect_pass("return nil", "return got", "nil");
    expect_pass("return ''", "return got == ''", "true");
    expect_pass("return 'a\\0b'", "return got == 'a\\0b'", "true");
    expect_pass("return ('x'):rep(63)", "return got == ('x'):rep(63)", "true");
    expect_pass("return ('x'):rep(64)", "return got == ('x'):rep(64)", "true");
    expect_pass("return ('x'):rep(70000)", "return got == ('x'):rep(70000)", "true");
}

TEST(numbers_arrive_exactly) {
    static const double NUMBERS[] = { 0,
                                      -0.0,
                                      1,
                                      -1,
                                      127,
                                      128,
                                      255,
                                      2147483647.,
                                      2147483648.,
                                      -2147483648.,
                                      -2147483649.,
                                      0.1,
                                      1e308,
                                      5e-324,
                                      9007199254740993.,
                                      INFINITY,
                                      -INFINITY };
    struct states s;
    states_open(&s);

    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        lua_pushnumber(s.from.L, NUMBERS[i]);
        pass_top(&s);
        lua_getglobal(s.to.L, "got");
        double got = lua_tonumber(s.to.L, -1);
        lua_pop(s.to.L, 1);
        EXPECT_DOUBLE(got, NUMBERS[i]);
        EXPECT_INT(signbit(got) != 0, signbit(NUMBERS[i]) != 0);
    }
    states_close(&s);
}

TEST(nan_arrives) {
    expect_pass("return 0/0", "return got ~= got", "true");
}

TEST(tables_arrive) {
    expect_pass("return {}", "return next(got)", "nil");
    expect_pass("return {1, 2, 3}", "return #got .. table.concat(got)", "3123");
    expect_pass("return {1, nil, 3}", "return got[1] + got[3]", "4");
    expect_pass("return {[0] = 'z', 'a', 'b'}", "return got[0] .. got[1] .. got[2]", "zab");
    expect_pass("return {[3] = 3, [2] = 2, [1] = 1}", "return table.concat(got)", "123");
    expect_pass("return {a = {b = {c = 5}}}", "return got.a.b.c", "5");
    expect_pass("return {[1.5] = 1, [true] = 2, [-1] = 3}",
                "return got[1.5] + got[true] + got[-1]", "6");
    expect_pass("local t = {} for i = 1, 1000 do t[i] = i; t['k' .. i] = i end return t",
                "local n = 0 for k, v in pairs(got) do n = n + v end return n", "1001000");
}

TEST(sharing_and_cycles_are_kept) {
    expect_pass("local t = {} return {t, t, {t}}",
                "return got[1] == got[2] and got[1] == got[3][1]", "true");
    expect_pass("local t = {} t.me = t return t", "return got.me == got", "true");
    expect_pass("local k = {} return {[k] = k}", "local k = next(got) return got[k] == k",
                "true");
    expect_pass("local a, b = {}, {} a.b, b.a = b, a return {a, b}",
                "return got[1].b == got[2] and got[2].a == got[1]", "true");
}

TEST(equal_tables_stay_apart) {
    expect_pass("return {{}, {}}", "return got[1] == got[2]", "false");
}

TEST(an_encoded_value_is_copied) {
    struct states s;
    states_open(&s);
    run(&s.from, "t = {1} return t");
    EXPECT_INT(encode_top(&s), 0);

    run(&s.from, "t[1] = 2");

    const struct neap_bytes *b = &s.scratch.bytes;
    neap_decode_value(s.to.L, &s.to.h, b->data, b->len, NULL, 0);
    name_it(&s.to, "got");
    expect_run(&s.to, "return got[1]", "1");
    states_close(&s);
}

TEST(numbers_stay_numbers_and_keys_stay_keys) {
    struct states s;
    states_open(&s);
    run(&s.from, "t = {[1] = 5, [2.5] = 6} return t");
    EXPECT_INT(encode_top(&s), 0);
    expect_run(&s.from, "return type(t[1]) .. type(next(t)) .. t[2.5]", "numbernumber6");
    states_close(&s);
}

TEST(handles_arrive_and_are_interned) {
    struct states s;
    states_open(&s);
    lua_newtable(s.from.L);
    neap_handle_push_pid(s.from.L, &s.from.h, test_pid(17));
    lua_pushvalue(s.from.L, -1);
    lua_rawset(s.from.L, -3); /* t[pid] = pid */
    neap_handle_push_ref(s.from.L, &s.from.h, 5);
    lua_rawseti(s.from.L, -2, 1);
    neap_handle_push_address(s.from.L, &s.from.h, "shop.web", 8);
    lua_rawseti(s.from.L, -2, 2);
    neap_handle_push_from(s.from.L, &s.from.h, (struct neap_from){ test_pid(4), 9 });
    lua_rawseti(s.from.L, -2, 3);
    neap_handle_push_timer(s.from.L, &s.from.h, 6);
    lua_rawseti(s.from.L, -2, 4);
    pass_top(&s);

    neap_handle_push_pid(s.to.L, &s.to.h, test_pid(17));
    name_it(&s.to, "pid");
    expect_run(&s.to, "return got[pid] == pid", "true");
    expect_run(
        &s.to,
        "for i = 1, 4 do got[i] = tostring(got[i]) end return table.concat(got, ',')",
        "ref 5,address shop.web,from 4.3,timer 6");
    states_close(&s);
}

TEST(buffers_cross_without_a_copy) {
    struct states s;
    states_open(&s);
    neap_handle_push_new_buffer(s.from.L, &s.from.h, "0123456789", 10);
    struct neap_blob *blob = neap_handle_to_buffer(s.from.L, &s.from.h, -1);
    lua_newtable(s.from.L);
    lua_pushvalue(s.from.L, 1);
    lua_rawseti(s.from.L, -2, 1);
    pass_top(&s);

    lua_getglobal(s.to.L, "got");
    lua_rawgeti(s.to.L, -1, 1);
    EXPECT_PTR(neap_handle_to_buffer(s.to.L, &s.to.h, -1), blob);
    states_close(&s);
}

TEST(null_arrives) {
    struct states s;
    states_open(&s);
    lua_pushlightuserdata(s.from.L, NULL);
    pass_top(&s);

    lua_getglobal(s.to.L, "got");
    EXPECT_INT(lua_type(s.to.L, -1), LUA_TLIGHTUSERDATA);
    EXPECT_NULL(lua_touserdata(s.to.L, -1));
    states_close(&s);
}

static void tell_error_metatable(struct side *side) {
    run(side, "mt = {__index = {class = 'error'}} return mt");
    neap_handles_set_error_metatable(side->L, &side->h, -1);
    lua_pop(side->L, 1);
}

TEST(error_objects_get_their_metatable_back) {
    struct states s;
    states_open(&s);
    tell_error_metatable(&s.from);
    tell_error_metatable(&s.to);

    pass(&s, "return {setmetatable({kind = 'full'}, mt)}");

    expect_run(&s.to, "return got[1].kind .. got[1].class", "fullerror");
    expect_run(&s.to, "return getmetatable(got[1]) == mt and getmetatable(got) == nil",
               "true");
    states_close(&s);
}

TEST(the_host_can_make_an_error_object) {
    static const char *const PAIRS[] = { "kind", "full", "message", "no room", NULL };
    struct states s;
    states_open(&s);
    tell_error_metatable(&s.to);

    neap_encode_error(&s.scratch, PAIRS);

    const struct neap_bytes *b = &s.scratch.bytes;
    EXPECT_INT(neap_decode_pack(s.to.L, &s.to.h, b->data, b->len, NULL, 0), 1);
    name_it(&s.to, "got");
    expect_run(&s.to, "return got.kind .. got.message .. got.class", "fullno roomerror");
    states_close(&s);
}

/* --- argument lists ----------------------------------------------------------- */

TEST(a_pack_keeps_nils_and_sharing) {
    struct states s;
    states_open(&s);
    run(&s.from, "local t = {} return nil, t, nil, t, nil");

    EXPECT_INT(
        neap_encode_pack(&s.scratch, s.from.L, &s.from.h, 1, 5, "argument #", 2, 1000), 0);

    const struct neap_bytes *b = &s.scratch.bytes;
    lua_pushinteger(s.to.L, 99);
    EXPECT_INT(neap_decode_pack(s.to.L, &s.to.h, b->data, b->len, NULL, 0), 5);
    EXPECT_INT(lua_gettop(s.to.L), 6);
    EXPECT_INT(lua_tointeger(s.to.L, 1), 99);
    EXPECT_TRUE(lua_isnil(s.to.L, 2) && lua_isnil(s.to.L, 4) && lua_isnil(s.to.L, 6));
    EXPECT_TRUE(lua_istable(s.to.L, 3) && lua_rawequal(s.to.L, 3, 5));
    states_close(&s);
}

TEST(a_list_is_encoded_by_position) {
    struct states s;
    states_open(&s);
    run(&s.from, "return {1, nil, 'c'}");

    EXPECT_INT(neap_encode_list(&s.scratch, s.from.L, &s.from.h, -1, 3, "args[#]", 1000),
               0);

    const struct neap_bytes *b = &s.scratch.bytes;
    EXPECT_INT(neap_decode_pack(s.to.L, &s.to.h, b->data, b->len, NULL, 0), 3);
    EXPECT_TRUE(lua_isnil(s.to.L, 2));
    EXPECT_STR(lua_tostring(s.to.L, 3), "c");
    EXPECT_INT(lua_gettop(s.from.L), 1);
    states_close(&s);
}

TEST(a_pack_names_the_argument_that_fails) {
    struct states s;
    states_open(&s);
    run(&s.from, "return 1, {a = print}");

    EXPECT_INT(
        neap_encode_pack(&s.scratch, s.from.L, &s.from.h, 1, 2, "argument #", 2, 1000),
        NEAP_EINVALID);
    EXPECT_STR(s.scratch.error, "argument 3.a is a function");
    EXPECT_INT(lua_gettop(s.from.L), 2);

    run(&s.from, "return {1, {x = print}}");
    EXPECT_INT(neap_encode_list(&s.scratch, s.from.L, &s.from.h, -1, 2, "args[#]", 1000),
               NEAP_EINVALID);
    EXPECT_STR(s.scratch.error, "args[2].x is a function");
    states_close(&s);
}

/* --- what can not ------------------------------------------------------------- */

static void expect_refused(const char *value, const char *want) {
    struct states s;
    states_open(&s);
    run(&s.from, value);
    EXPECT_INT(encode_top(&s), NEAP_EINVALID);
    EXPECT_STR(s.scratch.error, want);
    EXPECT_INT(lua_gettop(s.from.L), 1);
    states_close(&s);
}

TEST(refusals_name_the_path) {
    expect_refused("return print", "msg is a function");
    expect_refused("return {handlers = {1, 2, print}}", "msg.handlers[3] is a function");
    expect_refused("return {items = {1, 2, setmetatable({}, {})}}",
                   "msg.items[3] has a metatable");
    expect_refused("return {['a b'] = {c = coroutine.create(print)}}",
                   "msg[\"a b\"].c is a coroutine");
    expect_refused("return {io.stdout}", "msg[1] is userdata");
    expect_refused("return {[1.5] = io.stdout}", "msg[1.5] is userdata");
    expect_refused("return {[true] = print}", "msg[true] is a function");
    expect_refused("return {x = require('ffi').new('int[2]')}", "msg.x is cdata");
    expect_refused("return {a = {[print] = 1}}", "msg.a has a key that is a function");
    expect_refused("return {['a\\nb'] = print}", "msg[\"a?b\"] is a function");
    expect_refused("return {[{}] = print}", "msg[table] is a function");
    expect_refused("return {[('k'):rep(50)] = print}",
                   "msg[\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...\"] is a function");
}

TEST(long_paths_are_cut) {
    expect_refused("local t = print for i = 1, 12 do t = {a = t} end return t",
                   "msg.a.a.a.a.a.a.a.a... is a function");
}

static void expect_depth(int depth, int err) {
    struct states s;
    char chunk[100];
    states_open(&s);
    snprintf(chunk, sizeof chunk, "local t = 1 for i = 1, %d do t = {a = t} end return t",
             depth);
    run(&s.from, chunk);
    EXPECT_INT(encode_top(&s), err);
    if (err != 0)
        EXPECT_STR(s.scratch.error, "msg.a.a.a... is nested deeper than 200");
    states_close(&s);
}

TEST(depth_is_bounded) {
    expect_depth(200, 0);
    expect_depth(201, NEAP_EINVALID);
    expect_depth(100000, NEAP_EINVALID);
}

TEST(a_value_at_full_depth_arrives) {
    expect_pass("local t = 5 for i = 1, 200 do t = {t} end return t",
                "for i = 1, 200 do got = got[1] end return got", "5");
}

static void expect_size(const char *chunk, size_t max, int err) {
    struct states s;
    states_open(&s);
    run(&s.from, chunk);
    EXPECT_INT(neap_encode_value(&s.scratch, s.from.L, &s.from.h, -1, "msg", max), err);
    if (err != 0) {
        EXPECT_TRUE(s.scratch.used > s.scratch.max);
        EXPECT_INT(s.scratch.max, max);
    }
    states_close(&s);
}

TEST(bytes_are_bounded) {
    expect_size("return ('x'):rep(95)", 101, 0);
    expect_size("return ('x'):rep(96)", 101, NEAP_ELIMIT);
    expect_size("return 1e300", 5, NEAP_ELIMIT);
    expect_size("return {1, 2, 3}", 13, 0);
    expect_size("return {1, 2, 3}", 12, NEAP_ELIMIT);
    expect_size("return {}", 8, NEAP_ELIMIT);
    expect_size("local t = {} for i = 1, 1e5 do t[i] = i end return t", 1000, NEAP_ELIMIT);
}

TEST(a_limit_names_the_path) {
    struct states s;
    states_open(&s);
    run(&s.from, "return {body = ('x'):rep(200)}");

    EXPECT_INT(neap_encode_value(&s.scratch, s.from.L, &s.from.h, -1, "msg", 100),
               NEAP_ELIMIT);

    EXPECT_STR(s.scratch.error, "msg.body is larger than 100 bytes");
    states_close(&s);
}

TEST(no_metamethod_runs) {
    expect_refused(
        "return setmetatable({}, {__index = error, __len = error, __pairs = error,"
        " __metatable = false})",
        "msg has a metatable");
}

TEST(a_scratch_is_usable_after_a_failure) {
    struct states s;
    states_open(&s);
    run(&s.from, "return {{}, {}, {print}}");
    EXPECT_INT(encode_top(&s), NEAP_EINVALID);
    lua_settop(s.from.L, 0);

    pass(&s, "local t = {} return {t, t}");

    expect_run(&s.to, "return got[1] == got[2]", "true");
    states_close(&s);
}

TEST(a_large_scratch_is_given_back) {
    struct states s;
    states_open(&s);
    run(&s.from, "return ('x'):rep(4000000)");
    EXPECT_INT(neap_encode_value(&s.scratch, s.from.L, &s.from.h, -1, "msg", 1u << 24), 0);
    EXPECT_TRUE(s.scratch.bytes.cap > NEAP_SCRATCH_KEEP);

    pass(&s, "return 1");

    EXPECT_TRUE(s.scratch.bytes.cap <= NEAP_SCRATCH_KEEP);
    states_close(&s);
}

TEST(the_size_in_the_receiver_is_estimated) {
    struct states s;
    states_open(&s);
    run(&s.from, "local t = {} for i = 1, 1e5 do t[i] = {i % 100, x = 'y'} end return t");
    EXPECT_INT(neap_encode_value(&s.scratch, s.from.L, &s.from.h, -1, "msg", 1u << 24), 0);
    lua_gc(s.to.L, LUA_GCCOLLECT, 0);
    int before = lua_gc(s.to.L, LUA_GCCOUNT, 0);

    const struct neap_bytes *b = &s.scratch.bytes;
    neap_decode_value(s.to.L, &s.to.h, b->data, b->len, NULL, 0);

    lua_gc(s.to.L, LUA_GCCOLLECT, 0);
    double grown = 1024.0 * (lua_gc(s.to.L, LUA_GCCOUNT, 0) - before);
    EXPECT_TRUE(grown <= (double)s.scratch.heap);
    EXPECT_TRUE(grown >= (double)s.scratch.heap / 3);
    states_close(&s);
}

/* --- leaving in the middle ------------------------------------------------------ */

struct failing { /* an allocator that raises at its n-th call, as memory limits do */
    long left;
};

static void *failing_alloc(void *ud, void *block, size_t old, size_t size) {
    struct failing *f = ud;
    (void)old;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return f->left-- <= 0 ? NULL : realloc(block, size);
}

struct decode_job {
    struct neap_handles *h;
    const struct neap_message *m;
};

static int l_decode(lua_State *L) {
    struct decode_job *job = lua_touserdata(L, 1);
    const struct neap_message *m = job->m;
    return neap_decode_value(L, job->h, m->payload, m->size, m->blobs, m->blob_count);
}

static int l_open(lua_State *L) {
    neap_handles_open(lua_touserdata(L, 1), L);
    return 0;
}

static struct neap_message *message_with_everything(struct states *s) {
    neap_handle_push_pid(s->from.L, &s->from.h, test_pid(17));
    name_it(&s->from, "pid");
    neap_handle_push_new_buffer(s->from.L, &s->from.h, "0123456789", 10);
    name_it(&s->from, "buffer");
    run(&s->from,
        "local t = {buffer, pid, ('x'):rep(100)} return {t, t, {a = {b = buffer}}}");
    EXPECT_INT(encode_top(s), 0);
    struct neap_message *m = neap_scratch_message(&s->scratch, NEAP_MESSAGE_VALUE);
    lua_pop(s->from.L, 1);
    return m;
}

/* Decodes with `allowed` allocations. Nothing may be held but what _close releases. */
static bool decodes_with(const struct neap_message *m, long allowed) {
    struct failing memory = { LONG_MAX };
    struct neap_handles h = { 0 };
    lua_State *L = lua_newstate(failing_alloc, &memory);
    EXPECT_INT(lua_cpcall(L, l_open, &h), 0);
    struct decode_job job = { &h, m };
    memory.left = allowed;
    bool done = lua_cpcall(L, l_decode, &job) == 0;
    memory.left = LONG_MAX;
    neap_handles_close(&h);
    lua_close(L);
    return done;
}

TEST(decoding_can_be_left_at_any_allocation) {
    struct states s;
    states_open(&s);
    struct neap_message *m = message_with_everything(&s);

    long n = 0;
    while (n < 1000 && !decodes_with(m, n))
        n++;

    EXPECT_TRUE(n > 5 && n < 1000);
    neap_message_free(m);
    states_close(&s);
}

/* --- the model -------------------------------------------------------------------- */

/* Tables carry an id, so that those used as keys can be paired. `same` also checks that the
 * pairing is one to one, which is what sharing and cycles are. */
static const char MODEL[] =
    "local random, made = math.random, {}\n"
    "local scalars = {true, false, 0, -0, 1, 127, 128, -1, 2^31, -2^31 - 1, 0.5, 1/0, "
    "-1/0,\n"
    "  '', 'a', ('x'):rep(63), ('x'):rep(64), '\\0', pid, ref, from, timer, address, "
    "null}\n"
    "local value\n"
    "local function fresh(depth)\n"
    "  local t = {id = #made + 1}\n"
    "  made[#made + 1] = t\n"
    "  for i = 1, random(0, 4) do t[i] = value(depth - 1) end\n"
    "  for _ = 1, random(0, 4) do\n"
    "    local k = value(depth - 1)\n"
    "    if k ~= 'id' then t[k] = value(depth - 1) end\n"
    "  end\n"
    "  for i = random(1, 6), 1, -2 do t[i] = value(0) end\n"
    "  return t\n"
    "end\n"
    "function value(depth)\n"
    "  if depth > 0 and random(3) == 1 then return fresh(depth) end\n"
    "  if #made > 0 and random(8) == 1 then return made[random(#made)] end\n"
    "  return scalars[random(#scalars)]\n"
    "end\n"
    "function make(seed) math.randomseed(seed) made = {} return fresh(5) end\n"
    "local function index(t, found)\n"
    "  if type(t) ~= 'table' or found[t] then return found end\n"
    "  found[t] = true\n"
    "  for k, v in pairs(t) do index(k, found) index(v, found) end\n"
    "  return found\n"
    "end\n"
    "local function by_id(root)\n"
    "  local ids = {}\n"
    "  for t in pairs(index(root, {})) do\n"
    "    assert(not ids[t.id], 'a table came twice')\n"
    "    ids[t.id] = t\n"
    "  end\n"
    "  return ids\n"
    "end\n"
    "function same(a, b)\n"
    "  local as, bs = by_id(a), by_id(b)\n"
    "  local function equal(x, y)\n"
    "    if type(x) == 'table' then return type(y) == 'table' and bs[x.id] == y end\n"
    "    return rawequal(x, y) and (x ~= 0 or 1 / x == 1 / y)\n"
    "  end\n"
    "  local function half(one, other, partner, compare)\n"
    "    for id, t in pairs(one) do\n"
    "      assert(other[id], 'a table is missing')\n"
    "      for k, v in pairs(t) do\n"
    "        local key = type(k) == 'table' and other[k.id] or k\n"
    "        assert(compare(v, other[id][key]), tostring(k))\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "  half(as, bs, bs, equal)\n"
    "  half(bs, as, as, function(y, x) return equal(x, y) end)\n"
    "  assert(bs[a.id] == b)\n"
    "end\n";

/* Both ends are one state: handles and strings compare by identity. */
static void set_up_model(struct side *a) {
    side_open(a);
    neap_handle_push_pid(a->L, &a->h, test_pid(17));
    name_it(a, "pid");
    neap_handle_push_ref(a->L, &a->h, 5);
    name_it(a, "ref");
    neap_handle_push_from(a->L, &a->h, (struct neap_from){ test_pid(4), 9 });
    name_it(a, "from");
    neap_handle_push_timer(a->L, &a->h, 6);
    name_it(a, "timer");
    neap_handle_push_address(a->L, &a->h, "shop.web", 8);
    name_it(a, "address");
    lua_pushlightuserdata(a->L, NULL);
    name_it(a, "null");
    run(a, MODEL);
    lua_settop(a->L, 0);
}

static void model_step(struct side *a, struct neap_scratch *scratch) {
    char chunk[80];
    unsigned seed = (unsigned)random_below(1u << 30);
    snprintf(chunk, sizeof chunk, "value = make(%u) return value", seed);
    run(a, chunk);
    EXPECT_INT(neap_encode_value(scratch, a->L, &a->h, -1, "msg", 1u << 24), 0);
    EXPECT_INT(lua_gettop(a->L), 1);
    neap_decode_value(a->L, &a->h, scratch->bytes.data, scratch->bytes.len, NULL, 0);
    name_it(a, "copy");
    run(a, "same(value, copy)");
    lua_settop(a->L, 0);
}

TEST(random_values_arrive_as_they_were) {
    struct side a;
    struct neap_scratch scratch;
    set_up_model(&a);
    neap_scratch_init(&scratch);

    for (int i = 0; i < 2000; i++)
        model_step(&a, &scratch);

    neap_scratch_fini(&scratch);
    side_close(&a);
}
