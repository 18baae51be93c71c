#include "core/runqueue.h"

void neap_runqueue_init(struct neap_runqueue *q) {
    q->first = q->last = NULL;
    q->length = q->taken = 0;
    atomic_init(&q->inbox, NULL);
}

void neap_runqueue_push_remote(struct neap_runqueue *q, struct neap_task *task) {
    struct neap_task *top = atomic_load_explicit(&q->inbox, memory_order_relaxed);
    do
        task->next = top;
    while (!atomic_compare_exchange_weak(&q->inbox, &top, task));
}

/* The inbox is newest first; turned round, each sender's order is kept. */
static void drain_inbox(struct neap_runqueue *q) {
    if (atomic_load_explicit(&q->inbox, memory_order_relaxed) == NULL)
        return;
    struct neap_task *top = atomic_exchange(&q->inbox, NULL);
    struct neap_task *oldest = NULL;
    while (top != NULL) {
        struct neap_task *next = top->next;
        top->next = oldest;
        oldest = top;
        top = next;
    }
    while (oldest != NULL) {
        struct neap_task *next = oldest->next;
        neap_runqueue_push(q, oldest);
        oldest = next;
    }
}

struct neap_task *neap_runqueue_pop(struct neap_runqueue *q) {
    drain_inbox(q);
    struct neap_task *task = q->first;
    if (task == NULL)
        return NULL;
    q->first = task->next;
    q->length--;
    q->taken++;
    return task;
}

void neap_runqueue_prepend(struct neap_runqueue *q, struct neap_runqueue *older) {
    if (older->first == NULL)
        return;
    older->last->next = q->first;
    if (q->first == NULL)
        q->last = older->last;
    q->first = older->first;
    q->length += older->length;
    q->taken -= older->length;
    neap_runqueue_init(older);
}

bool neap_runqueue_remove(struct neap_runqueue *q, struct neap_task *task) {
    drain_inbox(q);
    struct neap_task *before = NULL;
    struct neap_task *at = q->first;
    while (at != NULL && at != task) {
        before = at;
        at = at->next;
    }
    if (at == NULL)
        return false;
    if (before == NULL)
        q->first = at->next;
    else
        before->next = at->next;
    if (q->last == at)
        q->last = before;
    q->length--;
    q->taken++;
    return true;
}

bool neap_runqueue_any(struct neap_runqueue *q) {
    return q->first != NULL || atomic_load(&q->inbox) != NULL;
}
