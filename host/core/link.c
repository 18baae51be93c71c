#include "core/link.h"

#include "core/exit.h"
#include "core/node.h"
#include "core/process_fields.h"

/* Both locks are needed at once: with one after the other, a link and an unlink of the same
 * pair from both sides could leave a half link. */
static void lock_pair(struct neap_process *a, struct neap_process *b) {
    struct neap_process *first = a->slot < b->slot ? a : b;
    neap_lock_take(&first->lock);
    neap_lock_take(&(first == a ? b : a)->lock);
}

static void unlock_pair(struct neap_process *a, struct neap_process *b) {
    neap_lock_give(&a->lock);
    neap_lock_give(&b->lock);
}

static uint64_t key_of(const struct neap_process *p) {
    return (uint64_t)p->slot + 1;
}

/* Alive, or ending: then `self` may not have been told yet. */
static bool is_or_was(const struct neap_process *p, struct neap_pid pid) {
    return p->pid.generation == pid.generation;
}

/* Holder of both locks. False: `other` has ended. A link to one that is just ending stays
 * what it is: its exit is on its way, and is the only one (SIG-11). */
static bool join(struct neap_process *self, struct neap_process *other) {
    if (other->state == NEAP_PROCESS_DEAD)
        return neap_map_get(&self->links, key_of(other)) != NULL;
    neap_map_put(&self->links, key_of(other), other);
    neap_map_put(&other->links, key_of(self), self);
    return true;
}

void neap_link(struct neap_process *self, struct neap_pid to) {
    struct neap_process *other = neap_processes_find(neap_node_processes(self->node), to);
    if (other == self && neap_process_is(self, to))
        return;
    bool linked = false;
    if (other != NULL && other != self) {
        lock_pair(self, other);
        linked = is_or_was(other, to) && join(self, other);
        unlock_pair(self, other);
    }
    if (!linked)
        neap_exit_signal(self->node, to, self->pid, neap_reason_of(NEAP_REASON_NOPROC));
}

/* Also from a process that is just ending, or its exit would still arrive (SIG-15). */
void neap_unlink(struct neap_process *self, struct neap_pid to) {
    struct neap_process *other = neap_processes_find(neap_node_processes(self->node), to);
    if (other == NULL || other == self)
        return;
    lock_pair(self, other);
    if (is_or_was(other, to)) {
        neap_map_remove(&self->links, key_of(other));
        neap_map_remove(&other->links, key_of(self));
    }
    unlock_pair(self, other);
}
