#include "core/mailbox.h"

#include "base/error.h"

#include "test/test.h"

static struct neap_mailbox box;

static struct neap_message *message(enum neap_message_kind kind, size_t size) {
    static char bytes[256];
    return neap_message_new(kind, bytes, size, NULL, 0);
}

static struct neap_message *mail(size_t size) {
    return message(NEAP_MESSAGE_VALUE, size);
}

static struct neap_message *pushed(struct neap_message *m) {
    EXPECT_INT(neap_mailbox_push(&box, m), 0);
    return m;
}

TEST(push_refuses_a_message_past_the_number) {
    neap_mailbox_init(&box, 1, 10000);
    pushed(mail(1));
    struct neap_message *m = mail(1);

    EXPECT_INT(neap_mailbox_push(&box, m), NEAP_EFULL);

    EXPECT_U64(box.count, 1);
    neap_message_free(m);
    neap_mailbox_fini(&box);
}

TEST(push_refuses_a_message_past_the_bytes) {
    struct neap_message *first = mail(10);
    struct neap_message *second = mail(10);
    neap_mailbox_init(&box, 10, first->cost + second->cost - 1);
    pushed(first);

    EXPECT_INT(neap_mailbox_push(&box, second), NEAP_EFULL);

    EXPECT_U64(box.bytes, first->cost);
    neap_message_free(second);
    neap_mailbox_fini(&box);
}

TEST(push_takes_a_message_that_fills_the_box_exactly) {
    struct neap_message *m = mail(10);
    neap_mailbox_init(&box, 1, m->cost);

    EXPECT_INT(neap_mailbox_push(&box, m), 0);

    neap_mailbox_fini(&box);
}

TEST(a_message_larger_than_the_box_never_fits) {
    struct neap_message *m = mail(100);
    struct neap_message *signal = message(NEAP_MESSAGE_EXIT, 100);
    neap_mailbox_init(&box, 10, 50);

    EXPECT_TRUE(neap_mailbox_never_fits(&box, m));
    EXPECT_FALSE(neap_mailbox_never_fits(&box, signal));

    neap_message_free(m);
    neap_message_free(signal);
}

TEST(NEAP_03_signals_and_timers_enter_a_full_box_and_do_not_count) {
    neap_mailbox_init(&box, 0, 0);

    pushed(message(NEAP_MESSAGE_EXIT, 0));
    pushed(message(NEAP_MESSAGE_DOWN, 0));
    pushed(message(NEAP_MESSAGE_TIMER, 5));

    EXPECT_U64(box.urgent, 3);
    EXPECT_U64(box.count + box.bytes, 0);
    neap_mailbox_fini(&box);
}

TEST(next_gives_each_message_once_until_the_rewind) {
    neap_mailbox_init(&box, 10, 10000);
    struct neap_message *first = pushed(mail(1));
    struct neap_message *second = pushed(mail(2));

    EXPECT_PTR(neap_mailbox_next(&box), first);
    EXPECT_PTR(neap_mailbox_next(&box), second);
    EXPECT_NULL(neap_mailbox_next(&box));
    neap_mailbox_rewind(&box);
    EXPECT_PTR(neap_mailbox_next(&box), first);

    neap_mailbox_fini(&box);
}

TEST(next_sees_what_came_after_it_gave_null) {
    neap_mailbox_init(&box, 10, 10000);
    pushed(mail(1));
    neap_mailbox_next(&box);
    EXPECT_NULL(neap_mailbox_next(&box));

    struct neap_message *late = pushed(mail(2));

    EXPECT_PTR(neap_mailbox_next(&box), late);
    neap_mailbox_fini(&box);
}

TEST(MSG_06_take_from_the_middle_leaves_the_rest_in_order) {
    neap_mailbox_init(&box, 10, 10000);
    struct neap_message *first = pushed(mail(1));
    struct neap_message *second = pushed(mail(2));
    struct neap_message *third = pushed(mail(3));
    neap_mailbox_next(&box);
    neap_mailbox_next(&box);

    neap_mailbox_take(&box, second);

    EXPECT_PTR(neap_mailbox_next(&box), third);
    neap_mailbox_rewind(&box);
    EXPECT_PTR(neap_mailbox_next(&box), first);
    EXPECT_U64(box.count, 2);
    neap_message_free(second);
    neap_mailbox_fini(&box);
}

TEST(fini_leaves_an_empty_box) {
    neap_mailbox_init(&box, 10, 10000);
    pushed(mail(1));
    pushed(message(NEAP_MESSAGE_EXIT, 0));

    neap_mailbox_fini(&box);

    EXPECT_U64(box.count + box.bytes + box.urgent, 0);
    EXPECT_NULL(neap_mailbox_next(&box));
}
