#include "core/worker.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/thread.h"
#include "core/carrier.h"
#include "core/exit.h"
#include "core/node.h"
#include "core/placement.h"
#include "core/process_fields.h"
#include "core/spares.h"
#include "core/worker_fields.h"

#include <stddef.h>

enum {
    ROUNDS_BETWEEN_POLLS = 1024, /* without a tick: in tests, or before the first one */
    SPINS = 8,                   /* before it sleeps, together some 10 us */
    SPIN_STEPS = 32,
};

/* For that long what computes waits while others are ready. One gets a slice then, so of a
 * worker that always has others ready, those that compute have a fifth. */
static const neap_time PASSED_MAX = 4 * NEAP_MS;

static const neap_time AWAY_MIN = 5 * NEAP_MS;
static const neap_time AWAY_MAX = 50 * NEAP_MS;

struct neap_worker *neap_worker_new(struct neap_node *node, uint32_t index) {
    struct neap_worker *w = neap_calloc(1, sizeof *w);
    w->node = node;
    w->index = index;
    w->now = neap_node_now(node);
    neap_runqueue_init(&w->queue);
    neap_runqueue_init(&w->later);
    neap_runqueue_init(&w->returning);
    neap_timers_init(&w->timers);
    neap_rest_init(&w->rest, node, &w->timers);
    neap_lock_init(&w->doze);
    atomic_init(&w->next_timer, NEAP_FOREVER);
    atomic_init(&w->carrier, neap_spares_make(neap_node_spares(node), w));
    return w;
}

void neap_worker_free(struct neap_worker *w) {
    if (w == NULL)
        return;
    neap_timers_fini(&w->timers);
    neap_lock_fini(&w->doze);
    neap_free(w);
}

struct neap_worker *neap_worker_current(void) {
    const struct neap_carrier *c = neap_carrier_current();
    return c != NULL ? neap_carrier_worker(c) : NULL;
}

struct neap_node *neap_worker_node(const struct neap_worker *w) {
    return w->node;
}

uint32_t neap_worker_index(const struct neap_worker *w) {
    return w->index;
}

struct neap_carrier *neap_worker_carrier(const struct neap_worker *w) {
    return atomic_load_explicit(&w->carrier, memory_order_acquire);
}

void neap_worker_set_carrier(struct neap_worker *w, struct neap_carrier *c) {
    atomic_store_explicit(&w->carrier, c, memory_order_release);
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

struct neap_poller *neap_worker_poller(const struct neap_worker *w) {
    return w->poller;
}

/* The worker's number in the low byte: workers need not agree on a counter. */
uint64_t neap_worker_new_ref(struct neap_worker *w) {
    return ++w->refs << 8 | w->index;
}

/* --- waking --- */

void neap_worker_wake(struct neap_worker *w) {
    if (atomic_load(&w->asleep) != 0 && atomic_exchange(&w->asleep, 0) != 0)
        w->poller->ops->wake(w->poller);
}

void neap_worker_post(struct neap_worker *w, struct neap_task *task) {
    if (w == neap_worker_current()) {
        neap_runqueue_push(&w->queue, task);
        atomic_store_explicit(&w->has_ready, true, memory_order_relaxed);
        return;
    }
    neap_runqueue_push_remote(&w->queue, task);
    neap_worker_wake(w);
}

void neap_worker_post_return(struct neap_worker *w, struct neap_task *task) {
    neap_runqueue_push_remote(&w->returning, task);
    neap_worker_wake(w);
}

static bool any_ready(struct neap_worker *w) {
    return neap_runqueue_any(&w->queue) || neap_runqueue_any(&w->returning);
}

/* --- slices --- */

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

static void make_ready(struct neap_process *p) {
    neap_lock_take(&p->lock);
    p->state = NEAP_PROCESS_READY;
    neap_lock_give(&p->lock);
}

void neap_worker_publish(struct neap_worker *w) {
    neap_time next = neap_timers_next(&w->timers);
    bool has_ready = w->queue.first != NULL || w->later.first != NULL ||
                     w->returning.first != NULL;
    atomic_store_explicit(&w->has_ready, has_ready, memory_order_relaxed);
    if (next == atomic_load_explicit(&w->next_timer, memory_order_relaxed))
        return;
    atomic_store_explicit(&w->next_timer, next, memory_order_relaxed);
    if (next != NEAP_FOREVER)
        neap_node_expect(w->node, next);
}

static enum neap_slice run_body(struct neap_worker *w, struct neap_process *p) {
    struct neap_carrier *c = neap_carrier_current();
    neap_worker_publish(w);
    neap_carrier_begin_slice(c, p);
    enum neap_slice end = p->body->ops->run(p->body, p, w);
    neap_carrier_end_slice(c, p, end == NEAP_SLICE_YIELDED);
    return end;
}

static struct neap_process *process_of(struct neap_task *task) {
    return (struct neap_process *)(void *)((char *)task -
                                           offsetof(struct neap_process, task));
}

/* The one that yields as the only one has not waited yet, however long its slice was. */
static void push_later(struct neap_worker *w, struct neap_task *task) {
    if (w->later.first == NULL)
        w->later_ran = 0;
    neap_runqueue_push(&w->later, task);
}

static void end_slice(struct neap_worker *w, struct neap_process *p, enum neap_slice end) {
    switch (end) {
    case NEAP_SLICE_YIELDED:
        make_ready(p);
        neap_spares_count_preemption(neap_node_spares(w->node));
        push_later(w, &p->task);
        break;
    case NEAP_SLICE_WAITING:
        park(p);
        neap_rest_parked(&w->rest, p, w->now);
        break;
    case NEAP_SLICE_EXITED: neap_process_end(p); break;
    }
}

/* --- the end of a slice that was detached ---
 *
 * The carrier has no worker to do the rest with, and waits for none: what is left to do is a
 * task for the worker of the process. A slice that ends in a wait has attached before. */

static void end_of_yielded(struct neap_task *task, struct neap_worker *w) {
    neap_worker_note_return(w);
    task->run = neap_worker_run_process;
    end_slice(w, process_of(task), NEAP_SLICE_YIELDED);
}

static void end_of_exited(struct neap_task *task, struct neap_worker *w) {
    neap_worker_note_return(w);
    end_slice(w, process_of(task), NEAP_SLICE_EXITED);
}

static void end_elsewhere(struct neap_process *p, enum neap_slice end) {
    NEAP_ASSERT(end != NEAP_SLICE_WAITING);
    NEAP_ASSERT(p->worker != NULL);
    p->task.run = end == NEAP_SLICE_YIELDED ? end_of_yielded : end_of_exited;
    neap_worker_post(p->worker, &p->task);
}

void neap_worker_run_process(struct neap_task *task, struct neap_worker *w) {
    struct neap_process *p = process_of(task);
    take(p);
    neap_rest_taken(p, w->now);
    bool doomed = atomic_load_explicit(&p->doomed, memory_order_relaxed) != 0;
    enum neap_slice end = doomed ? NEAP_SLICE_EXITED : run_body(w, p);
    if (neap_worker_current() == w)
        end_slice(w, p, end);
    else
        end_elsewhere(p, end);
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
    neap_placement_share(w);
}

void neap_worker_note_leave(struct neap_worker *w) {
    w->away++;
    w->away_until = 0;
}

void neap_worker_note_return(struct neap_worker *w) {
    NEAP_ASSERT(w->away > 0);
    w->away--;
}

/* The more are away, the longer the next one waits: each takes from the processor's time. */
static neap_time time_away(uint32_t away) {
    neap_time time = AWAY_MIN;
    while (--away > 0 && time < AWAY_MAX)
        time *= 2;
    return time < AWAY_MAX ? time : AWAY_MAX;
}

/* Those in `later` have to wait for a slice that is away. */
static bool has_to_wait(struct neap_worker *w) {
    if (w->away == 0)
        return false;
    if (w->away_until == 0)
        w->away_until = w->now + time_away(w->away);
    return w->now < w->away_until;
}

static neap_time time_left(const struct neap_worker *w) {
    neap_time next = neap_timers_next(&w->timers);
    if (w->later.first != NULL && w->away_until < next)
        next = w->away_until;
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
            if (any_ready(w))
                return true;
            neap_cpu_relax();
        }
    }
    return false;
}

static void set_dozing(struct neap_worker *w, bool on) {
    neap_lock_take(&w->doze);
    atomic_store_explicit(&w->dozes, on, memory_order_relaxed);
    neap_lock_give(&w->doze);
}

static void block(struct neap_worker *w, neap_time timeout) {
    atomic_store(&w->asleep, 1);
    if (!any_ready(w) && !is_stopping(w))
        w->poller->ops->poll(w->poller, timeout);
    atomic_store(&w->asleep, 0);
    neap_node_rouse_monitor(w->node);
}

static void doze(struct neap_worker *w) {
    neap_time timeout = time_left(w); /* the timers are not its own meanwhile */
    set_dozing(w, true);
    if (!comes_soon(w))
        block(w, timeout);
    set_dozing(w, false);
}

static void idle(struct neap_worker *w) {
    fire_timers(w);
    if (any_ready(w))
        return;
    neap_rest_note_idle(&w->rest);
    doze(w);
    fire_timers(w);
}

/* What computes: comes when nothing else is ready, or it has waited for long. */
static struct neap_task *next_to_compute(struct neap_worker *w) {
    bool later_may = w->later.first != NULL && !has_to_wait(w);
    struct neap_task *task = NULL;
    if (!later_may || !w->returned_last)
        task = neap_runqueue_pop(&w->returning);
    w->returned_last = task != NULL;
    if (task == NULL && later_may)
        task = neap_runqueue_pop(&w->later);
    w->later_ran = w->now;
    return task;
}

static struct neap_task *next_task(struct neap_worker *w) {
    struct neap_task *task = NULL;
    if (w->later_ran == 0)
        w->later_ran = w->now;
    if (w->now < w->later_ran + PASSED_MAX)
        task = neap_runqueue_pop(&w->queue);
    if (task == NULL)
        task = next_to_compute(w);
    return task != NULL ? task : neap_runqueue_pop(&w->queue);
}

static bool is_driven_here(const struct neap_worker *w) {
    return neap_worker_current() == w;
}

/* What has run may have left the worker to another carrier: then nothing of it is ours. */
static bool run_next(struct neap_worker *w) {
    struct neap_task *task = next_task(w);
    if (task == NULL)
        return false;
    task->run(task, w);
    if (!is_driven_here(w))
        return true;
    bool tick = atomic_load_explicit(&w->tick, memory_order_relaxed) != 0;
    if (tick || ++w->rounds == ROUNDS_BETWEEN_POLLS)
        look_after(w);
    return true;
}

static void finish(struct neap_worker *w) {
    while (run_next(w)) /* what ended processes left to be closed here */
        ;
}

void neap_worker_drive(struct neap_worker *w) {
    look_after(w); /* if it was taken over, something waits */
    while (is_driven_here(w) && !is_stopping(w)) {
        if (!run_next(w))
            idle(w);
    }
    if (is_driven_here(w))
        finish(w);
}

void neap_worker_take_back(struct neap_worker *w, struct neap_task *task) {
    neap_worker_note_return(w);
    bool found = neap_runqueue_remove(&w->returning, task);
    NEAP_ASSERT(found);
}

/* Its poller is there before the node is said to run: a worker that begins late, on a busy
 * machine, would find no descriptor left for one. */
bool neap_worker_start(struct neap_worker *w) {
    const struct neap_node_options *options = neap_node_options_of(w->node);
    w->poller = options->new_poller(options->context);
    if (neap_carrier_start(neap_worker_carrier(w)))
        return true;
    w->poller->ops->free(w->poller);
    w->poller = NULL;
    return false;
}

/* No process lives, so the worker does not change hands any more. */
void neap_worker_stop(struct neap_worker *w) {
    atomic_store(&w->stopping, 1);
    neap_worker_wake(w);
    neap_carrier_stop(neap_worker_carrier(w));
    w->poller->ops->free(w->poller); /* not by the carrier: `wake` may have just seen it */
}

bool neap_worker_step(struct neap_worker *w) {
    struct neap_carrier *former = neap_carrier_pass_for(neap_worker_carrier(w));
    fire_timers(w);
    struct neap_task *task = next_task(w);
    if (task != NULL)
        task->run(task, w);
    else
        neap_rest_note_idle(&w->rest);
    neap_carrier_pass_for(former);
    return task != NULL;
}

/* --- monitor thread --- */

bool neap_worker_is_asleep(const struct neap_worker *w) {
    return atomic_load(&w->asleep) != 0;
}

void neap_worker_set_due(struct neap_worker *w) {
    atomic_store_explicit(&w->tick, 1, memory_order_relaxed);
}

neap_time neap_worker_next_timer(const struct neap_worker *w) {
    return atomic_load_explicit(&w->next_timer, memory_order_relaxed);
}

bool neap_worker_has_waiting(struct neap_worker *w) {
    if (atomic_load_explicit(&w->has_ready, memory_order_relaxed) ||
        neap_runqueue_has_inbox(&w->queue) || neap_runqueue_has_inbox(&w->returning))
        return true;
    return w->poller->ops->has_io != NULL && w->poller->ops->has_io(w->poller);
}
