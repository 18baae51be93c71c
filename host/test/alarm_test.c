#include "core/alarm.h"

#include "test/fake.h"

static struct neap_message *tick(void) {
    return neap_message_new(NEAP_MESSAGE_TIMER, "tick", 4, NULL, 0);
}

static uint64_t start(struct neap_process *maker, unsigned ms, struct neap_process *to) {
    return neap_alarm_start(maker, fake.clock.now + ms * NEAP_MS, to->pid, NULL, tick());
}

TEST(TMR_01_an_alarm_arrives_once_and_not_before_its_time) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    start(a, 10, b);

    fake_pass(node, 9);
    EXPECT_STR(fake_next(b), "");
    fake_pass(node, 1);

    EXPECT_STR(fake_next(b), "tick");
    fake_pass(node, 100);
    EXPECT_STR(fake_next(b), "");
    EXPECT_INT(a->timers.count, 0);
    fake_free(node);
}

TEST(TMR_02_cancel_tells_the_time_left) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    uint64_t id = start(a, 10, a);
    neap_time left;
    fake_pass(node, 4);

    EXPECT_TRUE(neap_alarm_cancel(a, id, &left));

    EXPECT_U64(left, 6 * NEAP_MS);
    fake_pass(node, 100);
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(TMR_03_cancel_twice_or_after_firing_is_false) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    uint64_t cancelled = start(a, 10, a);
    uint64_t fired = start(a, 1, a);
    neap_time left;
    fake_pass(node, 1);

    EXPECT_TRUE(neap_alarm_cancel(a, cancelled, &left));
    EXPECT_FALSE(neap_alarm_cancel(a, cancelled, &left));
    EXPECT_FALSE(neap_alarm_cancel(a, fired, &left));

    EXPECT_STR(fake_next(a), "tick");
    fake_free(node);
}

TEST(TMR_03_an_alarm_of_another_process_cannot_be_cancelled) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    uint64_t id = start(a, 10, a);
    neap_time left;

    EXPECT_FALSE(neap_alarm_cancel(b, id, &left));

    fake_free(node);
}

TEST(TMR_04_an_alarm_to_the_dead_is_dropped) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    start(a, 10, b);
    fake_end_with(b, NEAP_REASON_NORMAL);
    struct neap_process *successor = fake_idler(node);

    fake_pass(node, 10);

    EXPECT_PTR(successor, b);
    EXPECT_STR(fake_next(successor), "");
    fake_free(node);
}

TEST(TMR_06_an_alarm_ends_with_its_maker) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    start(a, 10, b);
    start(a, 20, b);
    struct neap_timers *timers = neap_worker_timers(a->worker);

    fake_end_with(a, NEAP_REASON_NORMAL);

    EXPECT_U64(neap_timers_next(timers), NEAP_FOREVER);
    fake_pass(node, 100);
    EXPECT_STR(fake_next(b), "");
    fake_free(node);
}

TEST(REG_09_a_name_is_resolved_when_the_alarm_fires) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid holder;
    neap_alarm_start(a, fake.clock.now + NEAP_MS, (struct neap_pid){ 0 }, "it", tick());
    neap_alarm_start(a, fake.clock.now + NEAP_MS, (struct neap_pid){ 0 }, "nobody", tick());
    EXPECT_INT(neap_register(node, "it", b->pid, &holder), 0);

    fake_pass(node, 1);

    EXPECT_STR(fake_next(b), "tick");
    EXPECT_STR(fake_next(b), "");
    fake_free(node);
}

TEST(NEAP_03_an_alarm_reaches_a_full_mailbox) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_narrow(node, 0, NEAP_POLICY_REJECT);
    start(p, 1, p);

    fake_pass(node, 1);

    EXPECT_STR(fake_next(p), "tick");
    fake_free(node);
}

TEST(alarms_of_one_maker_fire_in_the_order_of_their_times) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    static const char *const TEXTS[] = { "c", "a", "d", "b" };
    static const unsigned AT[] = { 3, 1, 4, 2 };
    for (int i = 0; i < 4; i++)
        neap_alarm_start(a, fake.clock.now + AT[i] * NEAP_MS, a->pid, NULL,
                         neap_message_new(NEAP_MESSAGE_TIMER, TEXTS[i], 1, NULL, 0));

    fake_pass(node, 10);

    EXPECT_STR(fake_next(a), "a");
    EXPECT_STR(fake_next(a), "b");
    EXPECT_STR(fake_next(a), "c");
    EXPECT_STR(fake_next(a), "d");
    fake_free(node);
}
