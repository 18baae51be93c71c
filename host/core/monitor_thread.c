#include "core/monitor_thread.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/thread.h"
#include "core/node.h"
#include "core/worker.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

enum {
    QUIET_TICKS = 3, /* before it sleeps: rousing it costs a system call */
    MISSES_BEFORE_RUSH = 3,
    RUSH_STEPS = 20,
};
static const neap_time TICK = NEAP_MS;
static const neap_time RUSH = 50000; /* ns */

struct neap_monitor_thread {
    struct neap_node *node;
    pthread_t thread;
    sem_t roused;

    /* 1 while it sleeps or is about to. Written by itself, and back to 0 by whoever rouses
     * it. seq_cst, with the workers' `asleep`: either it sees a worker awake, or that worker
     * sees it asleep and rouses it. */
    _Atomic(int) asleep;

    /* Set once by the thread that stops the node. seq_cst, as `asleep`. */
    _Atomic(int) stopping;
};

static void pause_for(neap_time ns) {
    struct timespec t = { 0, (long)ns };
    nanosleep(&t, NULL);
}

static bool all_asleep(struct neap_node *node) {
    for (uint32_t i = 0; i < neap_node_workers(node); i++)
        if (!neap_worker_is_asleep(neap_node_worker(node, i)))
            return false;
    return true;
}

static bool watch_all(struct neap_node *node) {
    bool due = false;
    for (uint32_t i = 0; i < neap_node_workers(node); i++)
        due |= neap_worker_watch(neap_node_worker(node, i));
    return due;
}

/* A signal that finds a carrier outside the VM does nothing. One in three does, so after a
 * few misses it is sent in quicker succession. */
static void rush(struct neap_node *node) {
    for (int i = 0; i < RUSH_STEPS; i++) {
        pause_for(RUSH);
        if (!watch_all(node))
            return;
    }
}

static void sleep_until_roused(struct neap_monitor_thread *m) {
    atomic_store(&m->asleep, 1);
    if (!all_asleep(m->node) || atomic_load(&m->stopping) != 0) {
        if (atomic_exchange(&m->asleep, 0) != 0)
            return;
    }
    while (sem_wait(&m->roused) != 0)
        ; /* interrupted by a signal */
}

static void *thread_main(void *arg) {
    struct neap_monitor_thread *m = arg;
    neap_thread_hurry(); /* on a loaded machine the runaways must not keep it from running */
    int quiet = 0;
    int missed = 0;
    while (atomic_load(&m->stopping) == 0) {
        pause_for(TICK);
        missed = watch_all(m->node) ? missed + 1 : 0;
        if (missed >= MISSES_BEFORE_RUSH)
            rush(m->node);
        quiet = all_asleep(m->node) ? quiet + 1 : 0;
        if (quiet < QUIET_TICKS)
            continue;
        quiet = 0;
        sleep_until_roused(m);
    }
    return NULL;
}

struct neap_monitor_thread *neap_monitor_thread_new(struct neap_node *node) {
    struct neap_monitor_thread *m = neap_calloc(1, sizeof *m);
    m->node = node;
    int err = sem_init(&m->roused, 0, 0);
    NEAP_ASSERT(err == 0);
    return m;
}

void neap_monitor_thread_start(struct neap_monitor_thread *m) {
    int err = pthread_create(&m->thread, NULL, thread_main, m);
    NEAP_ASSERT(err == 0);
}

void neap_monitor_thread_rouse(struct neap_monitor_thread *m) {
    if (atomic_load(&m->asleep) != 0 && atomic_exchange(&m->asleep, 0) != 0)
        sem_post(&m->roused);
}

void neap_monitor_thread_stop(struct neap_monitor_thread *m) {
    atomic_store(&m->stopping, 1);
    neap_monitor_thread_rouse(m);
    int err = pthread_join(m->thread, NULL);
    NEAP_ASSERT(err == 0);
}

void neap_monitor_thread_free(struct neap_monitor_thread *m) {
    if (m == NULL)
        return;
    sem_destroy(&m->roused);
    neap_free(m);
}
