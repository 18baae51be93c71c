#include "core/call.h"

#include "base/error.h"
#include "core/monitor.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/worker.h"

/* Holder of the lock. The child may go on watching: its end finds no call of that reference. */
static void give_up(struct neap_process *self) {
    self->call = (struct neap_call){ .failed = true,
                                     .reason = neap_reason_of(NEAP_REASON_SHUTDOWN) };
    neap_process_wake(self, NEAP_EVENT_REPLY);
}

uint64_t neap_call_open_unbound(struct neap_process *self) {
    uint64_t ref = neap_worker_new_ref(self->worker);
    neap_lock_take(&self->lock);
    NEAP_ASSERT(self->call.ref == 0 && self->call.reply == NULL && !self->call.failed);
    self->call.ref = ref;
    if (self->told_to_end)
        give_up(self);
    neap_lock_give(&self->lock);
    return ref;
}

void neap_call_give_up_starts(struct neap_process *self) {
    self->told_to_end = true;
    if (self->call.ref != 0)
        give_up(self);
}

/* The note comes first, the watching after: the target may end in between. */
uint64_t neap_call_open(struct neap_process *self, struct neap_pid target) {
    uint64_t ref = neap_call_open_unbound(self);
    struct neap_process *found = NULL;
    bool watched = neap_watch(self->node, target, ref, self, &found);
    neap_lock_take(&self->lock);
    if (!watched)
        self->call.ref = 0;
    else if (self->call.ref == ref)
        self->call.target = found;
    neap_lock_give(&self->lock);
    return watched ? ref : 0;
}

int neap_call_result(struct neap_process *self, struct neap_call_result *result) {
    neap_lock_take(&self->lock);
    struct neap_call *call = &self->call;
    bool settled = call->reply != NULL || call->failed;
    if (settled) {
        self->events &= ~(unsigned)NEAP_EVENT_REPLY;
        *result = (struct neap_call_result){ call->reply, call->reason };
        *call = (struct neap_call){ 0 };
    }
    neap_lock_give(&self->lock);
    return settled ? 0 : NEAP_EWAIT;
}

void neap_call_close(struct neap_process *self) {
    neap_lock_take(&self->lock);
    struct neap_call call = self->call;
    self->call = (struct neap_call){ 0 };
    neap_lock_give(&self->lock);
    if (call.target != NULL)
        neap_unwatch(call.target, call.ref);
    neap_message_free(call.reply);
    neap_reason_unref(call.reason);
}

/* Holder of the caller's lock. Gives the callee that still watches, or NULL. */
static struct neap_process *settle(struct neap_process *caller, struct neap_message *m) {
    struct neap_process *target = caller->call.target;
    caller->call.ref = 0;
    caller->call.target = NULL;
    caller->call.reply = m;
    neap_process_wake(caller, NEAP_EVENT_REPLY);
    return target;
}

void neap_reply(struct neap_node *node, struct neap_pid caller, uint64_t ref,
                struct neap_message *m) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), caller);
    struct neap_process *target = NULL;
    bool wanted = false;
    if (p != NULL) {
        neap_lock_take(&p->lock);
        wanted = neap_process_is(p, caller) && p->call.ref == ref && ref != 0;
        if (wanted)
            target = settle(p, m);
        neap_lock_give(&p->lock);
    }
    if (!wanted)
        neap_message_free(m);
    else if (target != NULL)
        neap_unwatch(target, ref);
}
