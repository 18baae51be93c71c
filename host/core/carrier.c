#include "core/carrier.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/thread.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/spares.h"
#include "core/worker.h"

#include <semaphore.h>
#include <stdatomic.h>

/* A script may nest calls of C functions until its Lua stack is full: 6,500 of string.gsub
 * take 56 MiB here. Address space only, until it is used. */
#define CARRIER_STACK ((size_t)128 << 20)
#define CARRIER_GUARD                                                                    \
    ((size_t)1 << 20) /* more than any frame, which could step over it */

struct neap_carrier {
    struct neap_pulse pulse;
    struct neap_node *node;
    int priority; /* that of the thread that made the node: not the monitor thread's */
    pthread_t thread;
    void *context;

    /* Posted by who hands it a worker, after `worker`, or by who stops it, without one; waited
     * for by its own thread while IDLE, WAITS or OFFERED. Orders the worker's memory. */
    sem_t given;

    /* What it drives, or NULL. Written by its own thread, which includes the handler (NULL),
     * and by who hands it one, while it is blocked; read by its own thread. Relaxed: ordered
     * by `given`, or the same thread. */
    _Atomic(struct neap_worker *) worker;

    /* enum neap_carrier_state. See the header: out of a blocked state by compare-and-swap, by
     * the monitor thread or the carrier that lends; else its own thread's to write. acq_rel:
     * who finds it IDLE or WAITS sees what it stored before, such as `waits_for`. */
    _Atomic(int) state;

    /* Whom it is asked to hand its worker to, or NULL. Set by the monitor thread, exchanged
     * for NULL by its own handler or by the monitor thread again. acq_rel: the handler gives
     * away what the monitor thread has reserved. */
    _Atomic(struct neap_carrier *) offer;

    /* The worker it WAITS for. Written by its own thread before the state, read by the
     * monitor thread after it. Relaxed: the state orders it. */
    _Atomic(struct neap_worker *) waits_for;
    struct neap_task lend; /* queued there, meanwhile */
    bool lend_queued; /* its own, and that worker's carrier's: `given` and the queue */

    /* The process whose slice runs, or NULL. Written by its own thread, read by the monitor
     * thread to charge CPU time. Release and acquire: it may be the first the monitor thread
     * sees of a process; they are type-stable, and a charge that goes to the next one is one
     * tick wrong. */
    _Atomic(struct neap_process *) running;

    /* Written by its handler as it detaches, read by the monitor thread, which acts on them
     * under the process's lock. Relaxed: a wrong guess finds another generation. */
    _Atomic(uint64_t) detached_at;
    _Atomic(uint64_t) generation; /* of the process */

    /* Written by the monitor thread before the turn's verdict, read after it by its own.
     * Relaxed: for the reason's text only. */
    _Atomic(neap_time) due_cpu;

    /* The turn that the monitor thread saw last, and the thread's CPU time then; read by its
     * own thread when the slice yields. Relaxed: a turn one look old costs a look. */
    _Atomic(uint64_t) seen_turn;
    _Atomic(neap_time) turn_cpu;

    /* --- its own thread --- */
    uint64_t turns;      /* the last token given to the pulse */
    neap_time slice_cpu; /* the thread's CPU time as the slice began; if it goes on a turn */

    /* --- monitor thread --- */
    int before; /* the state it was reserved from */
    neap_time last_cpu;

    /* --- who starts and stops it --- */
    bool started;
};

/* The one thread-local of core: asserts, logs and pushes ask who they are on. */
static _Thread_local struct neap_carrier *current;

static void lend(struct neap_task *task, struct neap_worker *w);

struct neap_carrier *neap_carrier_new(struct neap_node *node, int priority) {
    struct neap_carrier *c = neap_calloc(1, sizeof *c);
    c->node = node;
    c->priority = priority;
    c->lend.run = lend;
    atomic_init(&c->state, NEAP_CARRIER_OFFERED); /* nobody's to use before it is IDLE */
    int err = sem_init(&c->given, 0, 0);
    NEAP_ASSERT(err == 0);
    return c;
}

void neap_carrier_free(struct neap_carrier *c) {
    if (c == NULL)
        return;
    sem_destroy(&c->given);
    neap_free(c);
}

/* --- the thread --- */

static void await_worker(struct neap_carrier *c) {
    while (sem_wait(&c->given) != 0)
        ; /* interrupted by a signal */
}

/* False: it is to end. A slice may have left it without a worker, or its worker may stop. */
static bool idle(struct neap_carrier *c) {
    if (neap_carrier_worker(c) != NULL)
        return false;
    c->pulse.detached = false;
    atomic_store_explicit(&c->state, NEAP_CARRIER_IDLE, memory_order_release);
    await_worker(c);
    return neap_carrier_worker(c) != NULL;
}

static void *thread_main(void *arg) {
    struct neap_carrier *c = arg;
    const struct neap_node_options *options = neap_node_options_of(c->node);
    current = c;
    neap_thread_set_priority(c->priority);
    if (options->carrier_start != NULL)
        options->carrier_start(options->context, c);
    bool goes_on = neap_carrier_worker(c) != NULL || idle(c);
    while (goes_on) {
        neap_worker_drive(neap_carrier_worker(c));
        goes_on = idle(c);
    }
    if (options->carrier_stop != NULL)
        options->carrier_stop(options->context, c);
    current = NULL;
    return NULL;
}

void neap_carrier_take(struct neap_carrier *c, struct neap_worker *w) {
    atomic_store_explicit(&c->worker, w, memory_order_relaxed);
    atomic_store_explicit(&c->state, NEAP_CARRIER_DRIVES, memory_order_relaxed);
}

size_t neap_carrier_stack_bytes(void) {
    return CARRIER_STACK + CARRIER_GUARD;
}

bool neap_carrier_start(struct neap_carrier *c) {
    c->last_cpu = 0; /* it may have had another thread */
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, CARRIER_STACK);
    pthread_attr_setguardsize(&attributes, CARRIER_GUARD);
    int err = pthread_create(&c->thread, &attributes, thread_main, c);
    pthread_attr_destroy(&attributes);
    c->started = err == 0;
    return c->started;
}

void neap_carrier_stop(struct neap_carrier *c) {
    if (!c->started)
        return;
    c->started = false;
    sem_post(&c->given);
    int err = pthread_join(c->thread, NULL);
    NEAP_ASSERT(err == 0);
}

void neap_carrier_glimpse(const struct neap_carrier *c, struct neap_glimpse *glimpse) {
    struct neap_worker *w = neap_carrier_worker(c);
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    *glimpse = (struct neap_glimpse){
        .drives = w != NULL,
        .worker = w != NULL ? neap_worker_index(w) : 0,
        .pid = p != NULL ? p->pid : (struct neap_pid){ 0 },
        .id = p != NULL ? p->id : "",
        .module = p != NULL ? p->module : "",
    };
}

struct neap_carrier *neap_carrier_current(void) {
    return current;
}

struct neap_carrier *neap_carrier_pass_for(struct neap_carrier *c) {
    struct neap_carrier *former = current;
    current = c;
    return former;
}

struct neap_worker *neap_carrier_worker(const struct neap_carrier *c) {
    return atomic_load_explicit(&c->worker, memory_order_relaxed);
}

struct neap_pulse *neap_carrier_pulse(struct neap_carrier *c) {
    return &c->pulse;
}

void *neap_carrier_context(const struct neap_carrier *c) {
    return c->context;
}

void neap_carrier_set_context(struct neap_carrier *c, void *context) {
    c->context = context;
}

/* --- slices --- */

static neap_time own_cpu(void) {
    return neap_clock_thread_cpu(pthread_self());
}

void neap_carrier_begin_turn(struct neap_carrier *c, struct neap_process *p) {
    neap_time limit = p->limits.cpu;
    if (limit != NEAP_NO_LIMIT)
        limit = limit > p->turn_spent ? limit - p->turn_spent : 0;
    neap_pulse_begin(&c->pulse, ++c->turns, limit, &p->doomed);
}

void neap_carrier_begin_slice(struct neap_carrier *c, struct neap_process *p) {
    atomic_store_explicit(&c->running, p, memory_order_release);
    if (!p->continues) {
        neap_process_begin_turn(p);
        return;
    }
    c->slice_cpu = own_cpu();
    neap_carrier_begin_turn(c, p);
}

/* No clock is read as the first slice of a turn begins, since most turns have no other: it
 * is counted from when the monitor thread saw it, or as a tick. */
static neap_time spent(struct neap_carrier *c) {
    neap_time since = c->slice_cpu;
    c->slice_cpu = 0;
    if (since == 0 && atomic_load_explicit(&c->seen_turn, memory_order_relaxed) == c->turns)
        since = atomic_load_explicit(&c->turn_cpu, memory_order_relaxed);
    neap_time now = own_cpu();
    return since == 0 || since > now ? NEAP_MS : now - since;
}

void neap_carrier_end_slice(struct neap_carrier *c, struct neap_process *p,
                            bool has_yielded) {
    if (has_yielded)
        p->turn_spent += spent(c);
    else if (p->continues)
        c->slice_cpu = 0;
    p->continues = has_yielded;
    neap_pulse_end(&c->pulse);
    atomic_store_explicit(&c->running, NULL, memory_order_relaxed);
}

bool neap_carrier_computes(const struct neap_carrier *c) {
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    return p != NULL && p->continues;
}

neap_time neap_carrier_due_cpu(const struct neap_carrier *c) {
    return atomic_load_explicit(&c->due_cpu, memory_order_relaxed);
}

/* --- a worker changes hands --- */

/* On the thread of `from`, which has the worker; `to` is blocked, and nobody else's to give
 * one to. `from` has none before `to` can begin. */
static void hand(struct neap_carrier *from, struct neap_carrier *to) {
    struct neap_worker *w = neap_carrier_worker(from);
    atomic_store_explicit(&from->worker, NULL, memory_order_relaxed);
    atomic_store_explicit(&to->worker, w, memory_order_relaxed);
    neap_worker_set_carrier(w, to);
    sem_post(&to->given);
}

bool neap_carrier_detach(struct neap_carrier *c) {
    if (neap_carrier_worker(c) == NULL || !neap_pulse_should_detach(&c->pulse))
        return false;
    struct neap_carrier *to = atomic_exchange_explicit(&c->offer, NULL,
                                                       memory_order_acq_rel);
    if (to == NULL)
        return false;
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    uint64_t age = neap_spares_count_handover(neap_node_spares(c->node));
    atomic_store_explicit(&c->detached_at, age, memory_order_relaxed);
    atomic_store_explicit(&c->generation, p->pid.generation, memory_order_relaxed);
    c->pulse.detached = true;
    neap_worker_note_leave(neap_carrier_worker(c));
    atomic_store_explicit(&c->state, NEAP_CARRIER_DETACHED, memory_order_release);
    atomic_store_explicit(&to->state, NEAP_CARRIER_DRIVES, memory_order_release);
    hand(c, to);
    return true;
}

/* On the carrier that drives `w`: the one that waits for it has come to the front. If the
 * monitor thread has just reserved it, for this carrier, it gets the worker that way, or the
 * reservation is over soon: it stays in the queue. */
static void lend(struct neap_task *task, struct neap_worker *w) {
    struct neap_carrier *to = (struct neap_carrier *)(void *)((char *)task -
                                                              offsetof(struct neap_carrier,
                                                                       lend));
    int waits = NEAP_CARRIER_WAITS;
    if (!atomic_compare_exchange_strong_explicit(&to->state, &waits, NEAP_CARRIER_DRIVES,
                                                 memory_order_acq_rel,
                                                 memory_order_relaxed)) {
        neap_worker_post_return(w, task);
        return;
    }
    to->lend_queued = false;
    neap_worker_note_return(w);
    hand(current, to);
}

/* It may get the worker out of turn, by an offer: then its place in the queue is given up. */
void neap_carrier_attach(struct neap_carrier *c) {
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    struct neap_worker *w = p->worker;
    NEAP_ASSERT(c->pulse.detached && !c->lend_queued);
    atomic_store_explicit(&c->waits_for, w, memory_order_relaxed);
    c->lend_queued = true;
    atomic_store_explicit(&c->state, NEAP_CARRIER_WAITS, memory_order_release);
    neap_worker_post_return(w, &c->lend);
    await_worker(c);
    NEAP_ASSERT(neap_carrier_worker(c) == w);
    if (c->lend_queued)
        neap_worker_take_back(w, &c->lend);
    c->lend_queued = false;
    c->pulse.detached = false;
    neap_worker_publish(w);
}

/* --- monitor thread --- */

enum neap_carrier_state neap_carrier_state(const struct neap_carrier *c) {
    return (enum neap_carrier_state)atomic_load_explicit(&c->state, memory_order_acquire);
}

void neap_carrier_interrupt(struct neap_carrier *c) {
    const struct neap_node_options *options = neap_node_options_of(c->node);
    if (options->interrupt != NULL)
        options->interrupt(c->thread);
}

static void charge(struct neap_carrier *c, neap_time used) {
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    if (p != NULL)
        atomic_fetch_add_explicit(&p->cpu, used, memory_order_relaxed);
}

static bool is_doomed(const struct neap_carrier *c) {
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    return p != NULL && atomic_load_explicit(&p->doomed, memory_order_relaxed) != 0;
}

/* The turn `turn` was running at the former look as well. */
static bool judge(struct neap_carrier *c, uint64_t turn, neap_time limit, neap_time cpu) {
    neap_time used = cpu - atomic_load_explicit(&c->turn_cpu, memory_order_relaxed);
    bool over = used > limit;
    if (over) {
        atomic_store_explicit(&c->due_cpu, used, memory_order_relaxed);
        neap_pulse_expire(&c->pulse, turn);
    }
    return over || is_doomed(c);
}

static void note_turn(struct neap_carrier *c, uint64_t turn, neap_time cpu) {
    atomic_store_explicit(&c->turn_cpu, cpu, memory_order_relaxed);
    atomic_store_explicit(&c->seen_turn, turn, memory_order_relaxed);
}

neap_time neap_carrier_seen_cpu(const struct neap_carrier *c) {
    return c->last_cpu;
}

bool neap_carrier_watch(struct neap_carrier *c) {
    enum neap_carrier_state state = neap_carrier_state(c);
    if (state != NEAP_CARRIER_DRIVES && state != NEAP_CARRIER_DETACHED)
        return false; /* it is blocked: nothing of its turn runs */
    neap_time limit;
    uint64_t turn = neap_pulse_look(&c->pulse, &limit);
    neap_time cpu = neap_clock_thread_cpu(c->thread);
    charge(c, cpu - c->last_cpu);
    c->last_cpu = cpu;
    if (turn == 0 || turn != atomic_load_explicit(&c->seen_turn, memory_order_relaxed)) {
        note_turn(c, turn, cpu);
        return false;
    }
    bool due = judge(c, turn, limit, cpu);
    if (due)
        neap_carrier_interrupt(c);
    return due;
}

bool neap_carrier_reserve(struct neap_carrier *c, struct neap_worker *w) {
    int state = neap_carrier_state(c);
    bool fits = state == NEAP_CARRIER_IDLE ||
                (state == NEAP_CARRIER_WAITS &&
                 atomic_load_explicit(&c->waits_for, memory_order_relaxed) == w);
    c->before = state;
    return fits && atomic_compare_exchange_strong_explicit(
                       &c->state, &state, NEAP_CARRIER_OFFERED, memory_order_acq_rel,
                       memory_order_relaxed);
}

void neap_carrier_ask(struct neap_carrier *c, struct neap_carrier *spare, uint64_t token) {
    NEAP_ASSERT(!neap_carrier_is_asked(c));
    neap_pulse_detach(&c->pulse, token);
    atomic_store_explicit(&c->offer, spare, memory_order_release);
}

bool neap_carrier_is_asked(const struct neap_carrier *c) {
    return atomic_load_explicit(&c->offer, memory_order_relaxed) != NULL;
}

bool neap_carrier_withdraw(struct neap_carrier *c) {
    struct neap_carrier *spare = atomic_exchange_explicit(&c->offer, NULL,
                                                          memory_order_acq_rel);
    if (spare != NULL)
        atomic_store_explicit(&spare->state, spare->before, memory_order_release);
    return spare != NULL;
}

uint64_t neap_carrier_detached_at(const struct neap_carrier *c) {
    return atomic_load_explicit(&c->detached_at, memory_order_relaxed);
}

bool neap_carrier_is_ending(const struct neap_carrier *c) {
    return atomic_load_explicit(&c->running, memory_order_acquire) == NULL || is_doomed(c);
}

/* It may have come back meanwhile: then it was the one that was away for longest. */
void neap_carrier_discard(struct neap_carrier *c, const struct neap_reason *reason) {
    struct neap_process *p = atomic_load_explicit(&c->running, memory_order_acquire);
    uint64_t generation = atomic_load_explicit(&c->generation, memory_order_relaxed);
    if (p == NULL)
        return;
    neap_lock_take(&p->lock);
    if (p->state != NEAP_PROCESS_DEAD && p->pid.generation == generation)
        neap_process_doom_over(p, *reason);
    neap_lock_give(&p->lock);
}
