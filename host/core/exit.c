#include "core/exit.h"

#include "base/alloc.h"
#include "core/alarm.h"
#include "core/call.h"
#include "core/child.h"
#include "core/monitor.h"
#include "core/monitor_note.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/reset.h"
#include "core/send.h"
#include "core/version.h"
#include "core/worker.h"

/* --- signals --- */

/* Holder of the lock. */
static bool traps(const struct neap_process *to, struct neap_pid from) {
    return to->trap_exit || (to->trap_parent && neap_pid_equal(from, to->parent));
}

/* Holder of the lock. A supervisor that waits for a child to start would find the signal of
 * its parent only when the child is up, or its time is over. */
static void push_exit(struct neap_process *to, struct neap_pid from,
                      struct neap_reason reason) {
    if (to->supervisor && neap_pid_equal(from, to->parent))
        neap_call_give_up_starts(to);
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_EXIT, from, reason);
    int err = neap_mailbox_push(&to->mailbox, m);
    NEAP_ASSERT(err == 0); /* signals are never refused */
    neap_process_bound_signals(to);
    neap_process_wake(to, NEAP_EVENT_MAIL);
}

/* An explicit signal. `normal` from others is dropped (SIG-01), from oneself it is not
 * (SIG-03); `kill` cannot be trapped, and others see "killed" (SIG-04). */
static void receive_exit(struct neap_process *to, struct neap_pid from,
                         struct neap_reason reason) {
    bool self = neap_pid_equal(from, to->pid);
    if (to->protected_ && !neap_pid_is_none(from) && !self)
        return;
    if (reason.word == NEAP_REASON_KILL)
        neap_process_doom(to, neap_reason_of(NEAP_REASON_KILLED));
    else if (traps(to, from))
        push_exit(to, from, reason);
    else if (reason.word != NEAP_REASON_NORMAL || self)
        neap_process_doom(to, reason);
}

/* A link's signal keeps its word: `kill` is as trappable as any other (SIG-05, SIG-06). */
static void receive_link_exit(struct neap_process *to, const struct neap_process *from,
                              struct neap_pid from_pid, struct neap_reason reason) {
    if (neap_map_remove(&to->links, (uint64_t)from->slot + 1) == NULL)
        return; /* unlinked meanwhile (SIG-15) */
    if (traps(to, from_pid))
        push_exit(to, from_pid, reason);
    else if (reason.word != NEAP_REASON_NORMAL)
        neap_process_doom(to, reason);
}

void neap_exit_signal(struct neap_node *node, struct neap_pid from, struct neap_pid to,
                      struct neap_reason reason) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), to);
    if (p == NULL)
        return;
    neap_lock_take(&p->lock);
    if (neap_process_is(p, to))
        receive_exit(p, from, reason);
    neap_lock_give(&p->lock);
}

void neap_exit_kill(struct neap_node *node, struct neap_pid to) {
    neap_exit_signal(node, (struct neap_pid){ 0 }, to, neap_reason_of(NEAP_REASON_KILL));
}

void neap_exit_follow(struct neap_process *self, struct neap_reason reason) {
    neap_lock_take(&self->lock);
    neap_process_doom(self, reason);
    neap_lock_give(&self->lock);
}

void neap_exit_doom(struct neap_node *node, struct neap_pid to, struct neap_reason reason) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), to);
    if (p == NULL)
        return;
    neap_lock_take(&p->lock);
    if (neap_process_is(p, to))
        neap_process_doom(p, reason);
    neap_lock_give(&p->lock);
}

/* --- the end --- */

struct leftover { /* what the dead process was to others */
    struct neap_pid pid;
    struct neap_pid parent;
    struct neap_map links;
    struct neap_map monitors;
    struct neap_map watchers;
    struct neap_mailbox mailbox;
};

static void move_mail(struct neap_mailbox *to, struct neap_mailbox *from) {
    neap_mailbox_init(to, 0, 0);
    neap_list_move(&to->messages, &from->messages);
    neap_mailbox_init(from, 0, 0);
}

/* From here nobody finds the process: what is sent to it is dropped, who links or monitors
 * it gets "noproc". */
static void take_leftover(struct neap_process *p, struct leftover *l) {
    neap_lock_take(&p->lock);
    p->state = NEAP_PROCESS_DEAD;
    neap_reason_unref(p->doom); /* of a signal that came after the reason was chosen */
    p->doom = neap_reason_of(NEAP_REASON_NORMAL);
    l->pid = p->pid;
    l->parent = p->parent;
    l->links = p->links;
    l->monitors = p->monitors;
    l->watchers = p->watchers;
    neap_map_init(&p->links);
    neap_map_init(&p->monitors);
    neap_map_init(&p->watchers);
    move_mail(&l->mailbox, &p->mailbox);
    neap_registry_drop(neap_node_registry(p->node), p); /* before any signal: SIG-22 */
    neap_lock_give(&p->lock);
}

static void dismiss_senders(struct neap_process *p) {
    struct neap_process *woken[NEAP_ADMIT_BATCH];
    unsigned n;
    do {
        neap_lock_take(&p->lock);
        n = neap_send_dismiss(p, woken);
        neap_lock_give(&p->lock);
        neap_send_wake(woken, n);
    } while (n == NEAP_ADMIT_BATCH);
}

static void release_resources(struct neap_process *p) {
    p->body->ops->discard(p->body);
    p->body = NULL;
    neap_alarm_stop_all(p);
    neap_timers_remove(neap_worker_timers(p->worker), &p->deadline_timer);
    neap_send_cancel(p);
    neap_call_close(p);
    neap_child_drop_all(p);
    neap_version_drop(p);
    neap_grants_unref(p->grants); /* nobody finds it any more */
    p->grants = NULL;
    neap_resource_release_all(p);
    neap_message_free(atomic_exchange_explicit(&p->handed, NULL, memory_order_relaxed));
}

static void drop_monitors(struct neap_map *monitors) {
    uint32_t at = 0;
    uint64_t ref;
    void *value;
    while (neap_map_next(monitors, &at, &ref, &value)) {
        struct neap_monitor_note *note = value;
        if (note->target != NULL)
            neap_unwatch(note->target, ref);
        neap_free(note->name);
        neap_free(note);
    }
    neap_map_fini(monitors);
}

static void tell_links(struct neap_process *p, struct leftover *l,
                       struct neap_reason reason) {
    uint32_t at = 0;
    uint64_t key;
    void *value;
    while (neap_map_next(&l->links, &at, &key, &value)) {
        struct neap_process *other = value;
        neap_lock_take(&other->lock);
        if (other->state != NEAP_PROCESS_DEAD)
            receive_link_exit(other, p, l->pid, reason);
        neap_lock_give(&other->lock);
    }
    neap_map_fini(&l->links);
}

static void tell_watchers(struct leftover *l, struct neap_reason reason) {
    uint32_t at = 0;
    uint64_t ref;
    void *value;
    while (neap_map_next(&l->watchers, &at, &ref, &value))
        neap_monitor_down(value, ref, l->pid, reason);
    neap_map_fini(&l->watchers);
}

/* Before any signal: a parent at its handles limit may start the next child upon EXIT. */
static void release_place(struct neap_process *p, struct neap_pid parent) {
    struct neap_process *found = neap_processes_find(neap_node_processes(p->node), parent);
    neap_worker_add_load(p->worker, -1);
    if (found == NULL)
        return;
    neap_lock_take(&found->lock);
    if (neap_process_is(found, parent))
        found->children--;
    neap_lock_give(&found->lock);
}

static struct neap_reason final_reason(struct neap_process *p) {
    neap_lock_take(&p->lock);
    bool doomed = atomic_load_explicit(&p->doomed, memory_order_relaxed) != 0;
    struct neap_reason reason = doomed ? p->doom : p->reason;
    neap_reason_unref(doomed ? p->reason : (struct neap_reason){ 0 });
    p->doom = p->reason = neap_reason_of(NEAP_REASON_NORMAL);
    neap_lock_give(&p->lock);
    return reason;
}

/* --- as new --- */

static void take_dealings(struct neap_process *p, struct leftover *l) {
    neap_lock_take(&p->lock);
    l->pid = p->pid;
    l->links = p->links;
    l->monitors = p->monitors;
    neap_map_init(&p->links);
    neap_map_init(&p->monitors);
    move_mail(&l->mailbox, &p->mailbox);
    neap_mailbox_init(&p->mailbox, p->limits.mailbox_messages, p->limits.mailbox_bytes);
    neap_registry_drop(neap_node_registry(p->node), p);
    p->trap_exit = false;
    p->events &= ~(unsigned)NEAP_EVENT_MAIL;
    atomic_store_explicit(&p->has_mail, 0, memory_order_relaxed);
    neap_lock_give(&p->lock);
}

static bool has_dealings(struct neap_process *p) {
    neap_lock_take(&p->lock);
    bool has = p->links.count + p->monitors.count + p->timers.count + p->name_count > 0 ||
               p->trap_exit || !neap_list_empty(&p->mailbox.messages) ||
               !neap_list_empty(&p->senders);
    neap_lock_give(&p->lock);
    return has;
}

void neap_process_reset(struct neap_process *p) {
    struct leftover l;
    if (!has_dealings(p))
        return;
    neap_alarm_stop_all(p); /* before its mail goes, or one might still come */
    take_dealings(p, &l);
    dismiss_senders(p);
    drop_monitors(&l.monitors);
    neap_mailbox_fini(&l.mailbox);
    tell_links(p, &l, neap_reason_of(NEAP_REASON_SHUTDOWN));
}

void neap_process_end(struct neap_process *p) {
    const struct neap_node_options *options = neap_node_options_of(p->node);
    struct leftover l;
    struct neap_reason reason = final_reason(p);
    if (options->exited != NULL)
        options->exited(options->context, p, reason);
    take_leftover(p, &l);
    release_resources(p);
    dismiss_senders(p);
    drop_monitors(&l.monitors);
    neap_mailbox_fini(&l.mailbox);
    release_place(p, l.parent);
    tell_links(p, &l, reason);
    tell_watchers(&l, reason);
    neap_reason_unref(reason);
    neap_processes_give(neap_node_processes(p->node), p);
    neap_node_process_gone(p->node);
}
