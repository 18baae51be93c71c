#include "core/alarm.h"

#include "base/alloc.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "core/send.h"
#include "core/worker.h"

struct neap_alarm {
    struct neap_timer timer;
    struct neap_process *maker;
    uint64_t id;
    struct neap_pid to;
    char *name;
    struct neap_message *message; /* NULL once sent */
};

static void free_alarm(struct neap_alarm *a) {
    neap_message_free(a->message);
    neap_free(a->name);
    neap_free(a);
}

static struct neap_alarm *forget(struct neap_process *maker, uint64_t id) {
    neap_lock_take(&maker->lock);
    struct neap_alarm *a = neap_map_remove(&maker->timers, id);
    if (a != NULL)
        maker->alarm_bytes -= a->message->cost;
    neap_lock_give(&maker->lock);
    return a;
}

static void fire(struct neap_timer *timer) {
    struct neap_alarm *a = (struct neap_alarm *)(void *)timer;
    struct neap_node *node = a->maker->node;
    forget(a->maker, a->id);
    if (a->name != NULL)
        a->to = neap_registry_find(neap_node_registry(node), a->name);
    int err = neap_send(node, NULL, a->to, a->message);
    NEAP_ASSERT(err == 0); /* timer messages are never refused */
    a->message = NULL;
    free_alarm(a);
}

uint64_t neap_alarm_start(struct neap_process *self, neap_time at, struct neap_pid to,
                          const char *name, struct neap_message *m) {
    NEAP_ASSERT(m->kind == NEAP_MESSAGE_TIMER);
    struct neap_alarm *a = neap_calloc(1, sizeof *a);
    a->timer.fire = fire;
    a->maker = self;
    a->id = neap_worker_new_ref(self->worker);
    a->to = to;
    a->name = name != NULL ? neap_strdup(name) : NULL;
    a->message = m;
    neap_lock_take(&self->lock);
    neap_map_put(&self->timers, a->id, a);
    self->alarm_bytes += m->cost;
    neap_lock_give(&self->lock);
    neap_timers_add(neap_worker_timers(self->worker), &a->timer, at);
    return a->id;
}

bool neap_alarm_cancel(struct neap_process *self, uint64_t id, neap_time *left) {
    struct neap_alarm *a = forget(self, id);
    if (a == NULL)
        return false;
    neap_time now = neap_node_now(self->node);
    *left = a->timer.at > now ? a->timer.at - now : 0;
    neap_timers_remove(neap_worker_timers(self->worker), &a->timer);
    free_alarm(a);
    return true;
}

void neap_alarm_stop_all(struct neap_process *self) {
    uint32_t at = 0;
    uint64_t id;
    void *value;
    while (neap_map_next(&self->timers, &at, &id, &value)) {
        struct neap_alarm *a = value;
        neap_timers_remove(neap_worker_timers(self->worker), &a->timer);
        free_alarm(a);
    }
    neap_lock_take(&self->lock);
    neap_map_fini(&self->timers);
    self->alarm_bytes = 0;
    neap_lock_give(&self->lock);
}

uint64_t neap_alarm_bytes(struct neap_process *self) {
    neap_lock_take(&self->lock);
    uint64_t bytes = self->alarm_bytes;
    neap_lock_give(&self->lock);
    return bytes;
}
