#include "core/mail.h"

#include "test/fake.h"

static bool starts_with(const struct neap_message *m, const void *context) {
    return m->size > 0 && m->payload[0] == *(const uint8_t *)context;
}

static void fill(struct neap_process *to, const char *text) {
    EXPECT_INT(neap_send(to->node, NULL, to->pid, fake_text(text)), 0);
}

static void expect_taken(struct neap_message *m, const char *text) {
    EXPECT_TRUE(m != NULL);
    EXPECT_BYTES(m->payload, m->size, text, strlen(text));
    neap_message_free(m);
}

TEST(MSG_06_a_selective_take_leaves_the_rest_in_order) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    fill(p, "a1");
    fill(p, "b1");
    fill(p, "a2");

    expect_taken(neap_mail_take(p, starts_with, "b"), "b1");

    EXPECT_STR(fake_next(p), "a1");
    EXPECT_STR(fake_next(p), "a2");
    fake_free(node);
}

TEST(MSG_09_what_was_passed_over_is_seen_until_the_rewind) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    fill(p, "a1");
    EXPECT_NULL(neap_mail_take(p, starts_with, "b"));
    fill(p, "b1");

    EXPECT_NULL(neap_mail_take(p, starts_with, "a"));
    neap_mail_rewind(p);

    expect_taken(neap_mail_take(p, starts_with, "a"), "a1");
    fake_free(node);
}

TEST(look_lends_each_message_and_take_seen_gives_it) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    fill(p, "a");
    fill(p, "b");

    neap_mail_rewind(p);
    neap_mail_look(p);
    struct neap_message *second = neap_mail_look(p);
    EXPECT_NULL(neap_mail_look(p));
    neap_mail_take_seen(p, second);

    expect_taken(second, "b");
    EXPECT_STR(fake_next(p), "a");
    fake_free(node);
}

TEST(NEAP_01_taking_a_message_lets_in_a_sender_that_waits_for_room) {
    struct neap_node *node = fake_node(1);
    struct neap_process *from = fake_idler(node);
    struct neap_process *p = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    fill(p, "a");
    EXPECT_INT(neap_send(node, from, p->pid, fake_text("b")), NEAP_EWAIT);

    neap_mail_rewind(p);
    struct neap_message *m = neap_mail_look(p);
    neap_mail_take_seen(p, m);

    expect_taken(m, "a");
    EXPECT_INT(neap_send_result(from), 0);
    EXPECT_STR(fake_next(p), "b");
    fake_free(node);
}
