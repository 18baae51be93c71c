#include "core/process.h"

#include "core/link.h"
#include "core/monitor.h"

#include "test/fake.h"

struct waiter { /* waits again and again, with these deadlines */
    neap_time deadlines[4];
    int slices;
    bool late;
};

static enum neap_slice wait_until(struct fake_body *body, struct neap_process *self) {
    struct waiter *w = body->context;
    w->late = neap_process_is_late(self);
    neap_process_wait(self, NEAP_EVENT_MAIL, w->deadlines[w->slices++]);
    return NEAP_SLICE_WAITING;
}

static struct neap_process *start_waiter(struct neap_node *node, struct waiter *w) {
    struct neap_spawn_options options = fake_options(NULL);
    ((struct fake_body *)(void *)options.body)->script = wait_until;
    ((struct fake_body *)(void *)options.body)->context = w;
    struct neap_process *p = fake_spawn(node, &options);
    fake_run(node);
    return p;
}

static void poke(struct neap_process *p) {
    EXPECT_INT(neap_send(p->node, NULL, p->pid, fake_text("poke")), 0);
    fake_run(p->node);
}

static neap_time in(unsigned ms) {
    return fake.clock.now + ms * NEAP_MS;
}

TEST(TMR_01_a_deadline_wakes_once_and_not_before_its_time) {
    struct neap_node *node = fake_node(1);
    struct waiter w = { .deadlines = { in(10), NEAP_FOREVER } };
    start_waiter(node, &w);

    fake_pass(node, 9);
    EXPECT_INT(w.slices, 1);
    fake_pass(node, 1);

    EXPECT_INT(w.slices, 2);
    EXPECT_TRUE(w.late);
    fake_pass(node, 100);
    EXPECT_INT(w.slices, 2);
    fake_free(node);
}

TEST(a_later_deadline_takes_the_place_of_an_earlier_one) {
    struct neap_node *node = fake_node(1);
    struct waiter w = { .deadlines = { in(10), in(20), NEAP_FOREVER } };
    struct neap_process *p = start_waiter(node, &w);
    poke(p);

    fake_pass(node, 15);
    EXPECT_INT(w.slices, 2);
    fake_pass(node, 5);

    EXPECT_INT(w.slices, 3);
    fake_free(node);
}

TEST(an_earlier_deadline_takes_the_place_of_a_later_one) {
    struct neap_node *node = fake_node(1);
    struct waiter w = { .deadlines = { in(20), in(10), NEAP_FOREVER } };
    struct neap_process *p = start_waiter(node, &w);
    poke(p);

    fake_pass(node, 10);

    EXPECT_INT(w.slices, 3);
    fake_pass(node, 100);
    EXPECT_INT(w.slices, 3);
    fake_free(node);
}

TEST(a_wait_without_a_deadline_forgets_the_former_one) {
    struct neap_node *node = fake_node(1);
    struct waiter w = { .deadlines = { in(10), NEAP_FOREVER } };
    struct neap_process *p = start_waiter(node, &w);
    poke(p);

    fake_pass(node, 100);

    EXPECT_INT(w.slices, 2);
    fake_free(node);
}

TEST(a_deadline_that_has_passed_already_wakes_at_once) {
    struct neap_node *node = fake_node(1);
    struct waiter w = { .deadlines = { in(0), NEAP_FOREVER } };

    start_waiter(node, &w);

    EXPECT_INT(w.slices, 2);
    fake_free(node);
}

static enum neap_slice wait_for_a_reply(struct fake_body *body, struct neap_process *self) {
    (void)body;
    return fake_wait(self, NEAP_EVENT_REPLY);
}

TEST(an_event_that_is_not_waited_for_does_not_wake) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    fake_play(p, wait_for_a_reply);
    uint64_t turns = atomic_load(&p->turns);

    poke(p);
    EXPECT_U64(atomic_load(&p->turns), turns);
    neap_exit_kill(node, p->pid);
    fake_run(node);

    EXPECT_FALSE(fake_is_alive(node, p->pid));
    fake_free(node);
}

static enum neap_slice poke_oneself(struct fake_body *body, struct neap_process *self) {
    body->script = fake_idle;
    EXPECT_INT(neap_send(self->node, self, self->pid, fake_text("poke")), 0);
    return fake_wait(self, NEAP_EVENT_MAIL);
}

TEST(an_event_rouses_a_process_that_waits_for_it_and_no_other) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_pid pid = p->pid;
    fake_body_of(p)->script = fake_quit;

    neap_process_rouse(node, pid, NEAP_EVENT_CODE);
    fake_run(node);
    EXPECT_TRUE(fake_is_alive(node, pid));

    neap_process_rouse(node, pid, NEAP_EVENT_MAIL);
    fake_run(node);
    EXPECT_FALSE(fake_is_alive(node, pid));
    neap_process_rouse(node, pid, NEAP_EVENT_MAIL);
    fake_free(node);
}

TEST(an_event_during_the_slice_wakes_a_process_that_then_waits) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    uint64_t turns = atomic_load(&p->turns);

    fake_play(p, poke_oneself);

    EXPECT_U64(atomic_load(&p->turns), turns + 2);
    fake_free(node);
}

static enum neap_slice take_all_mail(struct fake_body *body, struct neap_process *self) {
    (void)body;
    struct neap_message *m;
    neap_mail_rewind(self);
    while ((m = neap_mail_take(self, NULL, NULL)) != NULL)
        neap_message_free(m);
    return fake_wait(self, NEAP_EVENT_MAIL);
}

TEST(many_events_before_its_slice_are_one_slice) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    fake_play(p, take_all_mail);
    uint64_t turns = atomic_load(&p->turns);

    for (int i = 0; i < 5; i++)
        EXPECT_INT(neap_send(node, NULL, p->pid, fake_text("poke")), 0);
    fake_run(node);

    EXPECT_U64(atomic_load(&p->turns), turns + 1);
    fake_free(node);
}

TEST(handles_are_links_monitors_names_and_children_together) {
    struct neap_node *node = fake_node(1);
    struct neap_process *other = fake_idler(node);
    struct neap_spawn_options options = fake_options(NULL);
    options.limits.handles = 4;
    struct neap_process *p = fake_spawn(node, &options);
    struct neap_pid holder;
    uint64_t held;
    neap_link(p, other->pid);
    neap_monitor(p, other->pid, NULL);
    EXPECT_INT(neap_register(node, "it", p->pid, &holder), 0);
    EXPECT_INT(neap_process_check_handles(p, &held), 0);

    options = fake_options(p);
    fake_spawn(node, &options);

    EXPECT_INT(neap_process_check_handles(p, &held), NEAP_ELIMIT);
    EXPECT_U64(held, 4);
    fake_free(node);
}

TEST(inspect_shows_what_a_process_is_and_holds) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_trapper(node);
    struct neap_process_info info;
    poke(p);
    neap_process_set_module(p, "shop.cart");
    neap_monitor(p, p->pid, NULL);

    EXPECT_TRUE(neap_process_inspect(node, p->pid, &info));

    EXPECT_PID(info.pid, p->pid);
    EXPECT_INT(info.state, NEAP_PROCESS_PARKED);
    EXPECT_U64(info.mail, 1);
    EXPECT_INT(info.monitors, 1);
    EXPECT_TRUE(info.trap_exit);
    EXPECT_STR(info.module, "shop.cart");
    EXPECT_STR(info.name, "");
    fake_free(node);
}
