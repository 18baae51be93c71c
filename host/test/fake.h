/* fake.h - a body, a clock and a poller for tests of core, and a node made of them.
 * Owns:      bodies, until core discards them; `fake` is what the last node saw.
 * Threads:   the main thread, but for bodies and pollers, which run on carriers.
 * Bounds:    none.
 * Invariant: a node by hand (fake_node) has no threads: a test may call what belongs to a
 *            process's slice from outside, with the process as `self`.
 *
 *     struct neap_node *node = fake_node(2);
 *     struct neap_process *a = fake_idler(node);
 *     ... neap_link(a, b->pid) ...
 *     EXPECT_STR(fake_next(a), "EXIT killed");
 *     fake_free(node); */
#ifndef NEAP_TEST_FAKE_H
#define NEAP_TEST_FAKE_H

#include "test/test.h"

#include "base/alloc.h"
#include "base/error.h"
#include "core/exit.h"
#include "core/mail.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/send.h"
#include "core/spawn.h"
#include "core/worker.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

/* --- body --------------------------------------------------------------------------- */

struct fake_body {
    struct neap_body body;
    enum neap_slice (*script)(struct fake_body *body, struct neap_process *self);
    void *context;
    void (*on_discard)(struct fake_body *body); /* NULL: nothing more than freeing it */
};

typedef enum neap_slice (*fake_script)(struct fake_body *body, struct neap_process *self);

static _Atomic(int) fake_bodies; /* made and not discarded */

static enum neap_slice fake_run_body(struct neap_body *body, struct neap_process *self,
                                     struct neap_worker *worker) {
    struct fake_body *b = (struct fake_body *)(void *)body;
    NEAP_ASSERT(neap_worker_current() == worker);
    NEAP_ASSERT(self->state == NEAP_PROCESS_RUNNING);
    return b->script(b, self);
}

static void fake_discard_body(struct neap_body *body) {
    struct fake_body *b = (struct fake_body *)(void *)body;
    if (b->on_discard != NULL)
        b->on_discard(b);
    atomic_fetch_sub(&fake_bodies, 1);
    neap_free(b);
}

TEST_USED struct neap_body *fake_body(fake_script script, void *context) {
    static const struct neap_body_ops OPS = { fake_run_body, fake_discard_body, NULL };
    struct fake_body *b = neap_calloc(1, sizeof *b);
    b->body.ops = &OPS;
    b->script = script;
    b->context = context;
    atomic_fetch_add(&fake_bodies, 1);
    return &b->body;
}

TEST_USED struct fake_body *fake_body_of(struct neap_process *p) {
    return (struct fake_body *)(void *)p->body;
}

TEST_USED enum neap_slice fake_wait(struct neap_process *self, unsigned events) {
    neap_process_wait(self, events, NEAP_FOREVER);
    return NEAP_SLICE_WAITING;
}

/* Its next slice takes whatever came. */
TEST_USED enum neap_slice fake_wait_any(struct neap_process *self) {
    return fake_wait(self, NEAP_EVENT_MAIL | NEAP_EVENT_ANY_MAIL);
}

TEST_USED enum neap_slice fake_idle(struct fake_body *body, struct neap_process *self) {
    (void)body;
    return fake_wait(self, NEAP_EVENT_MAIL | NEAP_EVENT_REPLY | NEAP_EVENT_ROOM);
}

TEST_USED enum neap_slice fake_quit(struct fake_body *body, struct neap_process *self) {
    (void)body;
    (void)self;
    return NEAP_SLICE_EXITED;
}

/* --- a node by hand ------------------------------------------------------------------- */

struct fake_clock {
    struct neap_clock clock;
    neap_time now;
};

static struct {
    struct fake_clock clock;
    unsigned exits;
    char reason[32];                           /* of the last process that ended */
    void (*on_exited)(struct neap_process *p); /* before anybody is told */
    bool is_short;                             /* of memory */

    struct neap_pid from; /* of the message that fake_next took */
    uint64_t ref;
    char name[130];
} fake;

static neap_time fake_clock_now(struct neap_clock *clock) {
    return ((struct fake_clock *)(void *)clock)->now;
}

/* "normal", ..., or the bytes of a value. */
TEST_USED const char *fake_reason_text(struct neap_reason reason, char text[32]) {
    const char *word = neap_reason_text(reason.word);
    if (word != NULL)
        snprintf(text, 32, "%s", word);
    else
        snprintf(text, 32, "%.*s", (int)neap_blob_size(reason.value),
                 (const char *)neap_blob_data(reason.value));
    return text;
}

TEST_USED struct neap_reason fake_reason(const char *value) {
    return (struct neap_reason){ .word = NEAP_REASON_VALUE,
                                 .value = neap_blob_new(value, strlen(value)) };
}

static void fake_exited(void *context, struct neap_process *p, struct neap_reason reason) {
    (void)context;
    fake.exits++;
    fake_reason_text(reason, fake.reason);
    if (fake.on_exited != NULL)
        fake.on_exited(p);
}

static bool fake_is_short(void *context) {
    (void)context;
    return fake.is_short;
}

/* Its processes rest after two seconds. */
TEST_USED struct neap_node *fake_node(uint32_t workers) {
    memset(&fake, 0, sizeof fake);
    atomic_store(&fake_bodies, 0); /* a test that failed left its own */
    fake.clock.clock.now = fake_clock_now;
    fake.clock.now = 1000 * NEAP_MS;
    struct neap_node_options options = { .workers = workers, .log = { .fd = 2 } };
    options.clock = &fake.clock.clock;
    options.exited = fake_exited;
    options.rest_after = 2000 * NEAP_MS;
    options.is_short_of_memory = fake_is_short;
    return neap_node_new(&options);
}

/* Every process is discarded with it. */
TEST_USED void fake_free(struct neap_node *node) {
    neap_node_free(node);
    EXPECT_INT(atomic_load(&fake_bodies), 0);
}

/* Rounds of all workers until nothing is ready. */
TEST_USED void fake_run(struct neap_node *node) {
    bool ran;
    do {
        ran = false;
        for (uint32_t i = 0; i < neap_node_workers(node); i++)
            ran |= neap_worker_step(neap_node_worker(node, i));
    } while (ran);
}

TEST_USED void fake_pass(struct neap_node *node, unsigned ms) {
    fake.clock.now += ms * NEAP_MS;
    fake_run(node);
}

/* --- processes -------------------------------------------------------------------------- */

TEST_USED struct neap_spawn_options fake_options(struct neap_process *parent) {
    return (struct neap_spawn_options){ .parent = parent,
                                        .body = fake_body(fake_idle, NULL),
                                        .limits = neap_limits_default() };
}

TEST_USED struct neap_process *fake_find(struct neap_node *node, struct neap_pid pid) {
    return neap_processes_find(neap_node_processes(node), pid);
}

/* Not run yet: its first slice is the next round's. */
TEST_USED struct neap_process *fake_spawn(struct neap_node *node,
                                          const struct neap_spawn_options *options) {
    struct neap_spawned s;
    EXPECT_INT(neap_spawn(node, options, &s), 0);
    return fake_find(node, s.pid);
}

/* A process of the node that waits for anything. */
TEST_USED struct neap_process *fake_idler(struct neap_node *node) {
    struct neap_spawn_options options = fake_options(NULL);
    struct neap_process *p = fake_spawn(node, &options);
    fake_run(node);
    return p;
}

TEST_USED struct neap_process *fake_trapper(struct neap_node *node) {
    struct neap_process *p = fake_idler(node);
    neap_process_trap_exit(p, true);
    return p;
}

/* Its mailbox takes `messages`, as its policy says. */
TEST_USED struct neap_process *fake_narrow(struct neap_node *node, uint64_t messages,
                                           enum neap_policy policy) {
    struct neap_spawn_options options = fake_options(NULL);
    options.limits.mailbox_messages = messages;
    options.limits.policy = policy;
    struct neap_process *p = fake_spawn(node, &options);
    fake_run(node);
    return p;
}

/* `p` runs `script` from its next slice on, which is made to come. */
TEST_USED void fake_play(struct neap_process *p, fake_script script) {
    fake_body_of(p)->script = script;
    neap_lock_take(&p->lock);
    neap_process_wake(p, NEAP_EVENT_MAIL);
    neap_lock_give(&p->lock);
    fake_run(p->node);
}

/* Takes `reason`. */
TEST_USED void fake_end(struct neap_process *p, struct neap_reason reason) {
    neap_process_set_reason(p, reason);
    fake_play(p, fake_quit);
}

TEST_USED void fake_end_with(struct neap_process *p, enum neap_reason_word word) {
    fake_end(p, neap_reason_of(word));
}

TEST_USED bool fake_is_alive(struct neap_node *node, struct neap_pid pid) {
    struct neap_process_info info;
    return neap_process_inspect(node, pid, &info);
}

/* --- messages ------------------------------------------------------------------------------ */

TEST_USED struct neap_message *fake_text(const char *text) {
    return neap_message_new(NEAP_MESSAGE_VALUE, text, strlen(text), NULL, 0);
}

/* The oldest message of `p`, taken, as a line: its text, "EXIT reason", "DOWN reason"; ""
 * when there is none. `fake` tells the rest. */
TEST_USED const char *fake_next(struct neap_process *p) {
    static char line[64];
    char reason[32];
    neap_mail_rewind(p);
    struct neap_message *m = neap_mail_take(p, NULL, NULL);
    if (m == NULL)
        return "";
    fake.from = m->from;
    fake.ref = m->ref;
    snprintf(fake.name, sizeof fake.name, "%s", m->name != NULL ? m->name : "");
    if (neap_message_is_signal(m))
        snprintf(line, sizeof line, "%s %s", m->kind == NEAP_MESSAGE_EXIT ? "EXIT" : "DOWN",
                 fake_reason_text(m->reason, reason));
    else
        snprintf(line, sizeof line, "%.*s", (int)m->size, (const char *)m->payload);
    neap_message_free(m);
    return line;
}

#define EXPECT_PID(got, want)                                                            \
    (neap_pid_equal((got), (want))                                                       \
         ? (void)0                                                                       \
         : test_failed(__FILE__, __LINE__, #got " is not " #want))

/* --- a node with threads ---------------------------------------------------------------------- */

struct fake_poller {
    struct neap_poller poller;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool woken;
};

static _Atomic(int) fake_rings; /* of any worker: it slept, and was woken */

static struct timespec fake_after(neap_time timeout) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    neap_time ns = (neap_time)t.tv_nsec + timeout;
    t.tv_sec += (time_t)(ns / 1000000000u);
    t.tv_nsec = (long)(ns % 1000000000u);
    return t;
}

static void fake_poll(struct neap_poller *poller, neap_time timeout) {
    struct fake_poller *p = (struct fake_poller *)(void *)poller;
    bool for_ever = timeout == NEAP_FOREVER;
    struct timespec until = fake_after(for_ever ? 0 : timeout);
    int err = timeout == 0 ? ETIMEDOUT : 0;
    pthread_mutex_lock(&p->lock);
    while (!p->woken && err != ETIMEDOUT)
        err = for_ever ? pthread_cond_wait(&p->changed, &p->lock)
                       : pthread_cond_timedwait(&p->changed, &p->lock, &until);
    p->woken = false;
    pthread_mutex_unlock(&p->lock);
}

static void fake_wake_poller(struct neap_poller *poller) {
    struct fake_poller *p = (struct fake_poller *)(void *)poller;
    atomic_fetch_add(&fake_rings, 1);
    pthread_mutex_lock(&p->lock);
    p->woken = true;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void fake_free_poller(struct neap_poller *poller) {
    struct fake_poller *p = (struct fake_poller *)(void *)poller;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    neap_free(p);
}

TEST_USED struct neap_poller *fake_poller(void *context) {
    static const struct neap_poller_ops OPS = { fake_poll, fake_wake_poller,
                                                fake_free_poller, NULL };
    (void)context;
    struct fake_poller *p = neap_calloc(1, sizeof *p);
    p->poller.ops = &OPS;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return &p->poller;
}

TEST_USED struct neap_node *fake_threads(uint32_t workers) {
    memset(&fake, 0, sizeof fake);
    atomic_store(&fake_bodies, 0);
    struct neap_node_options options = { .workers = workers, .log = { .fd = 2 } };
    options.clock = neap_clock_system();
    options.new_poller = fake_poller;
    struct neap_node *node = neap_node_new(&options);
    neap_node_start(node);
    return node;
}

/* Waits until no process is left; fails the test if that takes too long, since then a
 * wake-up was lost. */
TEST_USED void fake_await_quiet(struct neap_node *node) {
    neap_time deadline = neap_node_now(node) + 20000 * NEAP_MS;
    while (neap_processes_live(neap_node_processes(node)) > 0) {
        if (neap_node_now(node) > deadline)
            test_failed(__FILE__, __LINE__, "%llu processes never ended",
                        (unsigned long long)neap_processes_live(neap_node_processes(node)));
        usleep(200);
    }
}

TEST_USED void fake_stop(struct neap_node *node) {
    neap_node_stop(node);
    EXPECT_U64(neap_processes_live(neap_node_processes(node)), 0);
    fake_free(node);
}

#endif
