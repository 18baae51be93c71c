#include "core/send.h"

#include "base/error.h"
#include "core/node.h"
#include "core/process_fields.h"

static struct neap_process *process_of(struct neap_sender *s) {
    return (struct neap_process *)(void *)((char *)s -
                                           offsetof(struct neap_process, sender));
}

/* Holder of the receiver's lock. */
static int enqueue_sender(struct neap_process *to, struct neap_process *sender,
                          struct neap_message *m) {
    struct neap_sender *s = &sender->sender;
    NEAP_ASSERT(!s->queued);
    *s = (struct neap_sender){ .receiver = to, .message = m, .queued = true };
    neap_list_push(&to->senders, &s->link);
    return NEAP_EWAIT;
}

/* Holder of the receiver's lock. Takes `m` unless it returns NEAP_EFULL. */
/* Nobody may fill another's memory by timers: what is too much of them is dropped. */
static bool drop_timer(struct neap_process *to, struct neap_message *m) {
    if (m->kind != NEAP_MESSAGE_TIMER)
        return false;
    uint64_t max = neap_process_urgent_max(to);
    if (to->mailbox.urgent_bytes + m->cost <= max)
        return false;
    to->mailbox.refused++;
    neap_message_free(m);
    return true;
}

static int deliver(struct neap_process *to, struct neap_process *sender,
                   struct neap_message *m) {
    if (!neap_mailbox_never_fits(&to->mailbox, m) && neap_process_hand(to, m))
        return 0;
    if (drop_timer(to, m))
        return 0;
    bool urgent = neap_message_is_urgent(m);
    bool overtakes = !urgent && !neap_list_empty(&to->senders);
    if (!overtakes && neap_mailbox_push(&to->mailbox, m) == 0) {
        neap_process_wake(to, NEAP_EVENT_MAIL);
        return 0;
    }
    to->mailbox.refused++;
    bool may_wait = sender != NULL && sender != to &&
                    to->limits.policy == NEAP_POLICY_BLOCK &&
                    !neap_mailbox_never_fits(&to->mailbox, m);
    return may_wait ? enqueue_sender(to, sender, m) : NEAP_EFULL;
}

int neap_send(struct neap_node *node, struct neap_process *sender, struct neap_pid to,
              struct neap_message *m) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), to);
    int err = NEAP_ENOPROC;
    if (p != NULL) {
        neap_lock_take(&p->lock);
        if (neap_process_is(p, to))
            err = deliver(p, sender, m);
        neap_lock_give(&p->lock);
    }
    if (err == NEAP_ENOPROC || err == NEAP_EFULL)
        neap_message_free(m);
    return err == NEAP_ENOPROC ? 0 : err;
}

int neap_send_result(struct neap_process *sender) {
    struct neap_process *to = sender->sender.receiver;
    neap_lock_take(&to->lock);
    bool queued = sender->sender.queued;
    neap_lock_give(&to->lock);
    return queued ? NEAP_EWAIT : 0;
}

static struct neap_sender *first_sender(struct neap_process *receiver) {
    return NEAP_LIST_ITEM(receiver->senders.next, struct neap_sender, link);
}

static struct neap_process *release(struct neap_sender *s) {
    neap_list_remove(&s->link);
    s->queued = false;
    s->message = NULL;
    return process_of(s);
}

/* Holder of the lock. A full batch means there may be more. */
static unsigned admit(struct neap_process *receiver,
                      struct neap_process *woken[NEAP_ADMIT_BATCH]) {
    unsigned n = 0;
    while (n < NEAP_ADMIT_BATCH && !neap_list_empty(&receiver->senders)) {
        struct neap_sender *s = first_sender(receiver);
        if (neap_mailbox_push(&receiver->mailbox, s->message) != 0)
            break;
        woken[n++] = release(s);
    }
    if (n > 0)
        neap_process_wake(receiver, NEAP_EVENT_MAIL);
    return n;
}

void neap_send_admit(struct neap_process *receiver) {
    struct neap_process *woken[NEAP_ADMIT_BATCH];
    for (;;) {
        unsigned n = admit(receiver, woken);
        neap_lock_give(&receiver->lock);
        neap_send_wake(woken, n);
        if (n < NEAP_ADMIT_BATCH)
            return;
        neap_lock_take(&receiver->lock);
    }
}

/* The receiver's slot may hold another process by now; then nothing is queued any more,
 * since a process that ends lets its senders go first. Who waited behind a large message
 * may fit where that one did not. */
int neap_send_cancel(struct neap_process *sender) {
    struct neap_sender *s = &sender->sender;
    if (s->receiver == NULL)
        return 0;
    neap_lock_take(&s->receiver->lock);
    struct neap_message *left = NULL;
    if (s->queued) {
        neap_list_remove(&s->link);
        s->queued = false;
        left = s->message;
    }
    neap_send_admit(s->receiver); /* unlocks it */
    s->receiver = NULL;
    s->message = NULL;
    neap_message_free(left);
    return left != NULL ? NEAP_EFULL : 0;
}

unsigned neap_send_dismiss(struct neap_process *receiver,
                           struct neap_process *woken[NEAP_ADMIT_BATCH]) {
    unsigned n = 0;
    while (n < NEAP_ADMIT_BATCH && !neap_list_empty(&receiver->senders)) {
        struct neap_sender *s = first_sender(receiver);
        neap_message_free(s->message);
        woken[n++] = release(s);
    }
    return n;
}

/* A sender may have ended and its slot been reused: then another process is woken for
 * nothing and goes back to sleep. */
void neap_send_wake(struct neap_process *const *senders, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        neap_lock_take(&senders[i]->lock);
        neap_process_wake(senders[i], NEAP_EVENT_ROOM);
        neap_lock_give(&senders[i]->lock);
    }
}
