#include "core/mail.h"

#include "core/process_fields.h"
#include "core/send.h"

void neap_mail_rewind(struct neap_process *self) {
    neap_mailbox_rewind(&self->mailbox); /* the mark is the receiver's alone */
}

/* Holder of the lock. What is in the box was looked at: it is no event any more. */
static void note_seen(struct neap_process *self) {
    const struct neap_mailbox *box = &self->mailbox;
    if (box->seen->next == &box->messages)
        self->events &= ~(unsigned)NEAP_EVENT_MAIL;
    if (neap_list_empty(&box->messages))
        atomic_store_explicit(&self->has_mail, 0, memory_order_relaxed);
}

static bool has_mail(const struct neap_process *self) {
    return atomic_load_explicit(&self->has_mail, memory_order_relaxed) != 0;
}

/* Senders that waited for this room get it before anybody else can. Holder of the lock,
 * which it releases. */
static void take_and_admit(struct neap_process *self, struct neap_message *m) {
    neap_mailbox_take(&self->mailbox, m);
    note_seen(self);
    neap_send_admit(self); /* unlocks it */
}

static struct neap_message *take_handed(struct neap_process *self) {
    struct neap_message *m = atomic_load_explicit(&self->handed, memory_order_relaxed);
    if (m != NULL)
        atomic_store_explicit(&self->handed, NULL, memory_order_relaxed);
    return m;
}

struct neap_message *neap_mail_take(struct neap_process *self, neap_mail_match match,
                                    const void *context) {
    struct neap_message *handed = take_handed(self);
    if (handed != NULL) {
        NEAP_ASSERT(match == NULL); /* it waited for any */
        return handed;
    }
    if (!has_mail(self))
        return NULL;
    neap_lock_take(&self->lock);
    struct neap_message *m;
    do
        m = neap_mailbox_next(&self->mailbox);
    while (m != NULL && match != NULL && !match(m, context));
    if (m != NULL) {
        take_and_admit(self, m);
        return m;
    }
    note_seen(self);
    neap_lock_give(&self->lock);
    return NULL;
}

struct neap_message *neap_mail_look(struct neap_process *self) {
    if (!has_mail(self))
        return NULL;
    neap_lock_take(&self->lock);
    struct neap_message *m = neap_mailbox_next(&self->mailbox);
    if (m == NULL)
        note_seen(self);
    neap_lock_give(&self->lock);
    return m;
}

bool neap_mail_take_seen(struct neap_process *self, const struct neap_message *m) {
    struct neap_message *seen = neap_mailbox_seen(&self->mailbox);
    if (seen == NULL || seen != m)
        return false;
    neap_lock_take(&self->lock);
    take_and_admit(self, seen);
    return true;
}
