#include "core/placement.h"

#include "core/resource.h"
#include "test/torture.h"

/* One process sends to another, which belongs to the other worker, when that worker sleeps:
 * where does the other one run then? */

struct scene {
    bool stays;         /* the receiver has something that keeps it on its worker */
    bool computes;      /* the sender's slice was interrupted before */
    bool is_busy;       /* something else is ready on the sender's worker */
    neap_time deadline; /* of the receiver's wait */
};

static struct scene scene;
static struct neap_pid receiver;
static _Atomic(int) ran_on; /* the index of the receiver's worker */
static _Atomic(bool) receives;

static void await_sleep(struct neap_node *node, uint32_t worker) {
    while (!neap_worker_is_asleep(neap_node_worker(node, worker)))
        ;
}

static enum neap_slice receive(struct fake_body *body, struct neap_process *self) {
    bool *has_received = body->context;
    if (*has_received)
        return NEAP_SLICE_EXITED;
    neap_mail_rewind(self);
    struct neap_message *m = neap_mail_take(self, NULL, NULL);
    if (m == NULL) {
        neap_process_wait(self, NEAP_EVENT_MAIL | NEAP_EVENT_ANY_MAIL, scene.deadline);
        atomic_store(&receives, true);
        return NEAP_SLICE_WAITING;
    }
    neap_message_free(m);
    atomic_store(&ran_on, (int)neap_worker_index(neap_worker_current()));
    *has_received = true;
    neap_process_wait(self, NEAP_EVENT_MAIL, neap_node_now(self->node) + NEAP_MS);
    return NEAP_SLICE_WAITING; /* and its deadline comes, wherever it is */
}

static void do_nothing(struct neap_task *task, struct neap_worker *worker) {
    (void)task;
    (void)worker;
}

static enum neap_slice send(struct fake_body *body, struct neap_process *self) {
    static struct neap_task other;
    bool *has_yielded = body->context;
    if (scene.computes && !*has_yielded) {
        *has_yielded = true;
        return NEAP_SLICE_YIELDED;
    }
    while (!atomic_load(&receives))
        ;
    await_sleep(self->node, 1);
    other = (struct neap_task){ .run = do_nothing };
    if (scene.is_busy)
        neap_worker_post(self->worker, &other);
    TORTURE_EXPECT(neap_send(self->node, self, receiver, fake_text("hello")) == 0);
    return NEAP_SLICE_EXITED;
}

static void release_nothing(struct neap_resource *resource) {
    (void)resource;
}

static struct neap_pid start_on(struct neap_node *node, uint32_t worker, fake_script script,
                                bool *context, struct neap_resource *resource) {
    struct neap_spawn_options options = torture_options(NULL, script, context);
    options.worker = neap_node_worker(node, worker);
    options.resource = resource;
    return torture_spawn(node, &options);
}

/* Plays `what`; gives the index of the worker that the receiver ran on. */
static int play(struct scene what) {
    static const struct neap_resource_kind KIND = { "nothing", release_nothing };
    struct neap_resource held = { .kind = &KIND };
    bool has_received = false, has_yielded = false;
    struct neap_node *node = fake_threads(2);
    scene = what;
    atomic_store(&receives, false);

    receiver = start_on(node, 1, receive, &has_received, what.stays ? &held : NULL);
    start_on(node, 0, send, &has_yielded, NULL);

    fake_await_quiet(node);
    neap_node_stop(node);
    struct neap_timers *left = neap_worker_timers(neap_node_worker(node, 1));
    EXPECT_U64(neap_timers_next(left), NEAP_FOREVER);
    fake_free(node);
    EXPECT_INT(atomic_exchange(&torture_wrongs, 0), 0);
    return atomic_load(&ran_on);
}

TEST(what_a_sleeping_worker_would_run_runs_where_it_was_made_ready) {
    EXPECT_INT(play((struct scene){ .deadline = NEAP_FOREVER }), 0);
}

TEST(what_was_to_happen_at_a_time_goes_along) {
    EXPECT_INT(play((struct scene){ .deadline = NEAP_FOREVER / 2 }), 0);
}

TEST(a_process_with_a_resource_stays_on_its_worker) {
    EXPECT_INT(play((struct scene){ .deadline = NEAP_FOREVER, .stays = true }), 1);
}

TEST(nobody_has_to_wait_for_one_that_computes) {
    EXPECT_INT(play((struct scene){ .deadline = NEAP_FOREVER, .computes = true }), 1);
}

TEST(nobody_has_to_wait_behind_others_while_a_worker_sleeps) {
    EXPECT_INT(play((struct scene){ .deadline = NEAP_FOREVER, .is_busy = true }), 1);
}

/* --- sharing --- */

/* Until the worker is going to share as soon as this slice is over. */
static void await_sharing(struct neap_process *self) {
    while (!neap_worker_is_due(self->worker))
        ;
    await_sleep(self->node, 1 - neap_worker_index(self->worker));
}

static _Atomic(int) slices;
static _Atomic(int) computed_on; /* a bit for each worker */
static _Atomic(int) rings;

/* Two that answer each other, each at the very end of a tick. */
static enum neap_slice answer(struct fake_body *body, struct neap_process *self) {
    struct neap_pid *other = body->context;
    neap_mail_rewind(self);
    struct neap_message *m = neap_mail_take(self, NULL, NULL);
    if (m == NULL)
        return fake_wait_any(self);
    atomic_fetch_or(&computed_on, 1 << neap_worker_index(self->worker));
    await_sharing(self);
    TORTURE_EXPECT(neap_send(self->node, NULL, *other, m) == 0);
    return atomic_fetch_add(&slices, 1) < 20 ? fake_wait_any(self) : NEAP_SLICE_EXITED;
}

TEST(two_that_only_answer_each_other_are_not_parted) {
    static struct neap_pid pids[2];
    struct neap_node *node = fake_threads(2);
    atomic_store(&slices, 0);
    atomic_store(&computed_on, 0);
    for (int i = 0; i < 2; i++) {
        struct neap_spawn_options options = torture_options(NULL, answer, &pids[1 - i]);
        options.worker = neap_node_worker(node, 1);
        pids[i] = torture_spawn(node, &options);
    }

    EXPECT_INT(neap_send(node, NULL, pids[0], fake_text("ball")), 0);

    while (atomic_load(&slices) < 20)
        usleep(200);
    fake_stop(node);
    EXPECT_INT(atomic_load(&computed_on), 1 << 1);
}

/* Never waits, until two of the kind have been on both workers. */
static enum neap_slice compute(struct fake_body *body, struct neap_process *self) {
    (void)body;
    atomic_fetch_or(&computed_on, 1 << neap_worker_index(self->worker));
    return atomic_load(&computed_on) == 3 ? NEAP_SLICE_EXITED : NEAP_SLICE_YIELDED;
}

TEST(two_that_compute_are_parted) {
    struct neap_node *node = fake_threads(2);
    atomic_store(&computed_on, 0);
    for (int i = 0; i < 2; i++) {
        struct neap_spawn_options options = torture_options(NULL, compute, NULL);
        options.worker = neap_node_worker(node, 0);
        torture_spawn(node, &options);
    }

    torture_end(node);
    EXPECT_INT(atomic_load(&computed_on), 3);
}

/* Nothing here may go to the other worker, so that one is not woken. */
static enum neap_slice compute_here(struct fake_body *body, struct neap_process *self) {
    (void)body;
    await_sharing(self);
    int n = atomic_fetch_add(&slices, 1);
    if (n == 0)
        atomic_store(&rings, atomic_load(&fake_rings));
    if (n < 8)
        return NEAP_SLICE_YIELDED;
    TORTURE_EXPECT(atomic_load(&fake_rings) == atomic_load(&rings));
    return NEAP_SLICE_EXITED;
}

TEST(a_worker_is_not_woken_for_nothing) {
    static const struct neap_resource_kind KIND = { "nothing", release_nothing };
    struct neap_resource held[3] = { { .kind = &KIND },
                                     { .kind = &KIND },
                                     { .kind = &KIND } };
    struct neap_node *node = fake_threads(2);
    atomic_store(&slices, 0);
    for (int i = 0; i < 3; i++)
        start_on(node, 0, compute_here, NULL, &held[i]);

    torture_end(node);
}
