/* mail.h - a process takes messages from its own mailbox.
 * Owns:      a message taken belongs to the caller: neap_message_free.
 * Threads:   the process's own slice.
 * Bounds:    none.
 * Invariant: what was not taken stays, in order. */
#ifndef NEAP_CORE_MAIL_H
#define NEAP_CORE_MAIL_H

#include "core/message.h"

#include <stdbool.h>

struct neap_process;

/* Looks at message bytes only: it is called with the process's lock held. */
typedef bool (*neap_mail_match)(const struct neap_message *m, const void *context);

/* --- the process's own slice ------------------------------------------------- */
/* The next look starts with the oldest message again. */
void neap_mail_rewind(struct neap_process *self);

/* Gives the oldest unseen message that matches (NULL: any); what it passes over counts as
 * seen until the next rewind. NULL: none there now. */
struct neap_message *neap_mail_take(struct neap_process *self, neap_mail_match match,
                                    const void *context);

/* Lends the oldest unseen message, which stays queued and now counts as seen, or NULL. Only
 * its own process removes mail, so it stays valid until it is taken. */
struct neap_message *neap_mail_look(struct neap_process *self);

/* Takes the message that neap_mail_look lent last: it is the caller's then. False if that is
 * not `m` any more; `m` is compared only, so it may be gone, or have been anything. */
bool neap_mail_take_seen(struct neap_process *self, const struct neap_message *m);

#endif
