#include "core/process.h"

#include "base/error.h"
#include "base/text.h"
#include "core/carrier.h"
#include "core/node.h"
#include "core/placement.h"
#include "core/process_fields.h"
#include "core/worker.h"

#include <string.h>

void neap_process_rouse(struct neap_node *node, struct neap_pid pid, enum neap_event event) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    if (p == NULL)
        return;
    neap_lock_take(&p->lock);
    if (neap_process_is(p, pid))
        neap_process_wake(p, event);
    neap_lock_give(&p->lock);
}

struct neap_node *neap_process_node(const struct neap_process *p) {
    return p->node;
}

struct neap_body *neap_process_body(const struct neap_process *p) {
    return p->body;
}

struct neap_pid neap_process_pid(const struct neap_process *p) {
    return p->pid;
}

struct neap_pid neap_process_parent(const struct neap_process *p) {
    return p->parent;
}

const struct neap_limits *neap_process_limits(const struct neap_process *p) {
    return &p->limits;
}

struct neap_worker *neap_process_worker(const struct neap_process *p) {
    return p->worker;
}

const struct neap_grants *neap_process_grants(const struct neap_process *p) {
    return p->grants;
}

const _Atomic(int) *neap_process_doomed(const struct neap_process *p) {
    return &p->doomed;
}

bool neap_process_continues(const struct neap_process *p) {
    return p->continues;
}

bool neap_process_is_warm(const struct neap_process *p) {
    return atomic_load_explicit(&p->cpu, memory_order_relaxed) >= NEAP_WARM_CPU;
}

void neap_process_begin_turn(struct neap_process *p) {
    p->turn_spent = 0;
    /* Only its own carrier counts turns: a plain addition, written so that others may read. */
    uint64_t turns = atomic_load_explicit(&p->turns, memory_order_relaxed);
    atomic_store_explicit(&p->turns, turns + 1, memory_order_relaxed);
    neap_carrier_begin_turn(neap_carrier_current(), p);
}

static struct neap_process *process_of_timer(struct neap_timer *timer) {
    return (struct neap_process *)(void *)((char *)timer -
                                           offsetof(struct neap_process, deadline_timer));
}

/* The timer may be older than the deadline: a process that waits again and again, each time
 * with a new deadline, moves its timer only when it fires (once per time-out, not once per
 * wait). */
static void deadline_fired(struct neap_timer *timer) {
    struct neap_process *p = process_of_timer(timer);
    neap_lock_take(&p->lock);
    if (p->deadline == NEAP_FOREVER)
        ;
    else if (p->deadline > timer->at)
        neap_timers_add(neap_worker_timers(p->worker), timer, p->deadline);
    else
        neap_process_wake(p, NEAP_EVENT_TIME);
    neap_lock_give(&p->lock);
}

void neap_process_wait(struct neap_process *p, unsigned events, neap_time deadline) {
    p->pending_waits = events;
    p->deadline = deadline;
    if (deadline == NEAP_FOREVER)
        return;
    struct neap_timers *timers = neap_worker_timers(p->worker);
    p->pending_waits |= NEAP_EVENT_TIME;
    if (neap_timer_is_set(&p->deadline_timer) && p->deadline_timer.at <= deadline)
        return;
    neap_timers_remove(timers, &p->deadline_timer);
    p->deadline_timer.fire = deadline_fired;
    neap_timers_add(timers, &p->deadline_timer, deadline);
}

bool neap_process_is_late(const struct neap_process *p) {
    return p->deadline != NEAP_FOREVER && neap_node_now(p->node) >= p->deadline;
}

void neap_process_set_reason(struct neap_process *p, struct neap_reason reason) {
    neap_reason_unref(p->reason);
    p->reason = reason;
}

bool neap_process_trap_exit(struct neap_process *p, bool on) {
    neap_lock_take(&p->lock);
    bool former = p->trap_exit;
    p->trap_exit = on;
    neap_lock_give(&p->lock);
    return former;
}

void neap_process_trap_parent(struct neap_process *p, bool on) {
    neap_lock_take(&p->lock);
    p->trap_parent = on;
    neap_lock_give(&p->lock);
}

void neap_process_set_supervisor(struct neap_process *p, bool on) {
    neap_lock_take(&p->lock);
    p->supervisor = on;
    neap_lock_give(&p->lock);
}

void neap_process_protect(struct neap_process *p) {
    neap_lock_take(&p->lock);
    p->protected_ = true;
    neap_lock_give(&p->lock);
}

void neap_process_set_handles(struct neap_process *p, uint64_t limit) {
    neap_lock_take(&p->lock);
    p->limits.handles = limit;
    neap_lock_give(&p->lock);
}

void neap_process_set_grants(struct neap_process *p, struct neap_grants *grants) {
    neap_grants_ref(grants);
    neap_lock_take(&p->lock);
    struct neap_grants *former = p->grants;
    p->grants = grants;
    neap_lock_give(&p->lock);
    neap_grants_unref(former);
}

void neap_process_set_image(struct neap_process *p, const char *text) {
    neap_lock_take(&p->lock);
    p->image = text;
    neap_lock_give(&p->lock);
}

const char *neap_process_module(const struct neap_process *p) {
    return p->module;
}

void neap_process_set_module(struct neap_process *p, const char *text) {
    neap_lock_take(&p->lock);
    neap_text_copy(p->module, sizeof p->module, text);
    neap_lock_give(&p->lock);
}

void neap_process_set_code(struct neap_process *p, uint64_t code) {
    neap_lock_take(&p->lock);
    p->code = code;
    neap_lock_give(&p->lock);
}

void neap_process_set_listen(struct neap_process *p, const char *text) {
    neap_lock_take(&p->lock);
    neap_text_copy(p->listen, sizeof p->listen, text);
    neap_lock_give(&p->lock);
}

void neap_process_publish_memory(struct neap_process *p, uint64_t now, uint64_t peak) {
    atomic_store_explicit(&p->memory, now, memory_order_relaxed);
    atomic_store_explicit(&p->memory_peak, peak, memory_order_relaxed);
}

void neap_process_publish_jit(struct neap_process *p, enum neap_jit_state state) {
    atomic_store_explicit(&p->jit, (int)state, memory_order_relaxed);
}

int neap_process_check_handles(struct neap_process *p, uint64_t *held) {
    neap_lock_take(&p->lock);
    *held = (uint64_t)p->links.count + p->monitors.count + p->timers.count +
            p->name_count - p->given_names + p->children;
    neap_lock_give(&p->lock);
    return *held < p->limits.handles ? 0 : NEAP_ELIMIT;
}

static void make_ready(struct neap_process *p) {
    p->events = 0; /* what it is woken for, it finds out itself */
    atomic_store_explicit(&p->state, NEAP_PROCESS_READY, memory_order_relaxed);
    neap_placement_queue(p);
}

void neap_process_wake(struct neap_process *p, enum neap_event event) {
    int state = atomic_load_explicit(&p->state, memory_order_relaxed);
    p->events |= event;
    if (event == NEAP_EVENT_MAIL)
        atomic_store_explicit(&p->has_mail, 1, memory_order_relaxed);
    if (state == NEAP_PROCESS_PARKED && (p->waits & event) != 0)
        make_ready(p);
}

enum { SIGNAL_ROOM = 512 }; /* more than a signal takes, its reason not counted */

uint64_t neap_process_urgent_max(const struct neap_process *p) {
    uint64_t bytes = p->limits.mailbox_bytes, handles = p->limits.handles;
    if (bytes > NEAP_NO_LIMIT / 2 || handles > NEAP_NO_LIMIT / 2 / SIGNAL_ROOM)
        return NEAP_NO_LIMIT;
    return bytes + handles * SIGNAL_ROOM;
}

void neap_process_bound_signals(struct neap_process *p) {
    const struct neap_node_options *options = neap_node_options_of(p->node);
    uint64_t used = p->mailbox.urgent_bytes, max = neap_process_urgent_max(p);
    if (used <= max || p->protected_ || options->over_mailbox == NULL)
        return;
    if (atomic_load_explicit(&p->doomed, memory_order_relaxed) != 0)
        return;
    struct neap_reason reason = options->over_mailbox(used, max);
    neap_process_doom_over(p, reason);
    neap_reason_unref(reason);
}

bool neap_process_hand(struct neap_process *p, struct neap_message *m) {
    int state = atomic_load_explicit(&p->state, memory_order_relaxed);
    if (state != NEAP_PROCESS_PARKED || (p->waits & NEAP_EVENT_ANY_MAIL) == 0)
        return false;
    NEAP_DEBUG_ASSERT(neap_list_empty(&p->mailbox.messages));
    atomic_store_explicit(&p->handed, m, memory_order_relaxed);
    make_ready(p);
    return true;
}

static void doom(struct neap_process *p, struct neap_reason reason, enum neap_doom why) {
    if (atomic_load_explicit(&p->doomed, memory_order_relaxed) != NEAP_DOOM_NONE)
        return;
    p->doom = neap_reason_ref(reason);
    atomic_store_explicit(&p->doomed, (int)why, memory_order_relaxed);
    neap_process_wake(p, NEAP_EVENT_DOOM);
}

void neap_process_doom(struct neap_process *p, struct neap_reason reason) {
    doom(p, reason, NEAP_DOOM_SIGNAL);
}

void neap_process_doom_over(struct neap_process *p, struct neap_reason reason) {
    doom(p, reason, NEAP_DOOM_OVER);
}

static void copy_text(char to[129], const char *from) {
    neap_text_copy(to, 129, from);
}

static void fill_info(const struct neap_process *p, struct neap_process_info *info) {
    *info = (struct neap_process_info){
        .pid = p->pid,
        .parent = p->parent,
        .state = (enum neap_process_state)p->state,
        .limits = p->limits,
        .mail = p->mailbox.count + p->mailbox.urgent +
                (atomic_load_explicit(&p->handed, memory_order_relaxed) != NULL),
        .mail_bytes = p->mailbox.bytes,
        .refused = p->mailbox.refused,
        .memory = atomic_load_explicit(&p->memory, memory_order_relaxed),
        .memory_peak = atomic_load_explicit(&p->memory_peak, memory_order_relaxed),
        .cpu = atomic_load_explicit(&p->cpu, memory_order_relaxed),
        .turns = atomic_load_explicit(&p->turns, memory_order_relaxed),
        .started = p->started,
        .jit = (enum neap_jit_state)atomic_load_explicit(&p->jit, memory_order_relaxed),
        .links = p->links.count,
        .monitors = p->monitors.count,
        .timers = p->timers.count,
        .names = p->name_count,
        .children = p->children,
        .worker = neap_worker_index(p->worker),
        .code = p->code,
        .trap_exit = p->trap_exit,
        .supervisor = p->supervisor,
    };
    copy_text(info->name, neap_registry_name_of(p));
    copy_text(info->id, p->id);
    copy_text(info->module, p->module);
    memcpy(info->listen, p->listen, sizeof info->listen);
    info->resourceful = p->resourceful;
    info->image = p->image != NULL ? p->image : "";
}

bool neap_process_inspect(struct neap_node *node, struct neap_pid pid,
                          struct neap_process_info *info) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    if (p == NULL)
        return false;
    neap_lock_take(&p->lock);
    bool found = neap_process_is(p, pid);
    if (found)
        fill_info(p, info);
    neap_lock_give(&p->lock);
    return found;
}

struct neap_grants *neap_process_inspect_grants(struct neap_node *node,
                                                struct neap_pid pid) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    if (p == NULL)
        return NULL;
    neap_lock_take(&p->lock);
    struct neap_grants *grants = neap_process_is(p, pid) ? neap_grants_ref(p->grants)
                                                         : NULL;
    neap_lock_give(&p->lock);
    return grants;
}

bool neap_process_is_foreign(struct neap_node *node, struct neap_pid pid,
                             struct neap_pid self, bool *supervisor) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    *supervisor = false;
    if (p == NULL)
        return false;
    neap_lock_take(&p->lock);
    bool is_alive = neap_process_is(p, pid);
    bool is_own = neap_pid_equal(pid, self) || neap_pid_equal(p->parent, self);
    *supervisor = is_alive && p->supervisor;
    neap_lock_give(&p->lock);
    return is_alive && !is_own;
}

bool neap_process_inspect_slot(struct neap_node *node, uint32_t slot,
                               struct neap_process_info *info) {
    struct neap_process *p = neap_processes_at(neap_node_processes(node), slot);
    if (p == NULL)
        return false;
    neap_lock_take(&p->lock);
    bool alive = p->state != NEAP_PROCESS_DEAD && p->state != NEAP_PROCESS_NEW;
    if (alive)
        fill_info(p, info);
    neap_lock_give(&p->lock);
    return alive;
}
