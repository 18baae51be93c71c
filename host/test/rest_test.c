#include "core/rest.h"

#include "test/fake.h"

#define MS NEAP_MS

static unsigned rested; /* how often the last resting process went to rest */

static void count_rest(struct neap_body *body) {
    (void)body;
    rested++;
}

/* A process that rests where it can. */
static struct neap_process *resting(struct neap_node *node, fake_script script) {
    static const struct neap_body_ops OPS = { fake_run_body, fake_discard_body, count_rest };
    struct neap_spawn_options options = fake_options(NULL);
    options.body->ops = &OPS;
    ((struct fake_body *)(void *)options.body)->script = script;
    struct neap_process *p = fake_spawn(node, &options);
    rested = 0;
    fake_run(node);
    return p;
}

/* Lets `ms` pass; timers fire in between. */
static void pass(struct neap_node *node, neap_time ms) {
    for (neap_time i = 0; i < ms; i++) {
        fake.clock.now += MS;
        fake_run(node);
    }
}

static void wake(struct neap_node *node, struct neap_process *p) {
    neap_process_rouse(node, p->pid, NEAP_EVENT_ROOM);
    fake_run(node);
}

TEST(a_process_that_has_waited_long_goes_to_rest_once) {
    struct neap_node *node = fake_node(1);
    resting(node, fake_idle);

    pass(node, 1999);
    EXPECT_INT(rested, 0);
    pass(node, 50000);

    EXPECT_INT(rested, 1);
    fake_free(node);
}

TEST(a_process_that_runs_again_and_again_does_not) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = resting(node, fake_idle);

    for (int i = 0; i < 50; i++) {
        pass(node, 1500);
        wake(node, p);
    }

    EXPECT_INT(rested, 0);
    fake_free(node);
}

TEST(one_that_is_woken_every_ten_seconds_rests_twice_and_no_more) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = resting(node, fake_idle);

    for (int i = 0; i < 10; i++) {
        pass(node, 10000);
        wake(node, p);
    }

    EXPECT_INT(rested, 2); /* after 2 s, and after 8 */
    fake_free(node);
}

TEST(one_that_has_rested_long_may_soon_do_so_again) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = resting(node, fake_idle);
    pass(node, 5000);
    wake(node, p);
    pass(node, 20000); /* at rest from 8 s on */

    wake(node, p);
    pass(node, 2001);

    EXPECT_INT(rested, 3);
    fake_free(node);
}

static enum neap_slice wait_a_second(struct fake_body *body, struct neap_process *self) {
    (void)body;
    neap_process_wait(self, 0, fake.clock.now + 1000 * MS);
    return NEAP_SLICE_WAITING;
}

TEST(one_whose_time_comes_soon_does_not_rest) {
    struct neap_node *node = fake_node(1);
    resting(node, wait_a_second);

    pass(node, 6000);

    EXPECT_INT(rested, 0);
    fake_free(node);
}

static enum neap_slice wait_a_while(struct fake_body *body, struct neap_process *self) {
    (void)body;
    neap_process_wait(self, 0, fake.clock.now + 11000 * MS);
    return NEAP_SLICE_WAITING;
}

static enum neap_slice wait_long(struct fake_body *body, struct neap_process *self) {
    (void)body;
    neap_process_wait(self, 0, fake.clock.now + 13000 * MS);
    return NEAP_SLICE_WAITING;
}

TEST(one_whose_time_comes_soon_after_it_would_rest_does_not) {
    struct neap_node *node = fake_node(1);
    resting(node, wait_a_while);
    resting(node, wait_long);

    pass(node, 8000);

    EXPECT_INT(rested, 1);
    fake_free(node);
}

TEST(where_memory_is_short_it_rests_four_times_sooner) {
    struct neap_node *node = fake_node(1);
    resting(node, fake_idle);
    fake.is_short = true;

    pass(node, 499);
    EXPECT_INT(rested, 0);
    pass(node, 2);

    EXPECT_INT(rested, 1);
    fake_free(node);
}

TEST(those_that_wait_when_memory_becomes_short_rest_soon) {
    struct neap_node *node = fake_node(1);
    resting(node, fake_idle);
    pass(node, 1100);
    fake.is_short = true;

    pass(node, 450);

    EXPECT_INT(rested, 1);
    fake_free(node);
}

static enum neap_slice go_on(struct fake_body *body, struct neap_process *self) {
    (void)body;
    (void)self;
    return NEAP_SLICE_YIELDED;
}

/* One round in each millisecond: the worker is never idle. */
static void pass_busy(struct neap_node *node, neap_time ms) {
    for (neap_time i = 0; i < ms; i++) {
        fake.clock.now += MS;
        for (int n = 0; n < 5; n++)
            neap_worker_step(neap_node_worker(node, 0));
    }
}

TEST(while_the_worker_is_busy_none_rests_unless_memory_is_short) {
    struct neap_node *node = fake_node(1);
    resting(node, fake_idle);
    struct neap_spawn_options options = fake_options(NULL);
    ((struct fake_body *)(void *)options.body)->script = go_on;
    struct neap_process *busy = fake_spawn(node, &options);

    pass_busy(node, 10000);
    EXPECT_INT(rested, 0);
    fake.is_short = true;
    pass_busy(node, 2000);
    EXPECT_INT(rested, 1);

    neap_exit_kill(node, busy->pid);
    fake_free(node);
}

TEST(when_all_rest_no_timer_is_left) {
    struct neap_node *node = fake_node(1);
    for (int i = 0; i < 100; i++)
        resting(node, fake_idle);
    struct neap_timers *timers = neap_worker_timers(neap_node_worker(node, 0));

    EXPECT_TRUE(neap_timers_next(timers) != NEAP_FOREVER);
    pass(node, 3000);

    EXPECT_TRUE(neap_timers_next(timers) == NEAP_FOREVER);
    fake_free(node);
}

TEST(what_rests_or_waits_may_end) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = resting(node, fake_idle);
    pass(node, 2200);
    struct neap_process *b = resting(node, fake_idle);

    neap_exit_kill(node, a->pid);
    neap_exit_kill(node, b->pid);
    fake_run(node);
    pass(node, 3000);

    EXPECT_INT(fake_bodies, 0);
    fake_free(node);
}
