#include "core/monitor.h"

#include "base/alloc.h"
#include "core/monitor_note.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/worker.h"

bool neap_watch(struct neap_node *node, struct neap_pid target, uint64_t ref,
                struct neap_process *watcher, struct neap_process **found) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), target);
    if (p == NULL)
        return false;
    neap_lock_take(&p->lock);
    bool alive = neap_process_is(p, target);
    if (alive)
        neap_map_put(&p->watchers, ref, watcher);
    neap_lock_give(&p->lock);
    *found = alive ? p : NULL;
    return alive;
}

void neap_unwatch(struct neap_process *target, uint64_t ref) {
    neap_lock_take(&target->lock);
    neap_map_remove(&target->watchers, ref);
    neap_lock_give(&target->lock);
}

static void note_monitor(struct neap_process *self, uint64_t ref, const char *name) {
    struct neap_monitor_note *note = neap_calloc(1, sizeof *note);
    note->name = name != NULL ? neap_strdup(name) : NULL;
    neap_lock_take(&self->lock);
    neap_map_put(&self->monitors, ref, note);
    neap_lock_give(&self->lock);
}

/* Noted before it is watched: a DOWN may come before this function returns. */
uint64_t neap_monitor(struct neap_process *self, struct neap_pid target, const char *name) {
    uint64_t ref = neap_worker_new_ref(self->worker);
    note_monitor(self, ref, name);
    struct neap_process *found = NULL;
    if (!neap_watch(self->node, target, ref, self, &found)) {
        neap_monitor_down(self, ref, target, neap_reason_of(NEAP_REASON_NOPROC));
        return ref;
    }
    neap_lock_take(&self->lock);
    struct neap_monitor_note *note = neap_map_get(&self->monitors, ref);
    if (note != NULL)
        note->target = found;
    neap_lock_give(&self->lock);
    return ref;
}

static void free_note(struct neap_monitor_note *note) {
    neap_free(note->name);
    neap_free(note);
}

static bool is_down_of(const struct neap_message *m, uint64_t ref) {
    return m->kind == NEAP_MESSAGE_DOWN && m->ref == ref;
}

/* Holder of the lock. */
static struct neap_message *take_down(struct neap_process *self, uint64_t ref) {
    struct neap_list *head = &self->mailbox.messages;
    for (struct neap_list *node = head->next; node != head; node = node->next) {
        struct neap_message *m = NEAP_LIST_ITEM(node, struct neap_message, link);
        if (is_down_of(m, ref)) {
            neap_mailbox_take(&self->mailbox, m);
            return m;
        }
    }
    return NULL;
}

void neap_demonitor(struct neap_process *self, uint64_t ref, bool flush) {
    neap_lock_take(&self->lock);
    struct neap_monitor_note *note = neap_map_remove(&self->monitors, ref);
    struct neap_message *down = note == NULL && flush ? take_down(self, ref) : NULL;
    neap_lock_give(&self->lock);
    neap_message_free(down);
    if (note == NULL)
        return;
    if (note->target != NULL)
        neap_unwatch(note->target, ref);
    free_note(note);
}

/* Holder of the watcher's lock. A reference can be a monitor's and an open call's at once
 * (neap_spawn with both `monitor` and `ack`). */
static void fail_call(struct neap_process *watcher, uint64_t ref,
                      struct neap_reason reason) {
    struct neap_call *call = &watcher->call;
    if (call->ref != ref)
        return; /* it is no call, or one that is settled */
    call->ref = 0;
    call->target = NULL;
    call->failed = true;
    call->reason = neap_reason_ref(reason);
    neap_process_wake(watcher, NEAP_EVENT_REPLY);
}

/* Holder of the watcher's lock. */
static void push_down(struct neap_process *watcher, struct neap_monitor_note *note,
                      uint64_t ref, struct neap_pid target, struct neap_reason reason) {
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_DOWN, target, reason);
    m->ref = ref;
    m->name = note->name;
    note->name = NULL;
    int err = neap_mailbox_push(&watcher->mailbox, m);
    NEAP_ASSERT(err == 0); /* signals are never refused */
    neap_process_bound_signals(watcher);
    neap_process_wake(watcher, NEAP_EVENT_MAIL);
}

/* A reference is never used twice, so if the slot holds another process by now, that one
 * knows nothing of it. */
void neap_monitor_down(struct neap_process *watcher, uint64_t ref, struct neap_pid target,
                       struct neap_reason reason) {
    neap_lock_take(&watcher->lock);
    struct neap_monitor_note *note = neap_map_remove(&watcher->monitors, ref);
    fail_call(watcher, ref, reason);
    if (note != NULL)
        push_down(watcher, note, ref, target, reason);
    neap_lock_give(&watcher->lock);
    if (note != NULL)
        free_note(note);
}
