#include "core/worker.h"

#include "base/error.h"
#include "core/resource.h"
#include "test/torture.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char ran[16];

struct letter_task {
    struct neap_task task;
    char letter;
};

static void write_letter(struct neap_task *task, struct neap_worker *worker) {
    size_t n = strlen(ran);
    EXPECT_PTR(neap_worker_current(), worker);
    ran[n] = ((struct letter_task *)(void *)task)->letter;
    ran[n + 1] = '\0';
}

#define TASK(letter_)                                                                    \
    { .task.run = write_letter, .letter = (letter_) }

TEST(tasks_run_in_the_order_they_were_posted) {
    struct neap_node *node = fake_node(1);
    struct letter_task tasks[] = { TASK('a'), TASK('b'), TASK('c') };
    ran[0] = '\0';

    for (int i = 0; i < 3; i++)
        neap_worker_post(neap_node_worker(node, 0), &tasks[i].task);
    fake_run(node);

    EXPECT_STR(ran, "abc");
    fake_free(node);
}

TEST(a_worker_without_work_runs_nothing) {
    struct neap_node *node = fake_node(2);

    EXPECT_FALSE(neap_worker_step(neap_node_worker(node, 1)));

    EXPECT_NULL(neap_worker_current());
    fake_free(node);
}

static enum neap_slice yield_twice(struct fake_body *body, struct neap_process *self) {
    size_t n = strlen(ran);
    ran[n] = *(const char *)body->context;
    ran[n + 1] = '\0';
    return strlen(ran) < 5 ? NEAP_SLICE_YIELDED : fake_idle(body, self);
}

TEST(processes_that_yield_run_by_turns) {
    struct neap_node *node = fake_node(1);
    ran[0] = '\0';
    for (int i = 0; i < 2; i++) {
        struct neap_spawn_options options = fake_options(NULL);
        struct fake_body *body = (struct fake_body *)(void *)options.body;
        body->script = yield_twice;
        body->context = i == 0 ? "a" : "b";
        fake_spawn(node, &options);
    }

    fake_run(node);

    EXPECT_STR(ran, "ababab");
    fake_free(node);
}

/* --- what computes, and what becomes ready --- */

static enum neap_slice compute(struct fake_body *body, struct neap_process *self) {
    size_t n = strlen(ran);
    ran[n] = 'C';
    ran[n + 1] = '\0';
    return n < 9 ? NEAP_SLICE_YIELDED : fake_idle(body, self);
}

static void start_computing(struct neap_node *node, fake_script script) {
    struct neap_spawn_options options = fake_options(NULL);
    ((struct fake_body *)(void *)options.body)->script = script;
    ran[0] = '\0';
    fake_spawn(node, &options);
}

TEST(what_computes_comes_behind_what_became_ready) {
    struct neap_node *node = fake_node(1);
    struct neap_worker *w = neap_node_worker(node, 0);
    struct letter_task tasks[] = { TASK('a'), TASK('b') };
    start_computing(node, compute);

    neap_worker_step(w);
    neap_worker_step(w);
    for (int i = 0; i < 2; i++)
        neap_worker_post(w, &tasks[i].task);
    for (int i = 0; i < 4; i++)
        neap_worker_step(w);

    EXPECT_STR(ran, "CCabCC");
    fake_free(node);
}

static void write_again(struct neap_task *task, struct neap_worker *w) {
    write_letter(task, w);
    if (strlen(ran) < 12)
        neap_worker_post(w, task);
}

static enum neap_slice compute_for_long(struct fake_body *body, struct neap_process *self) {
    fake.clock.now += 10 * NEAP_MS;
    return compute(body, self);
}

TEST(a_long_slice_is_no_time_that_it_has_waited) {
    struct neap_node *node = fake_node(1);
    struct neap_worker *w = neap_node_worker(node, 0);
    struct letter_task tasks[] = { TASK('a'), TASK('b') };
    start_computing(node, compute_for_long);
    neap_worker_step(w);
    for (int i = 0; i < 2; i++)
        neap_worker_post(w, &tasks[i].task);

    for (int i = 0; i < 3; i++)
        neap_worker_step(w);

    EXPECT_STR(ran, "CabC");
    fake_free(node);
}

TEST(what_computes_has_a_slice_in_four_ms_while_others_are_always_ready) {
    struct neap_node *node = fake_node(1);
    struct letter_task task = { .task.run = write_again, .letter = 'a' };
    start_computing(node, compute);
    neap_worker_post(neap_node_worker(node, 0), &task.task);

    for (int i = 0; i < 11; i++) {
        neap_worker_step(neap_node_worker(node, 0));
        fake.clock.now += NEAP_MS;
    }

    EXPECT_STR(ran, "CaaaaCaaaaC");
    fake_free(node);
}

TEST(a_yield_does_not_end_the_turn) {
    struct neap_node *node = fake_node(1);
    ran[0] = '\0';
    struct neap_spawn_options options = fake_options(NULL);
    struct fake_body *body = (struct fake_body *)(void *)options.body;
    body->script = yield_twice;
    body->context = "a";

    struct neap_process *p = fake_spawn(node, &options);
    fake_run(node);

    EXPECT_STR(ran, "aaaaa");
    EXPECT_U64(atomic_load(&p->turns), 1);
    fake_free(node);
}

TEST(references_of_different_workers_differ) {
    struct neap_node *node = fake_node(2);
    uint64_t a = neap_worker_new_ref(neap_node_worker(node, 0));
    uint64_t b = neap_worker_new_ref(neap_node_worker(node, 1));
    uint64_t c = neap_worker_new_ref(neap_node_worker(node, 0));

    EXPECT_TRUE(a != b && b != c && a != c);

    EXPECT_TRUE(a != 0 && b != 0);
    fake_free(node);
}

TEST(the_load_is_the_number_of_processes) {
    struct neap_node *node = fake_node(1);
    struct neap_worker *w = neap_node_worker(node, 0);
    struct neap_process *p = fake_idler(node);
    fake_idler(node);
    EXPECT_U64(neap_worker_load(w), 2);

    fake_end_with(p, NEAP_REASON_NORMAL);

    EXPECT_U64(neap_worker_load(w), 1);
    fake_free(node);
}

/* --- a worker that shares --- */

/* Until `w` is going to share as soon as what runs there is over: a tick has passed, and the
 * other worker sleeps. */
static void await_sharing(struct neap_worker *w) {
    struct neap_worker *other = neap_node_worker(neap_worker_node(w),
                                                 1 - neap_worker_index(w));
    while (!neap_worker_is_due(w) || !neap_worker_is_asleep(other))
        ;
}

static struct letter_task letters[] = { TASK('a'), TASK('b'), TASK('c'), TASK('d') };
static _Atomic(bool) letters_ran;

static void note_the_end(struct neap_task *task, struct neap_worker *worker) {
    (void)task;
    (void)worker;
    atomic_store(&letters_ran, true);
}

static void post_letters(struct neap_task *task, struct neap_worker *worker) {
    static struct neap_task end = { .run = note_the_end };
    (void)task;
    for (int i = 0; i < 4; i++)
        neap_worker_post(worker, &letters[i].task);
    neap_worker_post(worker, &end);
    await_sharing(worker);
}

TEST(tasks_keep_their_order_when_the_worker_shares) {
    static struct neap_task first = { .run = post_letters };
    struct neap_node *node = fake_threads(2);
    ran[0] = '\0';

    neap_worker_post(neap_node_worker(node, 0), &first);

    while (!atomic_load(&letters_ran))
        usleep(200);
    fake_stop(node);
    EXPECT_STR(ran, "abcd");
}

static enum neap_slice yield_when_shared(struct fake_body *body, struct neap_process *self) {
    size_t n = strlen(ran);
    if (n == 6)
        return NEAP_SLICE_EXITED;
    await_sharing(neap_process_worker(self));
    ran[n] = *(const char *)body->context;
    ran[n + 1] = '\0';
    return NEAP_SLICE_YIELDED;
}

static void release_nothing(struct neap_resource *resource) {
    (void)resource;
}

/* What holds a resource stays with its worker. */
static enum neap_slice start_two_that_stay(struct fake_body *body,
                                           struct neap_process *self) {
    static const struct neap_resource_kind KIND = { "nothing", release_nothing };
    static struct neap_resource held[2] = { { .kind = &KIND }, { .kind = &KIND } };
    (void)body;
    for (int i = 0; i < 2; i++) {
        struct neap_spawn_options options = torture_options(self, yield_when_shared,
                                                            i == 0 ? "a" : "b");
        options.worker = neap_process_worker(self);
        options.resource = &held[i];
        torture_spawn(self->node, &options);
    }
    return NEAP_SLICE_EXITED;
}

TEST(processes_that_can_not_be_shared_run_by_turns) {
    struct neap_node *node = fake_threads(2);
    ran[0] = '\0';

    torture_start(node, start_two_that_stay, NULL);

    torture_end(node);
    EXPECT_STR(ran, "ababab");
}

/* A poller that comes back by itself, so that a worker which is told to stop may be gone
 * before the wake-up for it is through. */
static _Atomic(bool) poller_freed;
static _Atomic(int) late_wakes;

static void hasty_poll(struct neap_poller *poller, neap_time timeout) {
    (void)poller;
    if (timeout != 0)
        usleep(200);
}

static void slow_wake(struct neap_poller *poller) {
    (void)poller;
    usleep(3000);
    if (atomic_load(&poller_freed))
        atomic_fetch_add(&late_wakes, 1);
}

static void mark_freed(struct neap_poller *poller) {
    (void)poller;
    atomic_store(&poller_freed, true);
}

static struct neap_poller *hasty_poller(void *context) {
    static const struct neap_poller_ops OPS = { hasty_poll, slow_wake, mark_freed, NULL };
    static struct neap_poller poller = { &OPS };
    (void)context;
    return &poller;
}

TEST(A22_a_poller_outlives_every_wake_up_for_it) {
    for (int i = 0; i < 10; i++) {
        struct neap_node_options options = { .workers = 1, .log = { .fd = 2 } };
        options.clock = neap_clock_system();
        options.new_poller = hasty_poller;
        atomic_store(&poller_freed, false);
        struct neap_node *node = neap_node_new(&options);
        EXPECT_INT(neap_node_start(node), 0);
        usleep(1000); /* into its sleep */

        neap_node_stop(node);

        EXPECT_TRUE(atomic_load(&poller_freed));
        neap_node_free(node);
    }
    EXPECT_INT(atomic_load(&late_wakes), 0);
}

/* Between the carrier's last look at `stopping` in its loop and its sleep, it reads the
 * clock: there it is held until the node has been told to stop. */
static _Atomic(bool) held;
static _Atomic(bool) hold;

static neap_time holding_now(struct neap_clock *clock) {
    (void)clock;
    if (neap_worker_current() != NULL && atomic_exchange(&hold, false)) {
        atomic_store(&held, true);
        usleep(30000);
    }
    return neap_clock_system()->now(neap_clock_system());
}

TEST(a_stop_on_the_carriers_way_to_sleep_is_not_missed) {
    static struct neap_clock clock = { holding_now };
    struct neap_node_options options = { .workers = 1, .log = { .fd = 2 } };
    options.clock = &clock;
    options.new_poller = fake_poller;
    atomic_store(&hold, true);
    struct neap_node *node = neap_node_new(&options);
    EXPECT_INT(neap_node_start(node), 0);
    while (!atomic_load(&held))
        usleep(100);

    neap_node_stop(node);

    neap_node_free(node);
}

static enum neap_slice write_and_yield(struct fake_body *body, struct neap_process *self) {
    size_t n = strlen(ran);
    ran[n] = *(const char *)body->context;
    ran[n + 1] = '\0';
    return n < 3 ? NEAP_SLICE_YIELDED : fake_idle(body, self);
}

/* Something becomes ready while its slice runs. */
static enum neap_slice write_and_post(struct fake_body *body, struct neap_process *self) {
    static struct letter_task small = TASK('b');
    if (ran[0] == '\0')
        neap_worker_post(self->worker, &small.task);
    return write_and_yield(body, self);
}

TEST(who_yields_goes_behind_what_became_ready_meanwhile) {
    struct neap_node *node = fake_node(1);
    ran[0] = '\0';
    for (int i = 0; i < 2; i++) {
        struct neap_spawn_options options = fake_options(NULL);
        struct fake_body *body = (struct fake_body *)(void *)options.body;
        body->script = i == 0 ? write_and_post : write_and_yield;
        body->context = i == 0 ? "a" : "c";
        fake_spawn(node, &options);
    }

    fake_run(node);

    EXPECT_INT(strncmp(ran, "acb", 3), 0);
    fake_free(node);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* In a child, since a limit on address space can not be taken back. */
TEST(a_node_that_the_system_refuses_a_thread_is_told) {
    pid_t child = fork();
    if (child == 0) {
        struct neap_node *node = neap_node_new(&(struct neap_node_options){
            .workers = 4, .clock = neap_clock_system(), .new_poller = fake_poller });
        size_t enough_for_one = neap_node_stack_bytes(2);
        setrlimit(RLIMIT_AS, &(struct rlimit){ enough_for_one, enough_for_one });
        _exit(neap_node_start(node) == NEAP_EMEMORY ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);

    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_INT(WEXITSTATUS(status), 0);
}
#endif
