/* A13: no slice runs below the I/O loop's own frames. */
#include "test/fake.h"

static __thread bool is_polling; /* this carrier is inside its poller */
static _Atomic(int) below;       /* tasks that ran there */
static _Atomic(int) rounds;

static __thread struct {
    struct neap_task task;
    bool queued;
} probe;

static void note(struct neap_task *task, struct neap_worker *worker) {
    (void)task;
    (void)worker;
    atomic_fetch_add(&below, is_polling);
    atomic_fetch_add(&rounds, 1);
    probe.queued = false;
}

/* What a callback of the loop does: it marks something ready and returns. */
static void ready_poll(struct neap_poller *poller, neap_time timeout) {
    (void)poller;
    (void)timeout;
    if (probe.queued)
        return;
    probe.task.run = note;
    probe.queued = is_polling = true;
    neap_worker_post(neap_worker_current(), &probe.task);
    usleep(100);
    is_polling = false;
}

static void no_wake(struct neap_poller *poller) {
    (void)poller;
}

static void free_poller(struct neap_poller *poller) {
    neap_free(poller);
}

static struct neap_poller *new_poller(void *context) {
    static const struct neap_poller_ops OPS = { ready_poll, no_wake, free_poller };
    (void)context;
    struct neap_poller *p = neap_calloc(1, sizeof *p);
    p->ops = &OPS;
    return p;
}

TEST(A13_what_the_loop_makes_ready_runs_after_the_loop_has_returned) {
    struct neap_node_options options = { .workers = 2, .log = { .fd = 2 } };
    options.clock = neap_clock_system();
    options.new_poller = new_poller;
    struct neap_node *node = neap_node_new(&options);
    neap_node_start(node);

    while (atomic_load(&rounds) < 1000)
        usleep(1000);
    neap_node_stop(node);

    EXPECT_INT(atomic_load(&below), 0);
    neap_node_free(node);
}
