#include "core/spawn.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "core/call.h"
#include "core/monitor.h"
#include "core/monitor_note.h"
#include "core/node.h"
#include "core/placement.h"
#include "core/process_fields.h"
#include "core/worker.h"

static void copy_text(char to[129], const char *text) {
    neap_text_copy(to, 129, text != NULL ? text : "");
}

/* With a reference for the process. Those of most processes are those of their parents. */
static struct neap_grants *grants_of(const struct neap_spawn_options *o) {
    if (o->grants != NULL)
        return neap_grants_ref(o->grants);
    return o->parent != NULL ? neap_grants_ref(o->parent->grants) : neap_grants_new();
}

/* Holder of the lock. What an ended process left is cleared here, not when it ends: people
 * may still look at it. */
static void fill(struct neap_process *p, const struct neap_spawn_options *o) {
    p->pid.generation++;
    p->parent = o->parent != NULL ? o->parent->pid : o->adopter;
    p->state = NEAP_PROCESS_NEW;
    p->events = p->waits = p->pending_waits = 0;
    atomic_store_explicit(&p->has_mail, 0, memory_order_relaxed);
    p->worker = o->worker != NULL ? o->worker : neap_placement_of_new(p->node, o->parent);
    neap_mailbox_init(&p->mailbox, o->limits.mailbox_messages, o->limits.mailbox_bytes);
    neap_list_init(&p->senders);
    neap_list_init(&p->resources);
    neap_list_init(&p->rest_link);
    p->rests = false;
    p->rest_level = 0;
    if (o->resource != NULL)
        neap_resource_add(p, o->resource, o->resource->kind);
    p->listen[0] = '\0';
    neap_list_init(&p->names);
    neap_list_init(&p->shown);
    p->name_count = p->children = 0;
    p->alarm_bytes = 0;
    p->call = (struct neap_call){ 0 };
    p->doom = p->reason = neap_reason_of(NEAP_REASON_NORMAL);
    p->trap_exit = false;
    p->trap_parent = o->trap_parent;
    p->protected_ = o->protected_;
    p->supervisor = o->supervisor;
    p->resourceful = o->resource != NULL;
    p->told_to_end = false;
    p->version = NULL;
    p->code = 0;
    copy_text(p->id, o->id);
    copy_text(p->module, o->module);
    p->body = o->body;
    p->continues = false;
    p->turn_spent = 0;
    p->limits = o->limits;
    p->grants = grants_of(o);
    p->sender = (struct neap_sender){ 0 };
    p->deadline_timer = (struct neap_timer){ 0 };
    p->deadline = NEAP_FOREVER;
    p->ack_ref = 0;
    p->started = neap_node_now(p->node);
    atomic_store_explicit(&p->doomed, 0, memory_order_relaxed);
    atomic_store_explicit(&p->cpu, 0, memory_order_relaxed);
    atomic_store_explicit(&p->turns, 0, memory_order_relaxed);
    neap_process_publish_memory(p, 0, 0);
    neap_process_publish_jit(p, NEAP_JIT_OFF);
}

/* Holder of the child's lock: it can be found by its name from here on. */
static int take_name(struct neap_process *p, const struct neap_spawn_options *o,
                     struct neap_spawned *out) {
    if (o->name == NULL)
        return 0;
    return neap_registry_add(neap_node_registry(p->node), o->name, p, &out->holder);
}

static void note_monitor(struct neap_process *parent, struct neap_process *child,
                         uint64_t ref) {
    struct neap_monitor_note *note = neap_calloc(1, sizeof *note);
    note->target = child;
    neap_map_put(&parent->monitors, ref, note);
}

/* No other thread can reach the child yet but by its name, and then only its mailbox; so
 * the parent's lock alone is enough. */
static void bind_to_parent(struct neap_process *child, const struct neap_spawn_options *o,
                           uint64_t ref) {
    struct neap_process *parent = o->parent;
    if (parent == NULL)
        return;
    neap_lock_take(&parent->lock);
    parent->children++;
    if (o->link)
        neap_map_put(&parent->links, (uint64_t)child->slot + 1, child);
    if (o->monitor)
        note_monitor(parent, child, ref);
    else if (o->ack && parent->call.ref == ref) /* not given up meanwhile */
        parent->call.target = child;
    neap_lock_give(&parent->lock);
}

/* False: it has ended. */
static bool is_adopted(struct neap_node *node, struct neap_pid adopter) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), adopter);
    if (p == NULL)
        return false;
    neap_lock_take(&p->lock);
    bool alive = neap_process_is(p, adopter);
    p->children += alive;
    neap_lock_give(&p->lock);
    return alive;
}

static void disown(struct neap_node *node, struct neap_pid adopter) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), adopter);
    if (p == NULL)
        return;
    neap_lock_take(&p->lock);
    p->children -= neap_process_is(p, adopter);
    neap_lock_give(&p->lock);
}

static uint64_t make_ref(const struct neap_spawn_options *o) {
    if (o->ack)
        return neap_call_open_unbound(o->parent);
    return o->monitor ? neap_worker_new_ref(o->parent->worker) : 0;
}

/* Holder of the child's lock. */
static void bind_to_child(struct neap_process *child, const struct neap_spawn_options *o,
                          uint64_t ref) {
    if (o->link)
        neap_map_put(&child->links, (uint64_t)o->parent->slot + 1, o->parent);
    if (ref != 0)
        neap_map_put(&child->watchers, ref, o->parent);
    child->ack_ref = o->ack ? ref : 0;
}

static void start(struct neap_process *p) {
    neap_lock_take(&p->lock);
    p->task = (struct neap_task){ .run = neap_worker_run_process };
    p->state = NEAP_PROCESS_READY;
    neap_placement_queue(p);
    neap_lock_give(&p->lock);
}

/* Holder of the lock, which it releases. */
static int give_up(struct neap_process *p, const struct neap_spawn_options *o, int err) {
    p->state = NEAP_PROCESS_DEAD;
    neap_lock_give(&p->lock);
    if (o->ack)
        neap_call_close(o->parent);
    neap_grants_unref(p->grants); /* nobody finds it any more */
    p->grants = NULL;
    o->body->ops->discard(o->body);
    neap_processes_give(neap_node_processes(p->node), p);
    return err;
}

int neap_spawn(struct neap_node *node, const struct neap_spawn_options *o,
               struct neap_spawned *out) {
    NEAP_ASSERT(o->parent != NULL || !(o->link || o->monitor || o->ack));
    NEAP_ASSERT(neap_pid_is_none(o->adopter) || (o->parent == NULL && o->name == NULL));
    if (!neap_pid_is_none(o->adopter) && !is_adopted(node, o->adopter)) {
        o->body->ops->discard(o->body);
        return NEAP_ENOPROC;
    }
    struct neap_process *p = neap_processes_take(neap_node_processes(node));
    if (p == NULL) {
        disown(node, o->adopter);
        o->body->ops->discard(o->body);
        return NEAP_ELIMIT;
    }
    out->ref = make_ref(o); /* locks the parent: so before the child is locked */
    neap_lock_take(&p->lock);
    fill(p, o);
    int err = take_name(p, o, out);
    if (err != 0)
        return give_up(p, o, err);
    out->pid = p->pid;
    bind_to_child(p, o, out->ref);
    neap_worker_add_load(p->worker, 1);
    neap_lock_give(&p->lock);
    bind_to_parent(p, o, out->ref);
    start(p);
    return 0;
}

uint64_t neap_spawn_take_ack(struct neap_process *self) {
    uint64_t ref = self->ack_ref;
    self->ack_ref = 0;
    return ref;
}
