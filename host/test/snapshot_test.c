#include "vm/snapshot.h"

#include "base/error.h"
#include "test/test.h"
#include "test/two_states.h"

/* names: value -> name, for what both states have. */
static const char NAMES[] =
    "names = {[string] = 'string', [print] = 'print', [_G] = '_G',\n"
    "  [string.format] = 'string.format', [shared] = 'shared'}\n"
    "return names";
static const char RESOLVER[] = "return function(name)\n"
                               "  local at = _G\n"
                               "  for key in name:gmatch('[^.]+') do\n"
                               "    if key ~= '_G' then at = at[key] end\n"
                               "  end\n"
                               "  return at\n"
                               "end";

static int encode_snapshot(struct states *s, const char *chunk, size_t max) {
    run(&s->from, "shared = {from = true} return 1");
    run(&s->from, NAMES);
    run(&s->from, chunk);
    int err = neap_snapshot_encode(&s->scratch, s->from.L, &s->from.h, -1, -2, "main", max);
    EXPECT_INT(lua_gettop(s->from.L), 3);
    return err;
}

static void expect_snapshot(const char *value, const char *check, const char *want) {
    struct states s;
    states_open(&s);
    if (encode_snapshot(&s, value, TEST_BYTES) != 0)
        test_failed(__FILE__, __LINE__, "%s", s.scratch.error);
    struct neap_message *m = neap_scratch_message(&s.scratch, NEAP_MESSAGE_VALUE);
    run(&s.to, "shared = {to = true}");
    lua_settop(s.to.L, 0);
    run(&s.to, RESOLVER);
    neap_snapshot_decode(s.to.L, &s.to.h, m->payload, m->size, m->blobs, m->blob_count, -1);
    EXPECT_INT(lua_gettop(s.to.L), 2);
    neap_message_free(m);
    name_it(&s.to, "got");
    expect_run(&s.to, check, want);
    states_close(&s);
}

TEST(a_function_is_copied_with_its_upvalues) {
    expect_snapshot("local n, t = 5, {10} return function(x) return n + t[1] + x end",
                    "return got(100)", "115");
    expect_snapshot("return function(...) return select('#', ...) end",
                    "return got(1, nil)", "2");
    expect_snapshot("local a, b, c = false, nil, 'c'\n"
                    "return function() return tostring(a) .. tostring(b) .. c end",
                    "return got()", "falsenilc");
}

TEST(nested_functions_and_constants_are_copied) {
    expect_snapshot("return function() local k = 1.5\n"
                    "  return function(x) return x * k .. 'text' end end",
                    "return got()(2)", "3text");
}

TEST(recursion_is_kept) {
    expect_snapshot(
        "local function f(n) return n == 0 and 1 or n * f(n - 1) end return f",
        "return got(5)", "120");
    expect_snapshot("local odd\n"
                    "local function even(n) return n == 0 or odd(n - 1) end\n"
                    "function odd(n) return n ~= 0 and even(n - 1) end\n"
                    "return even",
                    "return got(10)", "true");
}

TEST(upvalues_shared_between_functions_stay_shared) {
    expect_snapshot(
        "local n = 0\n"
        "return {add = function() n = n + 1 end, get = function() return n end}",
        "got.add() got.add() return got.get()", "2");
}

TEST(shared_upvalues_are_found_under_another_number) {
    expect_snapshot("local a, b = 'a', 'b'\n"
                    "return {function() return a .. b end, function() b = 'c' end}",
                    "got[2]() return got[1]()", "ac");
}

TEST(upvalues_that_are_only_equal_stay_apart) {
    expect_snapshot("local function counter() local n = 0\n"
                    "  return function() n = n + 1 return n end end\n"
                    "return {counter(), counter()}",
                    "got[1]() got[1]() return got[2]()", "1");
}

TEST(one_function_met_twice_stays_one) {
    expect_snapshot("local f = function() end return {f, f, {f}}",
                    "return got[1] == got[2] and got[1] == got[3][1]", "true");
}

TEST(later_assignments_are_not_seen) {
    struct states s;
    states_open(&s);
    EXPECT_INT(encode_snapshot(&s,
                               "n = 1 local x = 1 set = function() x = 2 end\n"
                               "return function() return x end",
                               TEST_BYTES),
               0);

    run(&s.from, "set()");

    run(&s.to, RESOLVER);
    const struct neap_bytes *b = &s.scratch.bytes;
    neap_snapshot_decode(s.to.L, &s.to.h, b->data, b->len, NULL, 0, 1);
    name_it(&s.to, "got");
    expect_run(&s.to, "return got()", "1");
    states_close(&s);
}

TEST(globals_are_those_of_the_new_state) {
    struct states s;
    states_open(&s);
    EXPECT_INT(encode_snapshot(&s, "who = 'sender' return function() return who end",
                               TEST_BYTES),
               0);

    run(&s.to, RESOLVER);
    run(&s.to, "who = 'receiver'");
    const struct neap_bytes *b = &s.scratch.bytes;
    neap_snapshot_decode(s.to.L, &s.to.h, b->data, b->len, NULL, 0, 1);
    name_it(&s.to, "got");
    expect_run(&s.to, "return got()", "receiver");
    states_close(&s);
}

TEST(metatables_are_copied) {
    expect_snapshot(
        "local Class = {} Class.__index = Class\n"
        "function Class:name() return self.n end\n"
        "return {setmetatable({n = 'a'}, Class), setmetatable({n = 'b'}, Class)}",
        "return got[1]:name() .. got[2]:name() ..\n"
        "  tostring(getmetatable(got[1]) == getmetatable(got[2]))",
        "abtrue");
    expect_snapshot("local t = {} return setmetatable(t, t)",
                    "return getmetatable(got) == got", "true");
}

TEST(what_has_a_name_is_looked_up_again) {
    expect_snapshot("local format = string.format\n"
                    "return function(x) return format('<%s>', x) end",
                    "return got(5)", "<5>");
    expect_snapshot("local string = string return function() return string end",
                    "return got() == string", "true");
    expect_snapshot("local t = shared return function() return t end", "return got().to",
                    "true");
}

TEST(debug_information_is_kept) {
    expect_snapshot("return function()\n local x = nil\n return x.y end",
                    "return select(2, pcall(got))",
                    "test:3: attempt to index local 'x' (a nil value)");
}

static void expect_refused(const char *chunk, const char *want) {
    struct states s;
    states_open(&s);
    EXPECT_INT(encode_snapshot(&s, chunk, TEST_BYTES), NEAP_EINVALID);
    EXPECT_STR(s.scratch.error, want);
    states_close(&s);
}

TEST(refusals_name_the_upvalue) {
    expect_refused("local queue = coroutine.create(print)\n"
                   "return function() return queue end",
                   "upvalue \"queue\" of main (test:2) is a coroutine");
    expect_refused("local conf = {items = {1, 2, io.stdout}}\n"
                   "return function() return conf end",
                   "upvalue \"conf\".items[3] of main (test:2) is userdata");
    expect_refused(
        "local rep = string.rep return function() return rep end",
        "upvalue \"rep\" of main (test:1) is a C function that has no name in the "
        "standard library");
}

TEST(refusals_name_the_innermost_function) {
    expect_refused("local out = io.stdout\n"
                   "local function worker() return out end\n"
                   "return function() return worker end",
                   "upvalue \"out\" of worker (test:2) is userdata");
    expect_refused("local out = io.stdout\n"
                   "return {call = {get = function() return out end}}",
                   "upvalue \"out\" of get (test:2) is userdata");
    expect_refused("local out = io.stdout\n"
                   "return {function() return out end}",
                   "upvalue \"out\" of function (test:2) is userdata");
}

TEST(refusals_outside_of_functions_name_the_path) {
    expect_refused("return {a = {io.stdout}}", "main.a[1] is userdata");
    expect_refused("return {a = setmetatable({}, {__index = io.stdout})}",
                   "main.a (metatable).__index is userdata");
}

TEST(bytecode_is_bounded) {
    struct states s;
    states_open(&s);
    EXPECT_INT(encode_snapshot(&s, "return function() return 'a' .. 'b' end", 20),
               NEAP_ELIMIT);
    EXPECT_STR(s.scratch.error, "main is larger than 20 bytes");
    states_close(&s);
}

TEST(functions_nested_in_upvalues_are_bounded) {
    expect_refused(
        "local f = function() end\n"
        "for i = 1, 300 do local g = f f = function() return g end end return f",
        "upvalue \"g\" of g (test:2) is nested deeper than 200");
}

struct decode_job {
    struct side *side;
    const struct neap_bytes *bytes;
};

static int l_decode(lua_State *L) {
    struct decode_job *job = lua_touserdata(L, 1);
    lua_getglobal(L, "resolve");
    return neap_snapshot_decode(L, &job->side->h, job->bytes->data, job->bytes->len, NULL,
                                0, -1);
}

TEST(what_the_resolver_raises_goes_through) {
    struct states s;
    states_open(&s);
    EXPECT_INT(encode_snapshot(&s, "return {string, {string}}", TEST_BYTES), 0);
    run(&s.to, "function resolve() error('no such module', 0) end");
    struct decode_job job = { &s.to, &s.scratch.bytes };

    EXPECT_INT(lua_cpcall(s.to.L, l_decode, &job), LUA_ERRRUN);

    EXPECT_STR(lua_tostring(s.to.L, -1), "no such module");
    states_close(&s);
}
