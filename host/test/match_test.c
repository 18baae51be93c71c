#include "vm/match.h"

#include "base/error.h"
#include "test/test.h"
#include "test/two_states.h"
#include "vm/exit_reason.h"

/* Whether the message made from one chunk matches the pattern made from the other. Both run
 * in the sender, where `pid`, `ref` and `from` are handles. */
static bool matches_message(struct states *s, const char *pattern,
                            const struct neap_message *m) {
    struct neap_pattern p;
    neap_pattern_init(&p);
    run(&s->from, pattern);
    if (neap_pattern_set(&p, &s->scratch, s->from.L, &s->from.h, -1) != 0)
        test_failed(__FILE__, __LINE__, "%s", s->scratch.error);
    lua_pop(s->from.L, 1);
    bool does = neap_pattern_matches(&p, m);
    neap_pattern_fini(&p);
    return does;
}

static void open_with_handles(struct states *s) {
    states_open(s);
    neap_handle_push_pid(s->from.L, &s->from.h, test_pid(17));
    name_it(&s->from, "pid");
    neap_handle_push_pid(s->from.L, &s->from.h, test_pid(18));
    name_it(&s->from, "other_pid");
    neap_handle_push_ref(s->from.L, &s->from.h, 5);
    name_it(&s->from, "ref");
    neap_handle_push_from(s->from.L, &s->from.h, (struct neap_from){ test_pid(17), 5 });
    name_it(&s->from, "from");
}

static bool matches(const char *pattern, const char *message) {
    struct states s;
    open_with_handles(&s);
    run(&s.from, message);
    EXPECT_INT(encode_top(&s), 0);
    struct neap_message *m = neap_scratch_message(&s.scratch, NEAP_MESSAGE_VALUE);
    bool does = matches_message(&s, pattern, m);
    neap_message_free(m);
    states_close(&s);
    return does;
}

TEST(a_string_is_a_tag) {
    EXPECT_TRUE(matches("return 'job'", "return {'job', 5}"));
    EXPECT_FALSE(matches("return 'job'", "return {'jobs', 5}"));
    EXPECT_FALSE(matches("return 'job'", "return 'job'"));
    EXPECT_FALSE(matches("return 'job'", "return {}"));
    EXPECT_FALSE(matches("return 'job'", "return {job = 1}"));
    EXPECT_TRUE(matches("return ('x'):rep(100)", "return {('x'):rep(100)}"));
}

TEST(a_prefix_matches_by_position) {
    EXPECT_TRUE(matches("return {}", "return {1}"));
    EXPECT_FALSE(matches("return {}", "return 1"));
    EXPECT_TRUE(matches("return {'a', 2}", "return {'a', 2, 3}"));
    EXPECT_FALSE(matches("return {'a', 2}", "return {'a'}"));
    EXPECT_FALSE(matches("return {'a', 2}", "return {'a', 3}"));
    EXPECT_TRUE(matches("return {'a', nil, 3}", "return {'a', {}, 3}"));
    EXPECT_FALSE(matches("return {'a', nil, 3}", "return {'a', 3}"));
    EXPECT_TRUE(matches("return {'a', nil, 3}", "return {'a', nil, 3}"));
    EXPECT_TRUE(matches("return {1, 2}", "return {[2] = 2, x = 1, [1] = 1}"));
    EXPECT_TRUE(matches("return {true, false}", "return {true, false}"));
    EXPECT_FALSE(matches("return {true}", "return {false}"));
}

TEST(positions_behind_nested_tables_are_found) {
    EXPECT_TRUE(matches("return {nil, 'b'}", "return {{{1, {2}}, x = {y = 'z'}}, 'b'}"));
    EXPECT_TRUE(matches("return {nil, nil, 'c'}", "local t = {} return {t, t, 'c'}"));
}

TEST(numbers_are_equal_as_in_lua) {
    EXPECT_TRUE(matches("return {0}", "return {-0}"));
    EXPECT_TRUE(matches("return {-0}", "return {0}"));
    EXPECT_TRUE(matches("return {300}", "return {300.0}"));
    EXPECT_FALSE(matches("return {1}", "return {0/0}"));
    EXPECT_FALSE(matches("return {1}", "return {'1'}"));
    EXPECT_FALSE(matches("return {1}", "return {true}"));
    EXPECT_TRUE(matches("return {0.5, 1/0}", "return {0.5, 1/0}"));
}

TEST(handles_are_equal_by_meaning) {
    EXPECT_TRUE(matches("return {pid, ref, from}", "return {pid, ref, from}"));
    EXPECT_FALSE(matches("return {pid}", "return {other_pid}"));
    EXPECT_FALSE(matches("return {pid}", "return {from}"));
    EXPECT_FALSE(matches("return {pid}", "return {tostring(pid)}"));
}

TEST(an_exit_signal_matches_as_its_table) {
    struct states s;
    open_with_handles(&s);
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_EXIT, test_pid(17),
                                                 neap_reason_of(NEAP_REASON_KILLED));

    EXPECT_TRUE(matches_message(&s, "return 'EXIT'", m));
    EXPECT_TRUE(matches_message(&s, "return {'EXIT', pid, 'killed'}", m));
    EXPECT_FALSE(matches_message(&s, "return {'EXIT', pid, 'normal'}", m));
    EXPECT_FALSE(matches_message(&s, "return {'EXIT', other_pid}", m));
    EXPECT_FALSE(matches_message(&s, "return {'EXIT', pid, 'killed', 1}", m));
    EXPECT_FALSE(matches_message(&s, "return 'DOWN'", m));
    neap_message_free(m);
    states_close(&s);
}

TEST(a_down_signal_matches_as_its_table) {
    struct states s;
    open_with_handles(&s);
    struct neap_reason reason = neap_reason_string("gone", 4);
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_DOWN, test_pid(17), reason);
    neap_reason_unref(reason);
    m->ref = 5;

    EXPECT_TRUE(matches_message(&s, "return {'DOWN', ref, pid, 'gone'}", m));
    EXPECT_FALSE(matches_message(&s, "return {'DOWN', pid}", m));
    m->name = strdup("worker");
    EXPECT_TRUE(matches_message(&s, "return {'DOWN', ref, 'worker'}", m));
    EXPECT_FALSE(matches_message(&s, "return {'DOWN', ref, pid}", m));
    neap_message_free(m);
    states_close(&s);
}

static struct neap_message *pack_message(struct states *s, enum neap_message_kind kind) {
    run(&s->from, "return 'add', {1}, 2");
    EXPECT_INT(
        neap_encode_pack(&s->scratch, s->from.L, &s->from.h, 1, 3, "argument #", 2, 999),
        0);
    lua_settop(s->from.L, 0);
    struct neap_message *m = neap_scratch_message(&s->scratch, kind);
    m->from = test_pid(17);
    m->ref = 5;
    return m;
}

TEST(a_call_matches_as_its_table) {
    struct states s;
    open_with_handles(&s);
    struct neap_message *m = pack_message(&s, NEAP_MESSAGE_CALL);

    EXPECT_TRUE(matches_message(&s, "return 'CALL'", m));
    EXPECT_TRUE(matches_message(&s, "return {'CALL', from, 'add', nil, 2}", m));
    EXPECT_FALSE(matches_message(&s, "return {'CALL', from, 'add', nil, 3}", m));
    EXPECT_FALSE(matches_message(&s, "return {'CALL', nil, nil, nil, nil, 2}", m));
    EXPECT_FALSE(matches_message(&s, "return {'CALL', pid}", m));
    neap_message_free(m);
    states_close(&s);
}

TEST(a_cast_matches_as_its_table) {
    struct states s;
    open_with_handles(&s);
    struct neap_message *m = pack_message(&s, NEAP_MESSAGE_CAST);

    EXPECT_TRUE(matches_message(&s, "return {'CAST', 'add', nil, 2}", m));
    EXPECT_FALSE(matches_message(&s, "return {'CALL'}", m));
    neap_message_free(m);
    states_close(&s);
}

static void expect_misuse(const char *pattern, const char *want) {
    struct states s;
    struct neap_pattern p;
    neap_pattern_init(&p);
    states_open(&s);
    neap_handle_push_new_buffer(s.from.L, &s.from.h, "x", 1);
    name_it(&s.from, "buffer");
    run(&s.from, pattern);
    EXPECT_INT(neap_pattern_set(&p, &s.scratch, s.from.L, &s.from.h, -1), NEAP_EINVALID);
    EXPECT_STR(s.scratch.error, want);
    EXPECT_INT(lua_gettop(s.from.L), 1);
    neap_pattern_fini(&p);
    states_close(&s);
}

TEST(what_can_never_match_is_misuse) {
    expect_misuse("return {'a', {}}",
                  "match[2] is a table, which equals no part of a message");
    expect_misuse("return {0/0}", "match[1] is NaN, which equals nothing");
    expect_misuse("return {buffer}",
                  "match[1] is a buffer, which equals no part of a message");
    expect_misuse("return {print}", "match[1] is a function");
    expect_misuse("return {kind = 'a'}",
                  "match.kind is not a position: a prefix is a list");
    expect_misuse("return {[0] = 'a'}", "match[0] is not a position: a prefix is a list");
    expect_misuse("return {[1.5] = 'a'}",
                  "match[1.5] is not a position: a prefix is a list");
}

TEST(a_pattern_keeps_what_it_was_when_it_is_not_replaced) {
    struct states s;
    struct neap_pattern p;
    neap_pattern_init(&p);
    open_with_handles(&s);
    run(&s.from, "return 'CALL', {print}");
    EXPECT_INT(neap_pattern_set(&p, &s.scratch, s.from.L, &s.from.h, 1), 0);
    EXPECT_INT(neap_pattern_set(&p, &s.scratch, s.from.L, &s.from.h, 2), NEAP_EINVALID);
    lua_settop(s.from.L, 0);
    struct neap_message *m = pack_message(&s, NEAP_MESSAGE_CALL);

    EXPECT_TRUE(neap_pattern_matches(&p, m));

    neap_message_free(m);
    neap_pattern_fini(&p);
    states_close(&s);
}
