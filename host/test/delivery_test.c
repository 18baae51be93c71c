#include "vm/delivery.h"

#include "test/test.h"
#include "test/two_states.h"
#include "vm/exit_reason.h"

/* Pushes `m` as the receiver's global `got`; takes it. */
static void receive(struct states *s, struct neap_message *m) {
    EXPECT_INT(neap_push_message(s->to.L, &s->to.h, m), 1);
    EXPECT_INT(lua_gettop(s->to.L), 1);
    name_it(&s->to, "got");
    neap_message_free(m);
    run(&s->to,
        "function show() local texts = {} for i = 1, 6 do texts[i] = tostring(got[i]) end"
        " return table.concat(texts, ' ') end");
    lua_settop(s->to.L, 0);
}

static struct neap_message *pack_message(struct states *s, enum neap_message_kind kind) {
    run(&s->from, "local t = {} return 'add', nil, t, t");
    EXPECT_INT(
        neap_encode_pack(&s->scratch, s->from.L, &s->from.h, 1, 4, "argument #", 2, 999),
        0);
    struct neap_message *m = neap_scratch_message(&s->scratch, kind);
    m->from = test_pid(17);
    m->ref = 5;
    return m;
}

TEST(a_value_is_pushed_as_it_is) {
    struct states s;
    states_open(&s);
    lua_pushboolean(s.from.L, 0);
    EXPECT_INT(encode_top(&s), 0);

    receive(&s, neap_scratch_message(&s.scratch, NEAP_MESSAGE_TIMER));

    expect_run(&s.to, "return got", "false");
    states_close(&s);
}

TEST(signals_are_tables) {
    struct states s;
    states_open(&s);
    receive(&s, neap_message_signal(NEAP_MESSAGE_EXIT, test_pid(17),
                                    neap_reason_of(NEAP_REASON_KILLED)));
    expect_run(&s.to, "return show()", "EXIT 17.3 killed nil nil nil");

    receive(&s, neap_message_signal(NEAP_MESSAGE_EXIT, (struct neap_pid){ 0 },
                                    neap_reason_of(NEAP_REASON_SHUTDOWN)));
    expect_run(&s.to, "return show()", "EXIT nil shutdown nil nil nil");

    struct neap_reason reason = neap_reason_string("gone", 4);
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_DOWN, test_pid(17), reason);
    neap_reason_unref(reason);
    m->ref = 5;
    receive(&s, m);
    expect_run(&s.to, "return show()", "DOWN ref 5 17.3 gone nil nil");
    states_close(&s);
}

TEST(a_down_of_a_name_tells_the_name) {
    struct states s;
    states_open(&s);
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_DOWN, test_pid(17),
                                                 neap_reason_of(NEAP_REASON_NOPROC));
    m->ref = 5;
    m->name = strdup("worker");

    receive(&s, m);

    expect_run(&s.to, "return show()", "DOWN ref 5 worker noproc nil nil");
    states_close(&s);
}

TEST(calls_and_casts_are_tables_with_their_arguments) {
    struct states s;
    states_open(&s);
    receive(&s, pack_message(&s, NEAP_MESSAGE_CALL));
    expect_run(&s.to, "return got[1] .. tostring(got[2]) .. got[3] .. tostring(got[4])",
               "CALLfrom 17.3addnil");
    expect_run(&s.to, "return got[5] == got[6] and type(got[5])", "table");

    lua_settop(s.from.L, 0);
    receive(&s, pack_message(&s, NEAP_MESSAGE_CAST));
    expect_run(&s.to, "return got[1] .. got[2] .. tostring(got[3]) .. type(got[5])",
               "CASTaddniltable");
    states_close(&s);
}
