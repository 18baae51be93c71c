/* A13: no slice runs below the I/O loop's own frames. */
#include "test/fake.h"

#include "net/loop.h"

#include <sys/wait.h>
#include <uv.h>

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
    static const struct neap_poller_ops OPS = { ready_poll, no_wake, free_poller, NULL };
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
    EXPECT_INT(neap_node_start(node), 0);

    while (atomic_load(&rounds) < 1000)
        usleep(1000);
    neap_node_stop(node);

    EXPECT_INT(atomic_load(&below), 0);
    neap_node_free(node);
}

/* --- what would happen if one did --------------------------------------------------- */

static bool steps_inside; /* the callback runs a slice itself */

/* A callback of libuv, below uv_run. */
static void on_prepare(uv_prepare_t *handle) {
    uv_close((uv_handle_t *)handle, NULL);
    if (steps_inside)
        neap_worker_step(neap_worker_current());
}

/* On the carrier, outside of any slice, as the main loop polls. */
static void poll_task(struct neap_task *task, struct neap_worker *worker) {
    static uv_prepare_t handle;
    (void)task;
    (void)worker;
    struct neap_poller *poller = neap_loop_poller_new(NULL);
    uv_prepare_init(neap_loop_of(poller), &handle);
    uv_prepare_start(&handle, on_prepare);
    poller->ops->poll(poller, 0);
    poller->ops->free(poller);
}

/* How a program ends in which a process is ready while the loop polls. */
static int status_of_poll(bool inside) {
    pid_t child = fork();
    if (child == 0) {
        static struct neap_task poll = { .run = poll_task };
        signal(SIGABRT, SIG_DFL); /* the tests' own handler prints a seed */
        steps_inside = inside;
        struct neap_node *node = fake_node(1);
        neap_worker_post(neap_node_worker(node, 0), &poll);
        fake_idler(node);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(A13_a_slice_below_uv_run_ends_the_program) {
    EXPECT_INT(status_of_poll(true), -SIGABRT);
}

TEST(A13_a_slice_after_the_poll_runs) {
    EXPECT_INT(status_of_poll(false), 0);
}
