#include "core/monitor.h"

#include "core/link.h"

#include "test/fake.h"

TEST(MON_01_one_down_with_reference_pid_and_reason) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid was = b->pid;
    uint64_t ref = neap_monitor(a, was, NULL);

    fake_end(b, fake_reason("boom"));

    EXPECT_STR(fake_next(a), "DOWN boom");
    EXPECT_U64(fake.ref, ref);
    EXPECT_PID(fake.from, was);
    EXPECT_STR(fake_next(a), "");
    EXPECT_INT(a->monitors.count, 0);
    fake_free(node);
}

TEST(MON_02_the_dead_the_never_alive_and_the_foreign_are_noproc) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid dead = b->pid;
    struct neap_pid never = { .slot = 1u << 30, .generation = 1, .tag = a->pid.tag };
    struct neap_pid foreign = a->pid;
    foreign.tag++;
    fake_end_with(b, NEAP_REASON_NORMAL);

    neap_monitor(a, dead, NULL);
    neap_monitor(a, never, NULL);
    neap_monitor(a, foreign, NULL);

    for (int i = 0; i < 3; i++)
        EXPECT_STR(fake_next(a), "DOWN noproc");
    EXPECT_PID(fake.from, foreign);
    EXPECT_INT(a->monitors.count, 0);
    fake_free(node);
}

TEST(MON_03_two_monitors_are_two_references_and_two_downs) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);

    uint64_t first = neap_monitor(a, b->pid, NULL);
    uint64_t second = neap_monitor(a, b->pid, NULL);
    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_TRUE(first != second);
    EXPECT_STR(fake_next(a), "DOWN normal");
    EXPECT_STR(fake_next(a), "DOWN normal");
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(MON_04_the_watchers_end_does_not_touch_the_watched) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_monitor(a, b->pid, NULL);

    fake_end_with(a, NEAP_REASON_KILL);

    EXPECT_TRUE(fake_is_alive(node, b->pid));
    EXPECT_STR(fake_next(b), "");
    EXPECT_INT(b->watchers.count, 0);
    fake_free(node);
}

TEST(MON_05_normal_is_told_too) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_monitor(a, b->pid, NULL);

    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_STR(fake_next(a), "DOWN normal");
    fake_free(node);
}

TEST(MON_06_a_flush_removes_the_down_that_is_queued) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    uint64_t ref = neap_monitor(a, b->pid, NULL);
    uint64_t other = neap_monitor(a, b->pid, NULL);
    fake_end_with(b, NEAP_REASON_NORMAL);

    neap_demonitor(a, ref, true);

    EXPECT_STR(fake_next(a), "DOWN normal");
    EXPECT_U64(fake.ref, other);
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(MON_07_without_a_flush_the_down_stays) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    uint64_t ref = neap_monitor(a, b->pid, NULL);
    fake_end_with(b, NEAP_REASON_NORMAL);

    neap_demonitor(a, ref, false);

    EXPECT_STR(fake_next(a), "DOWN normal");
    fake_free(node);
}

TEST(MON_08_after_a_demonitor_there_is_no_down) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    uint64_t ref = neap_monitor(a, b->pid, NULL);

    neap_demonitor(a, ref, false);
    EXPECT_INT(b->watchers.count, 0);
    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(MON_09_a_link_and_a_monitor_are_an_exit_and_a_down) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);
    neap_monitor(a, b->pid, NULL);

    fake_end_with(b, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(a), "EXIT shutdown");
    EXPECT_STR(fake_next(a), "DOWN shutdown");
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

static enum neap_slice send_and_quit(struct fake_body *body, struct neap_process *self) {
    const struct neap_pid *to = body->context;
    for (int i = 0; i < 100; i++)
        EXPECT_INT(neap_send(self->node, self, *to, fake_text("last words")), 0);
    return NEAP_SLICE_EXITED;
}

TEST(MON_10_what_it_sent_arrives_before_its_down) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid to = a->pid;
    neap_monitor(a, b->pid, NULL);
    fake_body_of(b)->context = &to;

    fake_play(b, send_and_quit);

    for (int i = 0; i < 100; i++)
        EXPECT_STR(fake_next(a), "last words");
    EXPECT_STR(fake_next(a), "DOWN normal");
    fake_free(node);
}

static enum neap_slice take_the_name(struct fake_body *body, struct neap_process *self) {
    struct neap_pid holder;
    if (self->mailbox.urgent > 0 && body->context != NULL) {
        EXPECT_INT(neap_register(self->node, "it", self->pid, &holder), 0);
        body->context = NULL;
    }
    return fake_idle(body, self);
}

TEST(MON_11_the_name_is_free_when_the_down_arrives) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid holder;
    EXPECT_INT(neap_register(node, "it", b->pid, &holder), 0);
    neap_monitor(a, b->pid, NULL);
    fake_body_of(a)->script = take_the_name;
    fake_body_of(a)->context = a;

    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_PID(neap_registry_find(neap_node_registry(node), "it"), a->pid);
    fake_free(node);
}

TEST(MON_14_a_monitor_by_name_shows_the_name) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_monitor(a, b->pid, "it");
    neap_monitor(a, (struct neap_pid){ 0 }, "nobody");

    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_STR(fake_next(a), "DOWN noproc");
    EXPECT_STR(fake.name, "nobody");
    EXPECT_STR(fake_next(a), "DOWN normal");
    EXPECT_STR(fake.name, "it");
    fake_free(node);
}

TEST(a_monitor_of_oneself_is_nothing) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    uint64_t ref = neap_monitor(a, a->pid, NULL);
    neap_monitor(a, a->pid, NULL);

    neap_demonitor(a, ref, true);
    fake_end_with(a, NEAP_REASON_NORMAL);

    EXPECT_INT(fake.exits, 1);
    fake_free(node);
}

static struct neap_process *ending;
static struct neap_process *watcher;

static void monitor_meanwhile(struct fake_body *body) {
    (void)body;
    neap_monitor(watcher, ending->pid, NULL);
}

TEST(MON_02_a_monitor_of_a_process_that_is_ending_is_noproc) {
    struct neap_node *node = fake_node(2);
    watcher = fake_idler(node);
    ending = fake_idler(node);
    fake_body_of(ending)->on_discard = monitor_meanwhile;

    fake_end_with(ending, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(watcher), "DOWN noproc");
    EXPECT_STR(fake_next(watcher), "");
    fake_free(node);
}

static void demonitor_meanwhile(struct fake_body *body) {
    neap_demonitor(watcher, *(uint64_t *)body->context, false);
}

TEST(MON_08_a_demonitor_while_the_watched_ends_leaves_no_down) {
    struct neap_node *node = fake_node(2);
    watcher = fake_idler(node);
    ending = fake_idler(node);
    uint64_t ref = neap_monitor(watcher, ending->pid, NULL);
    fake_body_of(ending)->context = &ref;
    fake_body_of(ending)->on_discard = demonitor_meanwhile;

    fake_end_with(ending, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(watcher), "");
    fake_free(node);
}

TEST(a_down_does_not_reach_the_next_process_of_the_watchers_slot) {
    struct neap_node *node = fake_node(1);
    struct neap_process *b = fake_idler(node);
    struct neap_process *a = fake_idler(node);
    neap_monitor(a, b->pid, NULL);
    fake_end_with(a, NEAP_REASON_NORMAL);
    struct neap_process *successor = fake_idler(node);
    EXPECT_PTR(successor, a);

    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_STR(fake_next(successor), "");
    fake_free(node);
}
