/* mailbox.h - the messages waiting for one process, in the order they came.
 * Owns:      every queued message, from push until take.
 * Threads:   whoever holds the process's lock.
 * Bounds:    max_messages and max_bytes for ordinary mail; signals and timer messages are
 *            never refused here and counted apart: their bound is neap_process_urgent_max.
 * Invariant: count and bytes are those of the ordinary messages queued; `seen` is a queued
 *            message or the list head: everything up to it was looked at by this receive. */
#ifndef NEAP_CORE_MAILBOX_H
#define NEAP_CORE_MAILBOX_H

#include "base/assert.h"
#include "core/message.h"

struct neap_mailbox { /* embedded in the process */
    struct neap_list messages;
    struct neap_list *seen;
    uint64_t count;
    uint64_t bytes;
    uint64_t urgent; /* queued signals and timer messages */
    uint64_t urgent_bytes;
    uint64_t max_messages;
    uint64_t max_bytes;
    uint64_t refused; /* sends that met a full box, since the start */
};

/* --- holder of the process's lock ----------------------------------------- */
void neap_mailbox_init(struct neap_mailbox *box, uint64_t max_messages, uint64_t max_bytes);

/* Frees what is queued. */
void neap_mailbox_fini(struct neap_mailbox *box);

/* True if `m` is urgent or within the bounds now. */
bool neap_mailbox_fits(const struct neap_mailbox *box, const struct neap_message *m);

/* True if `m` could never fit, however empty the box. */
bool neap_mailbox_never_fits(const struct neap_mailbox *box, const struct neap_message *m);

/* Takes `m`. On NEAP_EFULL the caller still owns it; `refused` is the caller's to count. */
NEAP_MUST_CHECK int neap_mailbox_push(struct neap_mailbox *box, struct neap_message *m);

/* Starts a new look at the box: the next message is the oldest. */
void neap_mailbox_rewind(struct neap_mailbox *box);

/* Lends the oldest message not seen since the rewind and marks it seen, or NULL. */
struct neap_message *neap_mailbox_next(struct neap_mailbox *box);

/* Gives a queued message to the caller. */
void neap_mailbox_take(struct neap_mailbox *box, struct neap_message *m);

/* Lends the message that _next gave last, if it is still here and nothing was rewound. */
struct neap_message *neap_mailbox_seen(const struct neap_mailbox *box);

#endif
