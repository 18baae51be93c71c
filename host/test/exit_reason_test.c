#include "vm/exit_reason.h"

#include "test/test.h"
#include "test/two_states.h"

static struct neap_reason reason_of_chunk(struct states *s, const char *chunk) {
    run(&s->from, chunk);
    struct neap_reason reason = neap_encode_reason(&s->scratch, s->from.L, &s->from.h, -1);
    EXPECT_INT(lua_gettop(s->from.L), 1);
    lua_settop(s->from.L, 0);
    return reason;
}

/* Expects what the receiver sees of a reason; takes the reference. */
static void expect_seen(struct states *s, struct neap_reason reason, const char *check,
                        const char *want) {
    neap_push_reason(s->to.L, &s->to.h, reason);
    neap_reason_unref(reason);
    EXPECT_INT(lua_gettop(s->to.L), 1);
    name_it(&s->to, "got");
    expect_run(&s->to, check, want);
}

static void expect_reason(const char *chunk, const char *check, const char *want) {
    struct states s;
    states_open(&s);
    expect_seen(&s, reason_of_chunk(&s, chunk), check, want);
    states_close(&s);
}

/* Expects the line of a reason; takes the reference. */
static void expect_line(struct neap_reason reason, const char *want) {
    struct neap_bytes line;
    neap_bytes_init(&line);
    neap_reason_line(reason, &line);
    neap_bytes_put(&line, 0);
    neap_reason_unref(reason);
    EXPECT_STR((const char *)line.data, want);
    neap_bytes_fini(&line);
}

static void expect_line_of(const char *chunk, const char *want) {
    struct states s;
    states_open(&s);
    expect_line(reason_of_chunk(&s, chunk), want);
    states_close(&s);
}

TEST(the_known_words_need_no_bytes) {
    struct states s;
    states_open(&s);
    for (int word = NEAP_REASON_NORMAL; word < NEAP_REASON_VALUE; word++) {
        const char *text = neap_reason_text((enum neap_reason_word)word);
        lua_pushstring(s.from.L, text);
        struct neap_reason reason = neap_encode_reason(&s.scratch, s.from.L, &s.from.h, -1);
        lua_settop(s.from.L, 0);
        EXPECT_INT(reason.word, word);
        EXPECT_NULL(reason.value);
        EXPECT_INT(reason.orderly, word <= NEAP_REASON_SHUTDOWN);
        expect_seen(&s, reason, "return got", text);
    }
    states_close(&s);
}

TEST(shutdown_with_a_detail_is_orderly) {
    struct states s;
    states_open(&s);
    static const char *const CHUNKS[] = { "return {'shutdown', {1}}", "return {'shut'}",
                                          "return 'shutdown!'", "return {{'shutdown'}}" };
    for (int i = 0; i < 4; i++) {
        struct neap_reason reason = reason_of_chunk(&s, CHUNKS[i]);
        EXPECT_INT(reason.word, NEAP_REASON_VALUE);
        EXPECT_INT(reason.orderly, i == 0);
        neap_reason_unref(reason);
    }
    states_close(&s);
}

TEST(any_value_is_a_reason) {
    expect_reason("return 'boom'", "return got", "boom");
    expect_reason("return nil", "return got", "nil");
    expect_reason("return 5", "return got", "5");
    expect_reason("return {code = {7}}", "return got.code[1]", "7");
    expect_reason("local t = {} t.t = t return t", "return got.t == got", "true");
}

TEST(what_can_not_be_sent_becomes_text) {
    expect_reason("return {\nfunction() end}", "return got[1]", "function: test:2");
    expect_reason("return print", "return got", "function: builtin");
    expect_reason("return {coroutine.create(print)}", "return got[1]", "coroutine");
    expect_reason("return {io.stdout}", "return got[1]", "userdata");
    expect_reason("return {setmetatable({}, {})}", "return got[1]",
                  "table with a metatable");
    expect_reason("return {[print] = 1}", "return (next(got))", "function: builtin");
}

TEST(buffers_become_text) {
    struct states s;
    states_open(&s);
    neap_handle_push_new_buffer(s.from.L, &s.from.h, "0123", 4);
    struct neap_reason reason = neap_encode_reason(&s.scratch, s.from.L, &s.from.h, -1);
    expect_seen(&s, reason, "return got", "buffer 4 bytes");
    states_close(&s);
}

static void expect_small(const char *chunk, const char *check, const char *want) {
    struct states s;
    states_open(&s);
    struct neap_reason reason = reason_of_chunk(&s, chunk);
    EXPECT_TRUE(neap_blob_size(reason.value) <= NEAP_REASON_BYTES);
    expect_seen(&s, reason, check, want);
    states_close(&s);
}

TEST(large_reasons_are_cut) {
    expect_small("return ('x'):rep(1e6)", "return #got > 60000 and #got < 65536", "true");
    expect_small("local t = {} for i = 1, 1e5 do t[i] = i end return t",
                 "return #got > 1000 and got[1] == 1", "true");
    expect_small("local t = {} for i = 1, 1e5 do t['k' .. i] = {i} end return t",
                 "return next(got) ~= nil", "true");
    expect_small(
        "return {a = ('x'):rep(1e6), b = {('y'):rep(1e6)}, [('k'):rep(1e6)] = 1}",
        "return got[('k'):rep(1e6)]", "nil");
    expect_small(
        "local t = {} for i = 1, 5000 do t[i] = setmetatable({}, {}) end return t",
        "return got[1]", "table with a metatable");
}

TEST(deep_reasons_are_cut) {
    expect_small("local t = {} for i = 1, 1000 do t = {t} end return t",
                 "for i = 1, 200 do got = got[1] end return got", "...");
}

TEST(a_lua_error_becomes_an_error_object) {
    struct states s;
    states_open(&s);
    run(&s.from, "return select(2, pcall(error, 'boom'))");

    struct neap_reason reason = neap_encode_reason_error(&s.scratch, s.from.L, &s.from.h,
                                                         -1, "traceback of it");

    EXPECT_FALSE(reason.orderly);
    EXPECT_INT(lua_gettop(s.from.L), 1);
    expect_seen(
        &s,
        reason, "return got.kind .. '|' .. got.message .. '|' .. got.traceback .. '|' .. got.value",
        "error|boom|traceback of it|boom");
    states_close(&s);
}

static void expect_error_message(const char *chunk, const char *want) {
    struct states s;
    states_open(&s);
    run(&s.from, chunk);
    struct neap_reason reason = neap_encode_reason_error(&s.scratch, s.from.L, &s.from.h,
                                                         -1, NULL);
    EXPECT_INT(lua_type(s.from.L, 1) == LUA_TSTRING, 0);
    expect_seen(&s, reason, "return got.message .. type(got.value)", want);
    states_close(&s);
}

TEST(error_values_of_any_type_have_a_message) {
    expect_error_message("return 5", "5number");
    expect_error_message("return {message = 'full'}", "fulltable");
    expect_error_message("return {code = 7}", "{code = 7}table");
    expect_error_message("local t = {1} t.me = t return t", "{1, me = ...}table");
    expect_error_message("return nil", "(error object is a nil value)nil");
    expect_error_message("return print", "(error object is a function value)string");
}

TEST(a_long_message_leaves_room_for_the_traceback) {
    struct states s;
    states_open(&s);
    run(&s.from, "return ('x'):rep(1e6)");
    struct neap_reason reason = neap_encode_reason_error(&s.scratch, s.from.L, &s.from.h,
                                                         -1, "where");

    EXPECT_TRUE(neap_blob_size(reason.value) <= NEAP_REASON_BYTES);
    expect_seen(&s, reason, "return got.traceback", "where");
    states_close(&s);
}

TEST(c_makes_limits_and_faults) {
    struct states s;
    states_open(&s);
    expect_seen(&s, neap_reason_limit("memory", 67000, 65536, NULL),
                "return got.kind .. got.limit .. got.used .. got.max .. got.message",
                "limitmemory6700065536limits.memory = \"64KB\" (used 65.4KB): raise "
                "limits.memory in its spec");
    expect_seen(&s, neap_reason_fault("SIGSEGV", 0x8, false),
                "return got.kind .. got.signal .. got.address .. ' ' .. got.message",
                "faultSIGSEGV0x8 SIGSEGV inside the VM, at 0x8");
    expect_seen(&s, neap_reason_fault("SIGSEGV", UINTPTR_MAX, true),
                "return got.address .. ' ' .. got.message",
                "0xffffffffffffffff SIGSEGV inside the VM, at 0xffffffffffffffff: the C "
                "stack is used up");
    expect_seen(&s, neap_reason_error("boom", NULL),
                "return got.kind .. got.message .. tostring(got.traceback)",
                "errorboomnil");
    expect_seen(&s, neap_reason_string("other", 5), "return got", "other");
    EXPECT_INT(neap_reason_string("normal", 6).word, NEAP_REASON_NORMAL);
    states_close(&s);
}

TEST(fields_are_read_without_lua) {
    struct neap_reason reason = neap_reason_limit("cpu", 200, 100, "where");
    const char *text;
    size_t size;

    EXPECT_TRUE(neap_reason_field(reason, "traceback", &text, &size));
    EXPECT_BYTES(text, size, "where", 5);
    EXPECT_TRUE(neap_reason_field(reason, "kind", &text, &size));
    EXPECT_BYTES(text, size, "limit", 5);
    EXPECT_FALSE(neap_reason_field(reason, "used", &text, &size));
    EXPECT_FALSE(neap_reason_field(reason, "nothing", &text, &size));
    EXPECT_FALSE(
        neap_reason_field(neap_reason_of(NEAP_REASON_KILLED), "kind", &text, &size));
    neap_reason_unref(reason);
}

TEST(every_reason_has_a_line) {
    expect_line(neap_reason_of(NEAP_REASON_KILLED), "killed");
    expect_line(
        neap_reason_limit("cpu", 200, 100, NULL),
        "limits.cpu = \"100ms\" (used 200 ms in one turn): raise limits.cpu in its "
        "spec, or receive in between");
    expect_line(neap_reason_error("jobs.lua:3: boom\nmore", NULL), "jobs.lua:3: boom");
    expect_line_of("return 'plain'", "plain");
    expect_line_of("return {'shutdown', 5}", "{\"shutdown\", 5}");
    expect_line_of("return {}", "{}");
    expect_line_of("return {1, true, {a = 'x'}, {['a b'] = {}}}",
                   "{1, true, {a = \"x\"}, {[\"a b\"] = {}}}");
    expect_line_of("return {[1.5] = -0.5}", "{[1.5] = -0.5}");
    expect_line_of("local t = {} t[1] = t return t", "{...}");
    expect_line_of("return {{{{{1}}}}}", "{{{{{...}}}}}");
    expect_line_of("return 'a\\1b\\27[0m'", "a b [0m");
}

TEST(other_error_objects_say_their_kind) {
    struct states s;
    states_open(&s);
    run(&s.from, "mt = {} return mt");
    neap_handles_set_error_metatable(s.from.L, &s.from.h, -1);
    lua_settop(s.from.L, 0);
    expect_line(
        reason_of_chunk(&s, "return setmetatable({kind = 'full', message = 'no'}, mt)"),
        "full: no");
    expect_line(
        reason_of_chunk(&s, "return {setmetatable({kind = 'full', message = 'no'}, mt)}"),
        "{full: no}");
    expect_line(reason_of_chunk(&s, "return setmetatable({kind = 'full'}, mt)"),
                "{kind = \"full\"}");
    states_close(&s);
}

TEST(the_line_of_a_failed_start_is_the_way_to_the_child_and_why) {
    expect_line_of("return {'shutdown', {'failed_to_start_child', 'a', 'boom\\nmore'}}",
                   "child a did not start: boom");
    expect_line_of("local function failed(id, why)"
                   " return {'shutdown', {'failed_to_start_child', id, why}} end "
                   "return failed('jobs', failed('night', failed('a', {1})))",
                   "child jobs/night/a did not start: {1}");
    expect_line_of("return {'failed_to_start_child'}", "child nil did not start: nil");
    expect_line_of("local t = {'shutdown'} t[2] = t return t", "{\"shutdown\", ...}");
}

TEST(a_long_line_is_cut_between_characters) {
    struct states s;
    struct neap_bytes line;
    states_open(&s);
    neap_bytes_init(&line);
    neap_bytes_text(&line, "before ");
    struct neap_reason reason = reason_of_chunk(&s,
                                                "return 'x' .. ('\\195\\164'):rep(500)");

    neap_reason_line(reason, &line);

    EXPECT_TRUE(line.len <= 7 + NEAP_REASON_LINE);
    EXPECT_BYTES(line.data + line.len - 5, 5, "\xc3\xa4...", 5);
    neap_reason_unref(reason);
    neap_bytes_fini(&line);
    states_close(&s);
}
