/* call.h - waiting for the one answer to a question.
 * Owns:      the answer, from its arrival until neap_call_result gives it.
 * Threads:   see the headings; one process lock at a time.
 * Bounds:    a process has one open call.
 * Invariant: a reference is answered at most once, by a reply or by the callee's end; once
 *            closed, a late answer reaches nobody (CALL-06). Answers need no room in the
 *            caller's mailbox. */
#ifndef NEAP_CORE_CALL_H
#define NEAP_CORE_CALL_H

#include "base/assert.h"
#include "core/message.h"

struct neap_node;
struct neap_process;

struct neap_call_result {       /* a plain value; what is set belongs to the caller */
    struct neap_message *reply; /* NEAP_MESSAGE_REPLY or _REFUSED, or NULL */
    struct neap_reason reason;  /* why the callee ended, when reply is NULL */
};

/* --- the slice of `self` ---------------------------------------------------- */
/* Opens a call to `target`; gives the reference. 0: there is no such process. */
uint64_t neap_call_open(struct neap_process *self, struct neap_pid target);

/* Opens a call whose target is not known yet; neap_spawn's `ack` binds it. */
uint64_t neap_call_open_unbound(struct neap_process *self);

/* 0 with the result, and the call is closed; or NEAP_EWAIT. */
NEAP_MUST_CHECK int neap_call_result(struct neap_process *self,
                                     struct neap_call_result *result);

/* Gives the call up: what comes later reaches nobody. No call open: no-op. */
void neap_call_close(struct neap_process *self);

/* --- holder of the lock of `self` -------------------------------------------- */
/* The start that a supervisor waits for, and each that it will wait for, fails with
 * "shutdown", though the child goes on: the supervisor is to end, and its parent waits. */
void neap_call_give_up_starts(struct neap_process *self);

/* --- any thread ---------------------------------------------------------- */
/* Answers the call `ref` of `caller`. Takes `m`; dropped when nobody waits for it. */
void neap_reply(struct neap_node *node, struct neap_pid caller, uint64_t ref,
                struct neap_message *m);

#endif
