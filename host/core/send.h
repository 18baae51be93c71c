/* send.h - putting a message into a mailbox, and waiting for room there.
 * Owns:      a message from the call on; every function here takes it.
 * Threads:   see the headings; one process lock at a time.
 * Bounds:    the receiver's mailbox.
 * Invariant: senders that wait are served in the order they came, and nobody overtakes
 *            them; so two messages of one sender never change places. */
#ifndef NEAP_CORE_SEND_H
#define NEAP_CORE_SEND_H

#include "base/assert.h"
#include "core/message.h"

#include <stdbool.h>

struct neap_node;
struct neap_process;

/* --- any thread ---------------------------------------------------------- */
/* Takes `m`. 0: delivered, or `to` is dead (as OTP). NEAP_EFULL: no room, and the message
 * is gone. NEAP_EWAIT, only if `sender` is not NULL and the policy is to block: `sender`,
 * whose slice this is, waits with it for NEAP_EVENT_ROOM, then asks neap_send_result. */
NEAP_MUST_CHECK int neap_send(struct neap_node *node, struct neap_process *sender,
                              struct neap_pid to, struct neap_message *m);

/* --- the sender's slice ------------------------------------------------------ */
/* 0: delivered, or the receiver died meanwhile; NEAP_EWAIT: still waiting. */
NEAP_MUST_CHECK int neap_send_result(struct neap_process *sender);

/* Gives up. 0: it had been delivered just before; NEAP_EFULL: it was not. */
int neap_send_cancel(struct neap_process *sender);

/* --- core: the receiver takes mail ------------------------------------------- */
enum { NEAP_ADMIT_BATCH = 16 };

/* Moves what fits now from waiting senders to the mailbox and wakes them. Holder of the
 * lock, which it releases. */
void neap_send_admit(struct neap_process *receiver);

/* Lets waiting senders go: the receiver ends. Holder of the lock. Gives the senders to wake
 * after unlocking; a full batch means there may be more. */
unsigned neap_send_dismiss(struct neap_process *receiver,
                           struct neap_process *woken[NEAP_ADMIT_BATCH]);

void neap_send_wake(struct neap_process *const *senders, unsigned count);

#endif
