#include "core/placement.h"

#include "core/carrier.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/worker_fields.h"

#include <stddef.h>

enum { FEW = 4 }; /* that a worker keeps, if they do not wait for long */

struct neap_worker *neap_placement_of_new(struct neap_node *node,
                                          struct neap_process *parent) {
    struct neap_worker *best = parent != NULL ? parent->worker : neap_node_worker(node, 0);
    for (uint32_t i = 0; i < neap_node_workers(node); i++) {
        struct neap_worker *w = neap_node_worker(node, i);
        if (neap_worker_load(w) < neap_worker_load(best))
            best = w;
    }
    return best;
}

/* Alarms tick on the worker that they were started on, and resources live on its loop, so a
 * process that has some stays. The deadline's timer can go: the wait it was for is over, or
 * is begun anew in the next slice. Holder of the process's lock, who has `from`. */
static bool move(struct neap_process *p, struct neap_worker *from, struct neap_worker *to) {
    if (p->timers.count != 0 || !neap_list_empty(&p->resources))
        return false;
    p->worker = to;
    neap_rest_taken(p, neap_node_now(p->node)); /* the clock of one that sleeps stands still */
    neap_timers_remove(&from->timers, &p->deadline_timer);
    neap_worker_add_load(from, -1);
    neap_worker_add_load(to, 1);
    return true;
}

/* --- what becomes ready --- */

static bool has_nothing_to_do(const struct neap_worker *w) {
    return atomic_load_explicit(&w->dozes, memory_order_relaxed);
}

/* What becomes ready here is what runs next, and soon. */
static bool runs_it_next(struct neap_worker *here) {
    return !neap_runqueue_any(&here->queue) &&
           !neap_carrier_computes(neap_carrier_current());
}

static void take_over(struct neap_process *p, struct neap_worker *here) {
    struct neap_worker *from = p->worker;
    neap_lock_take(&from->doze);
    if (has_nothing_to_do(from))
        move(p, from, here);
    neap_lock_give(&from->doze);
}

void neap_placement_queue(struct neap_process *p) {
    struct neap_worker *here = neap_worker_current();
    if (p->worker != here && here != NULL && has_nothing_to_do(p->worker) &&
        runs_it_next(here))
        take_over(p, here);
    neap_worker_post(p->worker, &p->task);
}

/* --- sharing ---
 *
 * A worker gives work away; nobody takes it from one that is awake. So a run queue is touched
 * by its own carrier alone. What is given is ordered before its next slice by the inbox it
 * goes through. */

static struct neap_worker *find_idle(struct neap_worker *w) {
    uint32_t count = neap_node_workers(w->node);
    for (uint32_t i = 1; i < count; i++) {
        struct neap_worker *other = neap_node_worker(w->node, (w->index + i) % count);
        if (has_nothing_to_do(other))
            return other;
    }
    return NULL;
}

static bool give(struct neap_worker *from, struct neap_worker *to, struct neap_task *task) {
    if (task->run != neap_worker_run_process)
        return false;
    struct neap_process *p = NEAP_LIST_ITEM(task, struct neap_process, task);
    neap_lock_take(&p->lock);
    bool moved = move(p, from, to);
    neap_lock_give(&p->lock);
    if (moved)
        neap_runqueue_push_remote(&to->queue, task);
    return moved;
}

/* Of the oldest `count` of `queue`, those that can go; gives their number. What has to stay
 * keeps its place. Behind the rest, a task would come after those that were posted later: an
 * HTTP lane was closed before it was opened. And a process could wait for ever, as it would
 * be put behind the one that has just run, tick after tick. */
static uint64_t share_from(struct neap_worker *w, struct neap_runqueue *queue,
                           uint64_t count, struct neap_worker *to) {
    struct neap_runqueue staying;
    uint64_t given = 0;
    neap_runqueue_init(&staying);
    if (count > queue->length)
        count = queue->length;
    for (; count > 0; count--) {
        struct neap_task *task = neap_runqueue_pop(queue);
        if (give(w, to, task))
            given++;
        else
            neap_runqueue_push(&staying, task);
    }
    neap_runqueue_prepend(queue, &staying);
    return given;
}

/* How many should go, if there is somebody. */
static uint64_t surplus(const struct neap_worker *w) {
    uint64_t length = w->queue.length + w->later.length;
    bool some_compute = w->later.first != NULL;
    bool some_waited = w->looked_up_to > w->queue.taken;
    if (some_compute || some_waited || w->queue.length > FEW)
        return length / 2;
    return 0;
}

void neap_placement_share(struct neap_worker *w) {
    uint64_t count = surplus(w);
    struct neap_worker *to = count > 0 ? find_idle(w) : NULL;
    if (to != NULL) {
        uint64_t given = share_from(w, &w->later, count, to);
        given += share_from(w, &w->queue, count - given, to);
        if (given > 0)
            neap_worker_wake(to);
    }
    w->looked_up_to = w->queue.taken + w->queue.length;
}
