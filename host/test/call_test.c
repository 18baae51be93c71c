#include "core/call.h"

#include "test/fake.h"

/* The one-shot reply references that stand for OTP's aliases: CALL-01 to CALL-03. */

static struct neap_message *reply_of(const char *text) {
    return neap_message_new(NEAP_MESSAGE_REPLY, text, strlen(text), NULL, 0);
}

static void reply(struct neap_process *caller, uint64_t ref, const char *text) {
    neap_reply(caller->node, caller->pid, ref, reply_of(text));
}

static void expect_reply(struct neap_process *caller, const char *text) {
    struct neap_call_result result;
    EXPECT_INT(neap_call_result(caller, &result), 0);
    EXPECT_TRUE(result.reply != NULL);
    EXPECT_BYTES(result.reply->payload, result.reply->size, text, strlen(text));
    neap_message_free(result.reply);
}

static void expect_failed(struct neap_process *caller, const char *reason) {
    struct neap_call_result result;
    char text[32];
    EXPECT_INT(neap_call_result(caller, &result), 0);
    EXPECT_NULL(result.reply);
    EXPECT_STR(fake_reason_text(result.reason, text), reason);
    neap_reason_unref(result.reason);
}

static void expect_open(struct neap_process *caller) {
    struct neap_call_result result;
    EXPECT_INT(neap_call_result(caller, &result), NEAP_EWAIT);
}

TEST(CALL_04_a_reply_reaches_the_caller) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);
    expect_open(caller);

    reply(caller, ref, "42");

    expect_reply(caller, "42");
    EXPECT_INT(callee->watchers.count, 0);
    fake_free(node);
}

TEST(CALL_01_the_first_reply_passes_and_later_ones_are_dropped) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);

    reply(caller, ref, "first");
    reply(caller, ref, "second");

    expect_reply(caller, "first");
    reply(caller, ref, "third");
    EXPECT_STR(fake_next(caller), "");
    EXPECT_U64(neap_call_open(caller, callee->pid) == ref, 0);
    expect_open(caller);
    fake_free(node);
}

TEST(CALL_02_a_reply_to_a_closed_call_is_dropped) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);

    neap_call_close(caller);
    reply(caller, ref, "late");

    EXPECT_TRUE(neap_call_open(caller, callee->pid) != 0);
    expect_open(caller);
    EXPECT_STR(fake_next(caller), "");
    fake_free(node);
}

TEST(CALL_03_closing_frees_a_reply_that_was_there_and_touches_no_mail) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);
    EXPECT_INT(neap_send(node, callee, caller->pid, fake_text("mail")), 0);
    reply(caller, ref, "unread");

    neap_call_close(caller);

    EXPECT_STR(fake_next(caller), "mail");
    EXPECT_STR(fake_next(caller), "");
    fake_free(node);
}

TEST(CALL_06_a_late_reply_does_not_answer_the_next_call) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t first = neap_call_open(caller, callee->pid);
    neap_call_close(caller);
    uint64_t second = neap_call_open(caller, callee->pid);

    reply(caller, first, "of the first");
    reply(caller, second, "of the second");

    expect_reply(caller, "of the second");
    fake_free(node);
}

TEST(CALL_07_a_call_to_the_dead_is_not_opened) {
    struct neap_node *node = fake_node(1);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *dead = fake_idler(node);
    struct neap_pid was = dead->pid;
    fake_end_with(dead, NEAP_REASON_NORMAL);

    EXPECT_U64(neap_call_open(caller, was), 0);

    expect_open(caller); /* that is: nothing is there */
    EXPECT_U64(caller->call.ref, 0);
    fake_free(node);
}

TEST(CALL_08_the_callees_end_fails_the_call_with_its_reason) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    EXPECT_TRUE(neap_call_open(caller, callee->pid) != 0);

    fake_end(callee, fake_reason("boom"));

    expect_failed(caller, "boom");
    EXPECT_STR(fake_next(caller), "");
    fake_free(node);
}

TEST(CALL_09_a_normal_end_without_a_reply_fails_the_call) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    EXPECT_TRUE(neap_call_open(caller, callee->pid) != 0);

    fake_end_with(callee, NEAP_REASON_NORMAL);

    expect_failed(caller, "normal");
    fake_free(node);
}

TEST(CALL_10_a_kill_fails_the_call_with_killed) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    EXPECT_TRUE(neap_call_open(caller, callee->pid) != 0);

    neap_exit_kill(node, callee->pid);
    fake_run(node);

    expect_failed(caller, "killed");
    fake_free(node);
}

TEST(CALL_12_a_call_given_up_leaves_nothing_behind) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    EXPECT_TRUE(neap_call_open(caller, callee->pid) != 0);

    neap_call_close(caller);
    neap_call_close(caller);

    EXPECT_INT(callee->watchers.count, 0);
    EXPECT_INT(caller->monitors.count, 0);
    fake_end_with(callee, NEAP_REASON_SHUTDOWN);
    expect_open(caller);
    fake_free(node);
}

TEST(a_reply_wins_over_the_end_that_follows) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);

    reply(caller, ref, "last words");
    fake_end_with(callee, NEAP_REASON_SHUTDOWN);

    expect_reply(caller, "last words");
    expect_open(caller);
    fake_free(node);
}

TEST(the_end_wins_over_the_reply_that_follows) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);

    fake_end_with(callee, NEAP_REASON_SHUTDOWN);
    reply(caller, ref, "of a friend");

    expect_failed(caller, "shutdown");
    expect_open(caller);
    fake_free(node);
}

TEST(CALL_12_a_caller_that_ends_with_a_call_open_leaves_nothing) {
    struct neap_node *node = fake_node(1);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    struct neap_pid was = caller->pid;
    uint64_t ref = neap_call_open(caller, callee->pid);
    fake_end_with(caller, NEAP_REASON_NORMAL);
    struct neap_process *successor = fake_idler(node);
    EXPECT_PTR(successor, caller);

    neap_reply(node, was, ref, reply_of("late"));
    fake_end_with(callee, NEAP_REASON_SHUTDOWN);

    expect_open(successor);
    fake_free(node);
}

/* The callee ends after the call is open, while the caller ends: both undo it at once. */
static void end_callee(struct fake_body *body) {
    struct neap_process *callee = body->context;
    neap_process_set_reason(callee, fake_reason("boom"));
    neap_process_end(callee);
}

TEST(a_call_is_undone_once_when_both_sides_end_at_once) {
    struct neap_node *node = fake_node(1);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    EXPECT_TRUE(neap_call_open(caller, callee->pid) != 0);
    fake_body_of(caller)->context = callee;
    fake_body_of(caller)->on_discard = end_callee;

    fake_end_with(caller, NEAP_REASON_NORMAL);

    EXPECT_INT(fake.exits, 2);
    EXPECT_FALSE(caller->call.failed);
    fake_free(node);
}

TEST(a_settled_call_wakes_its_caller) {
    struct neap_node *node = fake_node(2);
    struct neap_process *caller = fake_idler(node);
    struct neap_process *callee = fake_idler(node);
    uint64_t ref = neap_call_open(caller, callee->pid);
    uint64_t turns = atomic_load(&caller->turns);

    reply(caller, ref, "42");
    fake_run(node);

    EXPECT_U64(atomic_load(&caller->turns), turns + 1);
    fake_free(node);
}
