#include "net/file.h"

#include "core/blob.h"
#include "core/resource.h"
#include "net/loop.h"
#include "test/fake.h"
#include "test/folder.h"

#include <semaphore.h>
#include <uv.h>

/* One thread in the pool, so that what is queued behind `block` has not begun. */
__attribute__((constructor)) static void one_thread(void) {
    setenv("UV_THREADPOOL_SIZE", "1", 1);
}

static struct {
    struct neap_node *node;
    struct neap_process *p;
    uv_loop_t loop;
    uv_work_t blocker;
    sem_t is_blocked, go;
} s;

static void begin_test(void) {
    folder_make();
    s.node = fake_node(1);
    s.p = fake_idler(s.node);
    EXPECT_INT(uv_loop_init(&s.loop), 0);
    sem_init(&s.is_blocked, 0, 0);
    sem_init(&s.go, 0, 0);
}

static void end_test(void) {
    uv_run(&s.loop, UV_RUN_DEFAULT);
    fake_free(s.node);
    EXPECT_INT(uv_loop_close(&s.loop), 0);
    folder_remove();
}

static void block(uv_work_t *work) {
    (void)work;
    sem_post(&s.is_blocked);
    sem_wait(&s.go);
}

static void on_unblocked(uv_work_t *work, int status) {
    (void)work;
    EXPECT_INT(status, 0);
}

static void block_pool(void) {
    EXPECT_INT(uv_queue_work(&s.loop, &s.blocker, block, on_unblocked), 0);
    sem_wait(&s.is_blocked);
}

static void unblock_pool(void) {
    sem_post(&s.go);
    uv_run(&s.loop, UV_RUN_DEFAULT);
}

static struct neap_file_request request(enum neap_file_verb verb, const char *path) {
    return (struct neap_file_request){ .verb = verb,
                                       .path = folder_path(path),
                                       .folder = strlen(folder),
                                       .anchor = strlen(folder),
                                       .given = path,
                                       .max = 1000,
                                       .memory = 100000,
                                       .length = UINT64_MAX };
}

static struct neap_file *make(struct neap_process *p, enum neap_file_verb verb,
                              const char *path, const char *text) {
    struct neap_file_request r = request(verb, path);
    r.bytes = text;
    r.size = text != NULL ? strlen(text) : 0;
    EXPECT_INT(neap_file_new(p, &r), 0);
    return neap_file_of(p);
}

static int slices;

static enum neap_slice wait_for_io(struct fake_body *body, struct neap_process *self) {
    (void)body;
    slices++;
    return fake_wait(self, NEAP_EVENT_IO);
}

TEST(an_operation_wakes_its_owner_when_it_is_done) {
    begin_test();
    folder_put("f", "text", 4);
    struct neap_file *f = make(s.p, NEAP_FILE_READ, "f", NULL);
    slices = 0;
    fake_play(s.p, wait_for_io);

    neap_file_begin(f, &s.loop);
    EXPECT_FALSE(neap_file_is_done(f));
    uv_run(&s.loop, UV_RUN_DEFAULT);
    EXPECT_INT(slices, 1); /* no slice runs below the loop */
    fake_run(s.node);

    EXPECT_INT(slices, 2);
    EXPECT_TRUE(neap_file_is_done(f));
    const struct neap_file_job *job = neap_file_job_of(f);
    EXPECT_BYTES(job->bytes, job->len, "text", 4);
    neap_file_free(f);
    EXPECT_NULL(neap_file_of(s.p));
    end_test();
}

TEST(a_path_is_shown_as_given) {
    begin_test();
    struct neap_file *f = make(s.p, NEAP_FILE_WRITE, "f", "one");
    EXPECT_STR(neap_file_path(f), "f");
    neap_file_begin(f, &s.loop);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    EXPECT_INT(neap_file_job_of(f)->err, 0);
    neap_file_free(f);
    EXPECT_STR(folder_get("f"), "one");

    f = make(s.p, NEAP_FILE_APPEND, "./f", " two");
    EXPECT_STR(neap_file_path(f), "./f");
    neap_file_begin(f, &s.loop);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    EXPECT_STR(folder_get("f"), "one two");
    end_test();
}

TEST(a_blob_is_written_without_a_copy) {
    begin_test();
    struct neap_blob *blob = neap_blob_new("shared", 6);
    struct neap_file_request r = request(NEAP_FILE_WRITE, "f");
    r.data = blob;
    EXPECT_INT(neap_file_new(s.p, &r), 0);
    neap_blob_unref(blob);
    neap_file_begin(neap_file_of(s.p), &s.loop);
    uv_run(&s.loop, UV_RUN_DEFAULT);

    EXPECT_PTR(neap_file_job_of(neap_file_of(s.p))->data, neap_blob_data(blob));
    EXPECT_STR(folder_get("f"), "shared");
    end_test();
}

TEST(what_was_never_begun_makes_room_for_the_next) {
    begin_test();
    make(s.p, NEAP_FILE_WRITE, "never", "x");

    make(s.p, NEAP_FILE_WRITE, "f", "x");
    neap_file_begin(neap_file_of(s.p), &s.loop);
    uv_run(&s.loop, UV_RUN_DEFAULT);

    EXPECT_INT(folder_count(), 1);
    EXPECT_STR(folder_get("f"), "x");
    end_test();
}

/* --- the owner ends --- */

static void kill_process(struct neap_process *p) {
    neap_exit_kill(s.node, p->pid);
    fake_run(s.node);
}

TEST(an_owner_that_ends_takes_along_what_was_not_begun_or_is_done) {
    begin_test();
    make(s.p, NEAP_FILE_WRITE, "never", "x");
    kill_process(s.p);
    s.p = fake_idler(s.node);
    neap_file_begin(make(s.p, NEAP_FILE_LIST, ".", NULL), &s.loop);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    kill_process(s.p);

    EXPECT_INT(neap_node_orphans(s.node), 0);
    EXPECT_INT(folder_count(), 0);
    end_test();
}

TEST(what_waits_for_the_pool_when_its_owner_ends_never_happens) {
    begin_test();
    block_pool();
    neap_file_begin(make(s.p, NEAP_FILE_APPEND, "f", "x"), &s.loop);

    kill_process(s.p);
    EXPECT_INT(neap_node_orphans(s.node), 1);
    unblock_pool();

    EXPECT_INT(neap_node_orphans(s.node), 0);
    EXPECT_INT(folder_count(), 0);
    end_test();
}

/* It ran to its end, which the loop has not heard of when the owner ends. */
TEST(what_has_happened_when_its_owner_ends_is_cleaned_up) {
    begin_test();
    neap_file_begin(make(s.p, NEAP_FILE_APPEND, "f", "x"), &s.loop);
    uv_work_t after;
    EXPECT_INT(uv_queue_work(&s.loop, &after, block, on_unblocked), 0);
    sem_wait(&s.is_blocked); /* behind it: so it is over */

    kill_process(s.p);
    EXPECT_INT(neap_node_orphans(s.node), 1);
    unblock_pool();

    EXPECT_INT(neap_node_orphans(s.node), 0);
    EXPECT_STR(folder_get("f"), "x");
    end_test();
}

TEST(too_many_orphans_refuse_the_next_until_they_are_over) {
    begin_test();
    struct neap_file_request r = request(NEAP_FILE_LIST, ".");
    block_pool();
    for (int i = 0; i < NEAP_FILE_ORPHANS; i++) {
        struct neap_process *p = fake_idler(s.node);
        neap_file_begin(make(p, NEAP_FILE_LIST, ".", NULL), &s.loop);
        kill_process(p);
    }

    EXPECT_INT(neap_file_new(s.p, &r), NEAP_ELIMIT);
    EXPECT_NULL(neap_file_of(s.p));
    unblock_pool();
    EXPECT_INT(neap_file_new(s.p, &r), 0);
    end_test();
}

/* --- with threads --- */

enum { PROCESSES = 40, ROUNDS = 25 };

static _Atomic(int) operations;

/* Writes, reads and lists in turn, each in a slice of its own. */
static enum neap_slice work(struct fake_body *body, struct neap_process *self) {
    static const char *const TEXT = "some text\n";
    uintptr_t round = (uintptr_t)body->context;
    struct neap_file *f = neap_file_of(self);
    if (f != NULL && !neap_file_is_done(f))
        return fake_wait(self, NEAP_EVENT_IO);
    if (f != NULL)
        atomic_fetch_add(&operations, 1);
    neap_file_free(f);
    if (round == ROUNDS)
        return NEAP_SLICE_EXITED;
    body->context = (void *)(round + 1);
    struct neap_file_request r = request(round % 4, "shared");
    r.bytes = TEXT;
    r.size = strlen(TEXT);
    if (neap_file_new(self, &r) == 0)
        neap_file_begin(neap_file_of(self), neap_loop_of(neap_worker_poller(self->worker)));
    return neap_file_of(self) != NULL ? fake_wait(self, NEAP_EVENT_IO) : NEAP_SLICE_EXITED;
}

static struct neap_node *start_node(void) {
    struct neap_node_options options = { .workers = 2, .log = { .fd = 2 } };
    options.clock = neap_clock_system();
    options.new_poller = neap_loop_poller_new;
    atomic_store(&fake_bodies, 0);
    atomic_store(&operations, 0);
    struct neap_node *node = neap_node_new(&options);
    EXPECT_INT(neap_node_start(node), 0);
    return node;
}

static void spawn_workers(struct neap_node *node, struct neap_pid *pids) {
    for (int i = 0; i < PROCESSES; i++) {
        struct neap_spawn_options options = { .body = fake_body(work, NULL),
                                              .limits = neap_limits_default() };
        struct neap_spawned spawned;
        EXPECT_INT(neap_spawn(node, &options, &spawned), 0);
        pids[i] = spawned.pid;
    }
}

TEST(processes_on_two_workers_get_all_they_asked_for) {
    struct neap_pid pids[PROCESSES];
    folder_make();
    struct neap_node *node = start_node();

    spawn_workers(node, pids);
    fake_await_quiet(node);

    EXPECT_INT(atomic_load(&operations), PROCESSES * ROUNDS);
    fake_stop(node);
    EXPECT_INT(folder_count(), 1);
    folder_remove();
}

/* Again and again, as what is hit by the kill is another thing each time. */
TEST(a_node_that_stops_meanwhile_leaves_nothing) {
    struct neap_pid pids[PROCESSES];
    for (int i = 0; i < 20; i++) {
        folder_make();
        struct neap_node *node = start_node();
        spawn_workers(node, pids);
        while (atomic_load(&operations) < i * 5)
            usleep(100);
        if (i % 2 == 0)
            for (int j = 0; j < PROCESSES; j++)
                neap_exit_kill(node, pids[j]);
        neap_node_stop(node);
        EXPECT_INT(neap_node_orphans(node), 0);
        EXPECT_TRUE(folder_count() <= 1);
        fake_free(node);
        folder_remove();
    }
}
