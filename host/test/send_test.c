#include "core/send.h"

#include "test/fake.h"

/* A sender that is by hand: what it waits for is asked from outside its slice. */
static int send_text(struct neap_process *from, struct neap_process *to, const char *text) {
    return neap_send(to->node, from, to->pid, fake_text(text));
}

static void fill(struct neap_process *to, const char *text) {
    EXPECT_INT(neap_send(to->node, NULL, to->pid, fake_text(text)), 0);
}

TEST(MSG_01_two_messages_of_one_sender_keep_their_order) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);

    EXPECT_INT(send_text(a, b, "m1"), 0);
    EXPECT_INT(send_text(a, b, "m2"), 0);

    EXPECT_STR(fake_next(b), "m1");
    EXPECT_STR(fake_next(b), "m2");
    fake_free(node);
}

TEST(MSG_03_messages_and_signals_of_one_sender_keep_their_order) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_trapper(node);

    EXPECT_INT(send_text(a, b, "m1"), 0);
    neap_exit_signal(node, a->pid, b->pid, neap_reason_of(NEAP_REASON_SHUTDOWN));
    EXPECT_INT(send_text(a, b, "m2"), 0);

    EXPECT_STR(fake_next(b), "m1");
    EXPECT_STR(fake_next(b), "EXIT shutdown");
    EXPECT_STR(fake_next(b), "m2");
    fake_free(node);
}

TEST(MSG_04_a_message_to_the_dead_is_dropped) {
    struct neap_node *node = fake_node(1);
    struct neap_process *dead = fake_idler(node);
    struct neap_pid was = dead->pid;
    fake_end_with(dead, NEAP_REASON_NORMAL);
    struct neap_process *successor = fake_idler(node);

    EXPECT_INT(neap_send(node, NULL, was, fake_text("late")), 0);
    EXPECT_INT(neap_send(node, NULL, (struct neap_pid){ 0 }, fake_text("none")), 0);

    EXPECT_STR(fake_next(successor), "");
    fake_free(node);
}

TEST(a_pid_of_another_node_names_nothing_here) {
    struct neap_node *node = fake_node(1);
    struct neap_node *other = fake_node(1);
    struct neap_process *here = fake_idler(node);
    struct neap_process *there = fake_idler(other);
    EXPECT_INT(here->pid.slot, there->pid.slot);

    EXPECT_INT(neap_send(node, NULL, there->pid, fake_text("lost")), 0);

    EXPECT_STR(fake_next(here), "");
    EXPECT_STR(fake_next(there), "");
    neap_node_free(other);
    fake_free(node);
}

TEST(NEAP_02_reject_tells_the_sender_at_once) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_REJECT);
    fill(b, "first");

    EXPECT_INT(send_text(a, b, "second"), NEAP_EFULL);

    EXPECT_STR(fake_next(b), "first");
    EXPECT_STR(fake_next(b), "");
    EXPECT_U64(b->mailbox.refused, 1);
    fake_free(node);
}

TEST(NEAP_01_block_makes_the_sender_wait_until_there_is_room) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(b, "first");

    EXPECT_INT(send_text(a, b, "second"), NEAP_EWAIT);
    EXPECT_INT(neap_send_result(a), NEAP_EWAIT);
    EXPECT_STR(fake_next(b), "first");

    EXPECT_INT(neap_send_result(a), 0);
    EXPECT_STR(fake_next(b), "second");
    fake_free(node);
}

TEST(NEAP_01_a_sender_that_gave_up_is_told_full) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(b, "first");
    EXPECT_INT(send_text(a, b, "second"), NEAP_EWAIT);

    EXPECT_INT(neap_send_cancel(a), NEAP_EFULL);

    EXPECT_STR(fake_next(b), "first");
    EXPECT_STR(fake_next(b), "");
    fake_free(node);
}

TEST(NEAP_01_giving_up_after_the_delivery_is_a_success) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(b, "first");
    EXPECT_INT(send_text(a, b, "second"), NEAP_EWAIT);
    EXPECT_STR(fake_next(b), "first");

    EXPECT_INT(neap_send_cancel(a), 0);
    EXPECT_INT(neap_send_cancel(a), 0);

    EXPECT_STR(fake_next(b), "second");
    fake_free(node);
}

static enum neap_slice await_room(struct fake_body *body, struct neap_process *self) {
    if (body->context != NULL && neap_send_result(self) == NEAP_EWAIT)
        return fake_wait(self, NEAP_EVENT_ROOM);
    body->context = NULL;
    return fake_idle(body, self);
}

TEST(NEAP_01_the_waiting_sender_is_woken_and_nobody_else_is_held_up) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *other = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(b, "first");
    EXPECT_INT(send_text(a, b, "second"), NEAP_EWAIT);
    fake_body_of(a)->context = a;
    fake_play(a, await_room);
    uint64_t turns = atomic_load(&other->turns);

    fill(other, "hello");
    fake_run(node);
    EXPECT_U64(atomic_load(&other->turns), turns + 1);
    EXPECT_TRUE(fake_body_of(a)->context != NULL);
    EXPECT_STR(fake_next(b), "first");
    fake_run(node);

    EXPECT_NULL(fake_body_of(a)->context);
    fake_free(node);
}

TEST(MSG_14_ones_own_full_mailbox_is_full_at_once) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(a, "first");

    EXPECT_INT(send_text(a, a, "second"), NEAP_EFULL);

    fake_free(node);
}

TEST(MSG_14_what_could_never_fit_is_full_at_once) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 0, NEAP_POLICY_BLOCK);

    EXPECT_INT(send_text(a, b, "never"), NEAP_EFULL);

    fake_free(node);
}

TEST(who_is_no_process_does_not_wait) {
    struct neap_node *node = fake_node(1);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(b, "first");

    EXPECT_INT(neap_send(node, NULL, b->pid, fake_text("second")), NEAP_EFULL);

    fake_free(node);
}

TEST(NEAP_03_signals_and_timers_reach_a_full_mailbox_past_waiting_senders) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    neap_process_trap_exit(b, true);
    fill(b, "first");
    EXPECT_INT(send_text(a, b, "second"), NEAP_EWAIT);

    neap_exit_signal(node, a->pid, b->pid, neap_reason_of(NEAP_REASON_SHUTDOWN));
    struct neap_message *m = neap_message_new(NEAP_MESSAGE_TIMER, "tick", 4, NULL, 0);
    EXPECT_INT(neap_send(node, NULL, b->pid, m), 0);

    EXPECT_STR(fake_next(b), "first");
    EXPECT_STR(fake_next(b), "EXIT shutdown");
    EXPECT_STR(fake_next(b), "tick");
    EXPECT_STR(fake_next(b), "second");
    fake_free(node);
}

TEST(waiting_senders_are_served_in_the_order_they_came) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_process *to = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(to, "first");
    EXPECT_INT(send_text(a, to, "second"), NEAP_EWAIT);
    EXPECT_INT(send_text(b, to, "third"), NEAP_EWAIT);

    EXPECT_STR(fake_next(to), "first");
    EXPECT_STR(fake_next(to), "second");
    EXPECT_STR(fake_next(to), "third");

    fake_free(node);
}

/* Room for bytes, not for many messages, so that one is large and the others small. */
static struct neap_process *box_of_bytes(struct neap_node *node, size_t bytes) {
    struct neap_spawn_options options = fake_options(NULL);
    options.limits.mailbox_bytes = bytes;
    struct neap_process *p = fake_spawn(node, &options);
    fake_run(node);
    return p;
}

static struct neap_message *of_cost(size_t cost) {
    static char zeros[8192];
    return neap_message_new(NEAP_MESSAGE_VALUE, zeros, cost - sizeof(struct neap_message),
                            NULL, 0);
}

TEST(a_small_message_does_not_overtake_a_large_one_that_waits) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_process *to = box_of_bytes(node, 2000);
    EXPECT_INT(neap_send(node, NULL, to->pid, of_cost(1000)), 0);

    EXPECT_INT(neap_send(node, a, to->pid, of_cost(1500)), NEAP_EWAIT);

    EXPECT_INT(neap_send(node, b, to->pid, of_cost(500)), NEAP_EWAIT);
    fake_free(node);
}

TEST(who_waits_behind_a_sender_that_gives_up_gets_the_room_there_is) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_process *to = box_of_bytes(node, 2000);
    EXPECT_INT(neap_send(node, NULL, to->pid, of_cost(1000)), 0);
    EXPECT_INT(neap_send(node, a, to->pid, of_cost(1500)), NEAP_EWAIT);
    EXPECT_INT(neap_send(node, b, to->pid, of_cost(500)), NEAP_EWAIT);

    EXPECT_INT(neap_send_cancel(a), NEAP_EFULL);

    EXPECT_INT(neap_send_result(b), 0);
    EXPECT_U64(to->mailbox.count, 2);
    fake_free(node);
}

TEST(who_waits_behind_a_sender_that_is_killed_gets_the_room_there_is) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_process *to = box_of_bytes(node, 2000);
    EXPECT_INT(neap_send(node, NULL, to->pid, of_cost(1000)), 0);
    EXPECT_INT(neap_send(node, a, to->pid, of_cost(1500)), NEAP_EWAIT);
    EXPECT_INT(neap_send(node, b, to->pid, of_cost(500)), NEAP_EWAIT);

    neap_exit_kill(node, a->pid);
    fake_run(node);

    EXPECT_INT(neap_send_result(b), 0);
    fake_free(node);
}

TEST(room_for_many_lets_in_more_than_one_batch_of_senders) {
    enum { SENDERS = NEAP_ADMIT_BATCH * 2 + 3 };
    struct neap_node *node = fake_node(2);
    struct neap_process *senders[SENDERS];
    struct neap_process *to = box_of_bytes(node, 8000);
    EXPECT_INT(neap_send(node, NULL, to->pid, of_cost(7950)), 0);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = fake_idler(node);
        EXPECT_INT(neap_send(node, senders[i], to->pid, of_cost(200)), NEAP_EWAIT);
    }

    fake_next(to);

    for (int i = 0; i < SENDERS; i++)
        EXPECT_INT(neap_send_result(senders[i]), 0);
    EXPECT_U64(to->mailbox.count, SENDERS);
    fake_free(node);
}

TEST(senders_go_on_when_the_receiver_ends) {
    enum { SENDERS = NEAP_ADMIT_BATCH + 3 };
    struct neap_node *node = fake_node(2);
    struct neap_process *senders[SENDERS];
    struct neap_process *to = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(to, "first");
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = fake_idler(node);
        EXPECT_INT(send_text(senders[i], to, "more"), NEAP_EWAIT);
    }

    fake_end_with(to, NEAP_REASON_SHUTDOWN);

    for (int i = 0; i < SENDERS; i++)
        EXPECT_INT(neap_send_result(senders[i]), 0);
    fake_free(node);
}

static void give_up_meanwhile(struct fake_body *body) {
    EXPECT_INT(neap_send_cancel(body->context), NEAP_EFULL);
}

TEST(a_sender_may_give_up_while_the_receiver_ends) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_process *to = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(to, "first");
    EXPECT_INT(send_text(a, to, "second"), NEAP_EWAIT);
    EXPECT_INT(send_text(b, to, "third"), NEAP_EWAIT);
    fake_body_of(to)->context = a;
    fake_body_of(to)->on_discard = give_up_meanwhile;

    fake_end_with(to, NEAP_REASON_SHUTDOWN);

    EXPECT_INT(neap_send_result(b), 0);
    EXPECT_U64(to->mailbox.count, 0);
    fake_free(node);
}

static enum neap_slice wait_for_any(struct fake_body *body, struct neap_process *self) {
    (void)body;
    return fake_wait_any(self);
}

/* Until its next slice the mailbox is as it was. */
TEST(who_waits_for_any_mail_is_handed_it) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 1, NEAP_POLICY_REJECT);
    fake_play(b, wait_for_any);

    EXPECT_INT(send_text(a, b, "m1"), 0);
    EXPECT_U64(b->mailbox.count, 0);
    EXPECT_INT(send_text(a, b, "m2"), 0);
    EXPECT_INT(send_text(a, b, "m3"), NEAP_EFULL);

    EXPECT_STR(fake_next(b), "m1");
    EXPECT_STR(fake_next(b), "m2");
    EXPECT_STR(fake_next(b), "");
    fake_free(node);
}

TEST(what_never_fits_is_not_handed_over) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_narrow(node, 0, NEAP_POLICY_BLOCK);
    fake_play(b, wait_for_any);

    EXPECT_INT(send_text(a, b, "m1"), NEAP_EFULL);

    EXPECT_STR(fake_next(b), "");
    fake_free(node);
}

TEST(what_was_handed_over_is_freed_with_a_process_that_ends_first) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid pid = b->pid;
    fake_play(b, wait_for_any);

    EXPECT_INT(send_text(a, b, "never seen"), 0);
    neap_exit_kill(node, b->pid);
    fake_run(node);

    EXPECT_FALSE(fake_is_alive(node, pid));
    EXPECT_TRUE(b->handed == NULL);
    fake_free(node);
}

TEST(timers_of_others_can_not_fill_a_process) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    p->limits.mailbox_bytes = 1000;
    p->limits.handles = 0;

    for (int i = 0; i < 100; i++) {
        struct neap_message *m = fake_text("late");
        m->kind = NEAP_MESSAGE_TIMER;
        EXPECT_INT(neap_send(node, NULL, p->pid, m), 0);
    }

    EXPECT_TRUE(p->mailbox.urgent_bytes <= 1000 && p->mailbox.urgent > 0);
    EXPECT_U64(p->mailbox.refused + p->mailbox.urgent, 100);
    fake_free(node);
}
