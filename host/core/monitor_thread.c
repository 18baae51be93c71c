#include "core/monitor_thread.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/thread.h"
#include "core/node.h"
#include "core/preemption.h"
#include "core/spares.h"
#include "core/worker.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

enum {
    QUIET_TICKS = 3, /* before it sleeps: rousing it costs a system call */
    MISSES_BEFORE_RUSH = 3,
};
static const neap_time TICK = NEAP_MS;
static const neap_time RUSH = 50000; /* ns, between signals to a turn that has to end */
static const neap_time LATENESS = 200000; /* ns: what is due sooner is not hurried for */

struct neap_monitor_thread {
    struct neap_node *node;
    pthread_t thread;
    sem_t roused; /* while it sleeps; or the next look has to be earlier */
    struct neap_preemption *workers;

    /* 1 while it sleeps or is about to. Written by itself, and back to 0 by whoever rouses
     * it. seq_cst, with the workers' `asleep`: either it sees a worker awake, or that worker
     * sees it asleep and rouses it. */
    _Atomic(int) asleep;

    /* When it looks next. Written by itself, and by a carrier whose slice begins, if a timer
     * is due before: that one posts `roused`. Relaxed: a look too late is at the next tick. */
    _Atomic(neap_time) next_look;

    /* Set once by the thread that stops the node. seq_cst, as `asleep`. */
    _Atomic(int) stopping;

    /* --- itself --- */
    neap_time next_tick;
    int quiet;  /* ticks with nothing to watch */
    int missed; /* ticks at which a turn that has to end had not ended */
};

static struct neap_spares *spares_of(const struct neap_monitor_thread *m) {
    return neap_node_spares(m->node);
}

static bool all_asleep(const struct neap_monitor_thread *m) {
    for (uint32_t i = 0; i < neap_node_workers(m->node); i++)
        if (!neap_worker_is_asleep(neap_node_worker(m->node, i)))
            return false;
    return !neap_spares_any_detached(spares_of(m));
}

static void set_due(struct neap_node *node) {
    for (uint32_t i = 0; i < neap_node_workers(node); i++)
        if (!neap_worker_is_asleep(neap_node_worker(node, i)))
            neap_worker_set_due(neap_node_worker(node, i));
}

static neap_time look_at_workers(struct neap_monitor_thread *m, neap_time now) {
    neap_time next = NEAP_FOREVER;
    for (uint32_t i = 0; i < neap_node_workers(m->node); i++) {
        struct neap_worker *w = neap_node_worker(m->node, i);
        neap_time at = neap_preemption_look(&m->workers[i], w, spares_of(m), now);
        next = at < next ? at : next;
    }
    return next;
}

/* A signal that finds a carrier outside the VM does nothing. One in three does, so after a
 * few misses it is sent in quicker succession. */
static neap_time watch_carriers(struct neap_monitor_thread *m, neap_time now) {
    bool is_tick = now >= m->next_tick;
    if (!is_tick && m->missed < MISSES_BEFORE_RUSH)
        return m->next_tick;
    bool due = neap_spares_watch(spares_of(m));
    m->missed = due ? m->missed + is_tick : 0;
    if (is_tick) {
        m->next_tick = now + TICK;
        set_due(m->node);
        m->quiet = all_asleep(m) ? m->quiet + 1 : 0;
    }
    return m->missed >= MISSES_BEFORE_RUSH ? now + RUSH : m->next_tick;
}

static void sleep_until(struct neap_monitor_thread *m, neap_time at) {
    struct timespec t = { (time_t)(at / 1000000000u), (long)(at % 1000000000u) };
    atomic_store_explicit(&m->next_look, at, memory_order_relaxed);
    while (sem_clockwait(&m->roused, CLOCK_MONOTONIC, &t) != 0 && errno == EINTR)
        ;
    atomic_store_explicit(&m->next_look, 0, memory_order_relaxed); /* it is awake */
}

static void sleep_until_roused(struct neap_monitor_thread *m) {
    neap_spares_retire(spares_of(m));
    m->quiet = 0;
    atomic_store(&m->asleep, 1);
    if (!all_asleep(m) || atomic_load(&m->stopping) != 0) {
        if (atomic_exchange(&m->asleep, 0) != 0)
            return;
    }
    while (sem_wait(&m->roused) != 0)
        ;                        /* interrupted by a signal */
    atomic_store(&m->asleep, 0); /* also if the post was one that came too late for a look */
}

/* Looks too close to each other would cost more than the lateness that they save. */
static void look(struct neap_monitor_thread *m) {
    neap_time now = neap_node_now(m->node);
    neap_time next = watch_carriers(m, now);
    neap_time at = look_at_workers(m, now);
    next = at < next ? at : next;
    sleep_until(m, next > now + RUSH ? next : now + RUSH);
}

static void *thread_main(void *arg) {
    struct neap_monitor_thread *m = arg;
    neap_thread_hurry(); /* on a loaded machine the runaways must not keep it from running */
    while (atomic_load(&m->stopping) == 0) {
        look(m);
        if (m->quiet >= QUIET_TICKS)
            sleep_until_roused(m);
    }
    neap_spares_withdraw_all(spares_of(m));
    return NULL;
}

struct neap_monitor_thread *neap_monitor_thread_new(struct neap_node *node) {
    struct neap_monitor_thread *m = neap_calloc(1, sizeof *m);
    m->node = node;
    m->workers = neap_calloc(neap_node_workers(node), sizeof *m->workers);
    int err = sem_init(&m->roused, 0, 0);
    NEAP_ASSERT(err == 0);
    return m;
}

bool neap_monitor_thread_start(struct neap_monitor_thread *m) {
    return pthread_create(&m->thread, NULL, thread_main, m) == 0;
}

void neap_monitor_thread_rouse(struct neap_monitor_thread *m) {
    if (atomic_load(&m->asleep) != 0 && atomic_exchange(&m->asleep, 0) != 0)
        sem_post(&m->roused);
}

/* Once for each look: who moves it forward posts. */
void neap_monitor_thread_expect(struct neap_monitor_thread *m, neap_time at) {
    neap_time next = atomic_load_explicit(&m->next_look, memory_order_relaxed);
    if (next <= LATENESS || at >= next - LATENESS)
        return;
    if (atomic_compare_exchange_strong_explicit(
            &m->next_look, &next, at, memory_order_relaxed, memory_order_relaxed))
        sem_post(&m->roused);
}

void neap_monitor_thread_stop(struct neap_monitor_thread *m) {
    atomic_store(&m->stopping, 1);
    sem_post(&m->roused);
    int err = pthread_join(m->thread, NULL);
    NEAP_ASSERT(err == 0);
}

void neap_monitor_thread_free(struct neap_monitor_thread *m) {
    if (m == NULL)
        return;
    sem_destroy(&m->roused);
    neap_free(m->workers);
    neap_free(m);
}
