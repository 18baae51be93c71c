#include "core/worker.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/thread.h"
#include "core/exit.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/rest.h"

#include <stddef.h>

/* A script may nest calls of C functions until its Lua stack is full: 6,500 of string.gsub
 * take 56 MiB here. Address space only, until it is used. */
#define CARRIER_STACK ((size_t)128 << 20)
#define CARRIER_GUARD                                                                    \
    ((size_t)1 << 20) /* more than any frame, which could step over it */

enum {
    ROUNDS_BETWEEN_POLLS = 1024, /* without a tick: in tests, or before the first one */
    SPINS = 8,                   /* before it sleeps, together some 10 us */
    SPIN_STEPS = 32,
};

struct neap_worker {
    struct neap_node *node;
    uint32_t index;
    pthread_t carrier;
    struct neap_poller *poller;
    struct neap_runqueue queue;
    struct neap_timers timers;
    struct neap_rest rest;
    struct neap_pulse pulse;
    neap_time now;
    uint64_t refs;
    uint64_t turns; /* the last token given to the pulse */
    uint32_t rounds;
    void *context;

    /* 1 while the carrier is about to block in the poller or does. Written by the carrier,
     * and back to 0 by whoever wakes it. seq_cst, with the push to the inbox: either the
     * carrier sees the push, or the pusher sees it asleep and wakes it. */
    _Atomic(int) asleep;

    /* Set by the monitor thread each tick while the carrier is awake, cleared by it: time to
     * look at timers and I/O. Relaxed: a tick seen late is the next one. */
    _Atomic(int) tick;

    /* Set once by the thread that stops the node. seq_cst, with `asleep`, as a push. */
    _Atomic(int) stopping;

    /* Written by placement and by the end of processes, on any thread. Relaxed: a guess. */
    _Atomic(uint64_t) load;

    /* The process whose slice runs, or NULL. Written by the carrier, read by the monitor
     * thread to charge CPU time. Relaxed: processes are type-stable, and a charge that goes
     * to the next process is one tick wrong. */
    _Atomic(struct neap_process *) running;

    /* Written by the monitor thread before the turn's verdict, read after it by the
     * carrier. Relaxed: for the reason's text only. */
    _Atomic(neap_time) due_cpu;

    /* --- monitor thread only --- */
    uint64_t seen_turn;
    neap_time turn_cpu; /* the carrier's CPU time when the turn was first seen */
    neap_time last_cpu;
};

/* The one thread-local of the host: asserts, logs and pushes ask who they are on. */
static _Thread_local struct neap_worker *current;

struct neap_worker *neap_worker_new(struct neap_node *node, uint32_t index) {
    struct neap_worker *w = neap_calloc(1, sizeof *w);
    w->node = node;
    w->index = index;
    w->now = neap_node_now(node);
    neap_runqueue_init(&w->queue);
    neap_timers_init(&w->timers);
    neap_rest_init(&w->rest, &w->timers);
    return w;
}

void neap_worker_free(struct neap_worker *w) {
    if (w == NULL)
        return;
    neap_timers_fini(&w->timers);
    neap_free(w);
}

struct neap_worker *neap_worker_current(void) {
    return current;
}

struct neap_node *neap_worker_node(const struct neap_worker *w) {
    return w->node;
}

uint32_t neap_worker_index(const struct neap_worker *w) {
    return w->index;
}

struct neap_pulse *neap_worker_pulse(struct neap_worker *w) {
    return &w->pulse;
}

bool neap_worker_is_due(const struct neap_worker *w) {
    return atomic_load_explicit(&w->tick, memory_order_relaxed) != 0;
}

uint64_t neap_worker_load(const struct neap_worker *w) {
    return atomic_load_explicit(&w->load, memory_order_relaxed);
}

void neap_worker_add_load(struct neap_worker *w, int by) {
    atomic_fetch_add_explicit(&w->load, (uint64_t)(int64_t)by, memory_order_relaxed);
}

struct neap_timers *neap_worker_timers(struct neap_worker *w) {
    return &w->timers;
}

neap_time neap_worker_now(const struct neap_worker *w) {
    return w->now;
}

void *neap_worker_context(const struct neap_worker *w) {
    return w->context;
}

void neap_worker_set_context(struct neap_worker *w, void *context) {
    w->context = context;
}

struct neap_poller *neap_worker_poller(const struct neap_worker *w) {
    return w->poller;
}

/* The worker's number in the low byte: workers need not agree on a counter. */
uint64_t neap_worker_new_ref(struct neap_worker *w) {
    return ++w->refs << 8 | w->index;
}

neap_time neap_worker_due_cpu(const struct neap_worker *w) {
    return atomic_load_explicit(&w->due_cpu, memory_order_relaxed);
}

/* --- waking --- */

static void wake(struct neap_worker *w) {
    if (atomic_load(&w->asleep) != 0 && atomic_exchange(&w->asleep, 0) != 0)
        w->poller->ops->wake(w->poller);
}

void neap_worker_post(struct neap_worker *w, struct neap_task *task) {
    if (w == current) {
        neap_runqueue_push(&w->queue, task);
        return;
    }
    neap_runqueue_push_remote(&w->queue, task);
    wake(w);
}

/* --- slices --- */

void neap_worker_begin_turn(struct neap_worker *w, struct neap_process *p) {
    neap_time limit = p->limits.cpu;
    if (limit != NEAP_NO_LIMIT)
        limit = limit > p->turn_spent ? limit - p->turn_spent : 0;
    neap_pulse_begin(&w->pulse, ++w->turns, limit, &p->doomed);
}

/* Nobody else changes a READY process's state, and for all others RUNNING is the same. */
static void take(struct neap_process *p) {
    int state = atomic_load_explicit(&p->state, memory_order_relaxed);
    NEAP_ASSERT(state == NEAP_PROCESS_READY);
    atomic_store_explicit(&p->state, NEAP_PROCESS_RUNNING, memory_order_relaxed);
}

/* What happened since it was made READY counts too, or a message could arrive at a process
 * that sleeps for ever. */
static void park(struct neap_process *p) {
    neap_lock_take(&p->lock);
    p->waits = p->pending_waits | NEAP_EVENT_DOOM;
    atomic_store_explicit(&p->state, NEAP_PROCESS_PARKED, memory_order_relaxed);
    if ((p->events & p->waits) != 0)
        neap_process_wake(p, (enum neap_event)(p->events & p->waits));
    neap_lock_give(&p->lock);
}

static void requeue(struct neap_worker *w, struct neap_process *p) {
    neap_lock_take(&p->lock);
    p->state = NEAP_PROCESS_READY;
    neap_lock_give(&p->lock);
    neap_worker_post(w, &p->task);
}

/* A slice that yields has lasted a tick or so: no clock is read for it. */
static void begin_slice(struct neap_worker *w, struct neap_process *p) {
    if (!p->continues) {
        neap_process_begin_turn(p);
        return;
    }
    p->turn_spent += NEAP_MS;
    neap_worker_begin_turn(w, p);
}

static enum neap_slice run_body(struct neap_worker *w, struct neap_process *p) {
    atomic_store_explicit(&w->running, p, memory_order_relaxed);
    begin_slice(w, p);
    enum neap_slice end = p->body->ops->run(p->body, p, w);
    p->continues = end == NEAP_SLICE_YIELDED;
    neap_pulse_end(&w->pulse);
    atomic_store_explicit(&w->running, NULL, memory_order_relaxed);
    return end;
}

static struct neap_process *process_of(struct neap_task *task) {
    return (struct neap_process *)(void *)((char *)task -
                                           offsetof(struct neap_process, task));
}

void neap_worker_run_process(struct neap_task *task, struct neap_worker *w) {
    struct neap_process *p = process_of(task);
    take(p);
    neap_rest_taken(p, w->now);
    bool doomed = atomic_load_explicit(&p->doomed, memory_order_relaxed) != 0;
    enum neap_slice end = doomed ? NEAP_SLICE_EXITED : run_body(w, p);
    switch (end) {
    case NEAP_SLICE_YIELDED: requeue(w, p); break;
    case NEAP_SLICE_WAITING:
        park(p);
        neap_rest_parked(&w->rest, p, w->now);
        break;
    case NEAP_SLICE_EXITED: neap_process_end(p); break;
    }
}

/* --- sharing ---
 *
 * A worker gives work away; nobody takes it. So a run queue is touched by its own carrier
 * alone, and a process changes its worker only between two slices, by the hand of the one it
 * leaves: that is ordered before its next slice by the inbox it goes through. */

static struct neap_worker *find_asleep(struct neap_worker *w) {
    uint32_t count = neap_node_workers(w->node);
    for (uint32_t i = 1; i < count; i++) {
        struct neap_worker *other = neap_node_worker(w->node, (w->index + i) % count);
        if (neap_worker_is_asleep(other))
            return other;
    }
    return NULL;
}

/* Alarms tick on the worker that they were started on, and resources live on its loop, so a
 * process that has some stays. The
 * deadline's timer can go: the wait it was for is over, or is begun anew in the next slice. */
static bool move(struct neap_worker *from, struct neap_worker *to, struct neap_process *p) {
    neap_lock_take(&p->lock);
    bool can = p->timers.count == 0 && neap_list_empty(&p->resources);
    if (can)
        p->worker = to;
    neap_lock_give(&p->lock);
    if (!can)
        return false;
    neap_rest_taken(p, from->now);
    neap_timers_remove(&from->timers, &p->deadline_timer);
    neap_worker_add_load(from, -1);
    neap_worker_add_load(to, 1);
    return true;
}

static bool give(struct neap_worker *from, struct neap_worker *to, struct neap_task *task) {
    bool is_process = task->run == neap_worker_run_process;
    if (!is_process || !move(from, to, process_of(task)))
        return false;
    neap_runqueue_push_remote(&to->queue, task);
    return true;
}

/* Half of what waits goes to a worker that sleeps. Asked once a tick: what is over sooner is
 * not worth another worker's cold caches, and two that talk to each other stay together.
 *
 * What has to stay keeps its place. Behind the rest, a task would come after those that were
 * posted later: an HTTP lane was closed before it was opened. And a process could wait for
 * ever, as it would be put behind the one that has just run, tick after tick. */
static void share(struct neap_worker *w) {
    struct neap_worker *to = w->queue.length >= 2 ? find_asleep(w) : NULL;
    if (to == NULL)
        return;
    struct neap_runqueue staying;
    neap_runqueue_init(&staying);
    for (uint64_t n = w->queue.length / 2; n > 0; n--) {
        struct neap_task *task = neap_runqueue_pop(&w->queue);
        if (!give(w, to, task))
            neap_runqueue_push(&staying, task);
    }
    neap_runqueue_prepend(&w->queue, &staying);
    wake(to);
}

/* --- the main loop --- */

static void fire_timers(struct neap_worker *w) {
    w->now = neap_node_now(w->node);
    neap_rest_set_now(&w->rest, w->now);
    neap_timers_fire(&w->timers, w->now);
}

static void look_after(struct neap_worker *w) {
    atomic_store_explicit(&w->tick, 0, memory_order_relaxed);
    w->rounds = 0;
    w->poller->ops->poll(w->poller, 0);
    fire_timers(w);
    share(w);
}

static neap_time time_left(const struct neap_worker *w) {
    neap_time next = neap_timers_next(&w->timers);
    if (next == NEAP_FOREVER)
        return NEAP_FOREVER;
    return next > w->now ? next - w->now : 0;
}

static bool is_stopping(const struct neap_worker *w) {
    return atomic_load(&w->stopping) != 0;
}

static bool others_run(const struct neap_worker *w) {
    for (uint32_t i = 0; i < neap_node_workers(w->node); i++)
        if (i != w->index && !neap_worker_is_asleep(neap_node_worker(w->node, i)))
            return true;
    return false;
}

/* Processes on two workers that answer each other: falling asleep and being woken for each
 * message costs 10 to 50 us. While others run, their next push may be near. */
static bool comes_soon(struct neap_worker *w) {
    for (int i = 0; i < SPINS && others_run(w); i++) {
        for (int j = 0; j < SPIN_STEPS; j++) {
            if (neap_runqueue_any(&w->queue))
                return true;
            neap_cpu_relax();
        }
    }
    return false;
}

static void sleep_until_something(struct neap_worker *w) {
    if (comes_soon(w))
        return;
    atomic_store(&w->asleep, 1);
    if (!neap_runqueue_any(&w->queue) && !is_stopping(w))
        w->poller->ops->poll(w->poller, time_left(w));
    atomic_store(&w->asleep, 0);
    neap_node_rouse_monitor(w->node);
}

static void idle(struct neap_worker *w) {
    fire_timers(w);
    if (neap_runqueue_any(&w->queue))
        return;
    sleep_until_something(w);
    fire_timers(w);
}

static bool run_next(struct neap_worker *w) {
    struct neap_task *task = neap_runqueue_pop(&w->queue);
    if (task == NULL)
        return false;
    task->run(task, w);
    bool tick = atomic_load_explicit(&w->tick, memory_order_relaxed) != 0;
    if (tick || ++w->rounds == ROUNDS_BETWEEN_POLLS)
        look_after(w);
    return true;
}

static void *carrier_main(void *arg) {
    struct neap_worker *w = arg;
    const struct neap_node_options *options = neap_node_options_of(w->node);
    current = w;
    w->poller = options->new_poller(options->context);
    if (options->carrier_start != NULL)
        options->carrier_start(options->context, w);
    while (!is_stopping(w)) {
        if (!run_next(w))
            idle(w);
    }
    while (run_next(w)) /* what ended processes left to be closed here */
        ;
    if (options->carrier_stop != NULL)
        options->carrier_stop(options->context, w);
    current = NULL;
    return NULL;
}

void neap_worker_start(struct neap_worker *w) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, CARRIER_STACK);
    pthread_attr_setguardsize(&attributes, CARRIER_GUARD);
    int err = pthread_create(&w->carrier, &attributes, carrier_main, w);
    NEAP_ASSERT(err == 0);
    pthread_attr_destroy(&attributes);
}

void neap_worker_stop(struct neap_worker *w) {
    atomic_store(&w->stopping, 1);
    wake(w);
    int err = pthread_join(w->carrier, NULL);
    NEAP_ASSERT(err == 0);
    w->poller->ops->free(w->poller); /* not by the carrier: `wake` may have just seen it */
}

bool neap_worker_step(struct neap_worker *w) {
    struct neap_worker *former = current;
    current = w;
    fire_timers(w);
    struct neap_task *task = neap_runqueue_pop(&w->queue);
    if (task != NULL)
        task->run(task, w);
    current = former;
    return task != NULL;
}

/* --- monitor thread --- */

bool neap_worker_is_asleep(const struct neap_worker *w) {
    return atomic_load(&w->asleep) != 0;
}

static void charge(struct neap_worker *w, neap_time spent) {
    struct neap_process *p = atomic_load_explicit(&w->running, memory_order_relaxed);
    if (p != NULL)
        atomic_fetch_add_explicit(&p->cpu, spent, memory_order_relaxed);
}

/* The turn `turn` was running at the former tick as well. */
static bool judge(struct neap_worker *w, uint64_t turn, neap_time limit, neap_time cpu) {
    neap_time used = cpu - w->turn_cpu;
    bool over = used > limit;
    if (over) {
        atomic_store_explicit(&w->due_cpu, used, memory_order_relaxed);
        neap_pulse_expire(&w->pulse, turn);
    }
    struct neap_process *p = atomic_load_explicit(&w->running, memory_order_relaxed);
    bool doomed = p != NULL && atomic_load_explicit(&p->doomed, memory_order_relaxed) != 0;
    return over || doomed;
}

bool neap_worker_watch(struct neap_worker *w) {
    const struct neap_node_options *options = neap_node_options_of(w->node);
    neap_time limit;
    uint64_t turn = neap_pulse_look(&w->pulse, &limit);
    neap_time cpu = neap_clock_thread_cpu(w->carrier);
    if (!neap_worker_is_asleep(w))
        atomic_store_explicit(&w->tick, 1, memory_order_relaxed);
    charge(w, cpu - w->last_cpu);
    w->last_cpu = cpu;
    if (turn == 0 || turn != w->seen_turn) {
        w->seen_turn = turn;
        w->turn_cpu = cpu;
        return false;
    }
    bool due = judge(w, turn, limit, cpu);
    if (!due)
        neap_pulse_pause(&w->pulse, turn);
    if (options->interrupt != NULL)
        options->interrupt(w->carrier);
    return due;
}
