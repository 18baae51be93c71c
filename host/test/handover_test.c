/* Slices that go on without their worker: core/carrier.h. The bodies do what the signal handler
 * does, at places of their own. */
#include "core/carrier.h"

#include "core/alarm.h"
#include "core/spares.h"
#include "test/torture.h"

static _Atomic(bool) go_on;   /* for the bodies that wait for it */
static _Atomic(int) others;   /* bodies of the small kind that ran */
static _Atomic(int) detached; /* slices that were */

static struct neap_reason no_carrier(uint32_t used, uint32_t max) {
    EXPECT_U64(used, max);
    return fake_reason("carrier");
}

static _Atomic(int) discarded; /* processes that ended for want of a carrier */

static void note_end(void *context, struct neap_process *p, struct neap_reason reason) {
    char text[32];
    (void)context;
    (void)p;
    if (strcmp(fake_reason_text(reason, text), "carrier") == 0)
        atomic_fetch_add(&discarded, 1);
}

static struct neap_node *start_node(uint32_t workers, uint32_t spares) {
    memset(&fake, 0, sizeof fake);
    atomic_store(&fake_bodies, 0);
    atomic_store(&go_on, false);
    atomic_store(&others, 0);
    atomic_store(&detached, 0);
    atomic_store(&discarded, 0);
    struct neap_node_options options = { .workers = workers,
                                         .spares = spares,
                                         .log = { .fd = 2, .level = NEAP_LOG_ERROR },
                                         .exited = note_end,
                                         .over_carriers = no_carrier };
    options.clock = neap_clock_system();
    options.new_poller = fake_poller;
    struct neap_node *node = neap_node_new(&options);
    EXPECT_INT(neap_node_start(node), 0);
    return node;
}

static struct neap_spares_stats stats_of(struct neap_node *node) {
    struct neap_spares_stats stats;
    neap_spares_stats(neap_node_spares(node), &stats);
    return stats;
}

/* --- bodies ----------------------------------------------------------------------------- */

/* Computes until it is detached; false: nobody asked for it. */
static bool lose_worker(struct neap_process *self) {
    neap_time deadline = neap_node_now(self->node) + 5000 * NEAP_MS;
    while (!neap_carrier_detach(neap_carrier_current()))
        if (neap_node_now(self->node) > deadline)
            return false;
    atomic_fetch_add(&detached, 1);
    TORTURE_EXPECT(neap_worker_current() == NULL);
    return true;
}

static void get_worker(struct neap_process *self) {
    neap_carrier_attach(neap_carrier_current());
    TORTURE_EXPECT(neap_worker_current() == self->worker);
    TORTURE_EXPECT(neap_worker_carrier(self->worker) == neap_carrier_current());
}

static void await_signal(struct neap_process *self) {
    while (!atomic_load(&go_on) && !atomic_load(&self->doomed))
        usleep(100);
}

static enum neap_slice run_other(struct fake_body *body, struct neap_process *self) {
    (void)body;
    (void)self;
    atomic_fetch_add(&others, 1);
    return NEAP_SLICE_EXITED;
}

static enum neap_slice end_detached(struct fake_body *body, struct neap_process *self) {
    (void)body;
    TORTURE_EXPECT(lose_worker(self));
    await_signal(self);
    return NEAP_SLICE_EXITED;
}

static enum neap_slice end_attached(struct fake_body *body, struct neap_process *self) {
    (void)body;
    TORTURE_EXPECT(lose_worker(self));
    await_signal(self);
    get_worker(self);
    return NEAP_SLICE_EXITED;
}

static enum neap_slice yield_detached(struct fake_body *body, struct neap_process *self) {
    if (body->context != NULL)
        return NEAP_SLICE_EXITED;
    TORTURE_EXPECT(lose_worker(self));
    body->context = body;
    return NEAP_SLICE_YIELDED;
}

static enum neap_slice nap_attached(struct fake_body *body, struct neap_process *self) {
    if (body->context != NULL)
        return NEAP_SLICE_EXITED;
    body->context = body;
    TORTURE_EXPECT(lose_worker(self));
    get_worker(self);
    neap_process_wait(self, 0, neap_node_now(self->node) + 3 * NEAP_MS);
    return NEAP_SLICE_WAITING;
}

/* A compiled loop that nothing but its end ends. */
static enum neap_slice never_end(struct fake_body *body, struct neap_process *self) {
    (void)body;
    while (!atomic_load(&self->doomed))
        if (neap_carrier_detach(neap_carrier_current()))
            atomic_fetch_add(&detached, 1);
    return NEAP_SLICE_EXITED;
}

static void await(struct neap_node *node, _Atomic(int) *counter, int count) {
    neap_time deadline = neap_node_now(node) + 20000 * NEAP_MS;
    while (atomic_load(counter) < count && neap_node_now(node) < deadline)
        usleep(200);
    EXPECT_TRUE(atomic_load(counter) >= count);
}

/* --- one at a time ---------------------------------------------------------------------- */

static void check_others_run_beside(fake_script script) {
    struct neap_node *node = start_node(1, 0);
    torture_start(node, script, NULL);
    torture_start(node, run_other, NULL);

    await(node, &others, 1); /* while the first is still in its slice */
    await(node, &detached, 1);
    atomic_store(&go_on, true);

    fake_await_quiet(node);
    EXPECT_U64(stats_of(node).handovers, 1);
    torture_end(node);
}

TEST(A14_others_run_while_a_slice_goes_on_without_its_worker) {
    check_others_run_beside(end_detached);
}

TEST(A14_a_slice_gets_its_worker_back_before_it_touches_it) {
    check_others_run_beside(end_attached);
}

static void check_ends(fake_script script) {
    struct neap_node *node = start_node(1, 0);
    torture_start(node, script, NULL);
    torture_start(node, run_other, NULL);

    torture_end(node);

    EXPECT_INT(atomic_load(&detached), 1);
}

TEST(A14_a_slice_that_yields_without_its_worker_goes_on_later) {
    check_ends(yield_detached);
}

TEST(A14_a_slice_waits_with_a_deadline_once_it_has_its_worker) {
    check_ends(nap_attached);
}

TEST(A14_a_slice_keeps_its_worker_for_a_while_if_nobody_waits) {
    struct neap_node *node = start_node(1, 0);
    neap_time start = neap_node_now(node);
    torture_start(node, yield_detached, NULL);

    fake_await_quiet(node);

    EXPECT_TRUE(neap_node_now(node) - start >= 5 * NEAP_MS);
    torture_end(node);
}

TEST(A14_the_longest_detached_process_is_discarded_when_no_spare_is_left) {
    struct neap_node *node = start_node(1, 2);
    for (int i = 0; i < 5; i++)
        torture_start(node, never_end, NULL);
    torture_start(node, run_other, NULL);

    await(node, &others, 1);
    await(node, &discarded, 3);

    EXPECT_U64(stats_of(node).exhausted, 3);
    EXPECT_U64(stats_of(node).carriers, 3);
    torture_start(node, run_other, NULL);
    await(node, &others, 2);
    neap_node_stop(node);
    fake_free(node);
}

TEST(A14_a_node_stops_while_slices_are_detached) {
    struct neap_node *node = start_node(2, 0);
    for (int i = 0; i < 4; i++)
        torture_start(node, never_end, NULL);

    await(node, &detached, 2);

    fake_stop(node);
}

TEST(A22_spares_retire_when_nothing_runs) {
    struct neap_node *node = start_node(1, 0);
    for (int i = 0; i < 6; i++)
        torture_start(node, end_detached, NULL);
    await(node, &detached, 6);
    EXPECT_U64(stats_of(node).carriers, 7);
    atomic_store(&go_on, true);
    fake_await_quiet(node);

    neap_time deadline = neap_node_now(node) + 20000 * NEAP_MS;
    while (stats_of(node).carriers > 2 && neap_node_now(node) < deadline)
        usleep(200);

    EXPECT_U64(stats_of(node).carriers, 2);
    torture_end(node);
}

/* --- torture ------------------------------------------------------------------------------ */

enum { STORMERS = 8, ROUNDS = 60 * NEAP_TORTURE };

struct stormer {
    uint64_t random;
    int rounds;
};

static struct stormer stormers[STORMERS];
static _Atomic(uint64_t) stormer_pids[STORMERS]; /* generation << 32 | slot */

static struct neap_pid friend_of(struct stormer *s, struct neap_process *self) {
    uint64_t id = atomic_load(&stormer_pids[torture_random(&s->random, STORMERS)]);
    return (struct neap_pid){ .generation = id >> 32,
                              .slot = (uint32_t)id,
                              .tag = self->pid.tag };
}

static void compute(struct stormer *s, struct neap_process *self) {
    neap_time end = neap_node_now(self->node) + torture_random(&s->random, 3 * NEAP_MS);
    while (neap_node_now(self->node) < end) {
        if (neap_carrier_detach(neap_carrier_current()))
            atomic_fetch_add(&detached, 1);
        if (atomic_load(&self->doomed))
            return;
    }
}

static bool is_detached(void) {
    return neap_carrier_is_detached(neap_carrier_pulse(neap_carrier_current()));
}

/* What needs no worker is done without one, too. */
static void act(struct stormer *s, struct neap_process *self) {
    struct neap_pid to = friend_of(s, self);
    switch (torture_random(&s->random, 6)) {
    case 0:
        TORTURE_EXPECT(neap_send(self->node, NULL, to, fake_text("storm")) != NEAP_EWAIT);
        break;
    case 1: neap_message_free(neap_mail_take(self, NULL, NULL)); break;
    case 2: torture_start(self->node, run_other, NULL); break;
    case 3:
        if (is_detached())
            get_worker(self);
        neap_alarm_start(self, neap_node_now(self->node) + NEAP_MS, to, NULL,
                         neap_message_new(NEAP_MESSAGE_TIMER, "t", 1, NULL, 0));
        break;
    case 4:
        if (is_detached())
            get_worker(self);
        break;
    default: break;
    }
}

static enum neap_slice storm(struct fake_body *body, struct neap_process *self) {
    struct stormer *s = body->context;
    neap_mail_rewind(self);
    for (uint64_t n = torture_random(&s->random, 4); n > 0; n--) {
        compute(s, self);
        act(s, self);
    }
    if (++s->rounds >= ROUNDS || atomic_load(&self->doomed))
        return NEAP_SLICE_EXITED;
    if (torture_random(&s->random, 2) == 0)
        return NEAP_SLICE_YIELDED;
    if (is_detached())
        get_worker(self);
    neap_process_wait(self, NEAP_EVENT_MAIL,
                      neap_node_now(self->node) + torture_random(&s->random, NEAP_MS));
    return NEAP_SLICE_WAITING;
}

static void start_storm(struct neap_node *node) {
    for (int i = 0; i < STORMERS; i++) {
        stormers[i] = (struct stormer){ .random = random_u64() };
        struct neap_pid pid = torture_start(node, storm, &stormers[i]);
        atomic_store(&stormer_pids[i], pid.generation << 32 | pid.slot);
    }
}

static void check_storm(uint32_t workers, uint32_t spares) {
    struct neap_node *node = start_node(workers, spares);
    start_storm(node);
    fake_await_quiet(node);
    EXPECT_TRUE(atomic_load(&detached) > 0);
    torture_end(node);
}

TEST(A14_nothing_is_lost_in_a_storm_on_one_worker) {
    check_storm(1, 0);
}

TEST(A14_nothing_is_lost_in_a_storm_on_three_workers) {
    check_storm(3, 0);
}

TEST(A14_nothing_is_lost_in_a_storm_with_two_spares) {
    check_storm(2, 2);
}

TEST(A14_whoever_is_killed_in_a_storm_is_gone) {
    struct neap_node *node = start_node(2, 0);
    uint64_t random = random_u64();
    start_storm(node);
    while (neap_processes_live(neap_node_processes(node)) > 0) {
        uint64_t id = atomic_load(&stormer_pids[torture_random(&random, STORMERS)]);
        struct neap_process *p = neap_processes_at(neap_node_processes(node), (uint32_t)id);
        usleep(1000);
        if (p != NULL)
            neap_exit_kill(node, (struct neap_pid){ .generation = id >> 32,
                                                    .slot = (uint32_t)id,
                                                    .tag = p->pid.tag });
    }
    torture_end(node);
}
