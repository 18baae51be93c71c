#include "cli/census.h"

#include "base/alloc.h"
#include "core/process_fields.h"

/* The pid in a slot changes when its process does, so it is read under the lock. */
static bool inspect_slot(struct neap_node *node, uint32_t slot, bool *end,
                         struct neap_process_info *info) {
    struct neap_process *p = neap_processes_at(neap_node_processes(node), slot);
    *end = p == NULL;
    if (p == NULL)
        return false;
    neap_mutex_lock(&p->lock);
    struct neap_pid pid = p->pid;
    bool alive = p->state != NEAP_PROCESS_DEAD;
    neap_mutex_unlock(&p->lock);
    return alive && neap_process_inspect(node, pid, info);
}

void neap_census_init(struct neap_census *census, struct neap_node *node) {
    struct neap_process_info info;
    size_t room = 0;
    bool end = false;
    *census = (struct neap_census){ 0 };
    for (uint32_t slot = 0; !end; slot++) {
        if (!inspect_slot(node, slot, &end, &info))
            continue;
        if (census->count == room) {
            room = room == 0 ? 64 : room * 2;
            census->items = neap_realloc(census->items, room * sizeof *census->items);
        }
        census->items[census->count++] = info;
    }
}

void neap_census_fini(struct neap_census *census) {
    neap_free(census->items);
    *census = (struct neap_census){ 0 };
}

/* The only one that no process started. */
bool neap_census_root(struct neap_node *node, struct neap_process_info *info) {
    bool end = false;
    for (uint32_t slot = 0; !end; slot++)
        if (inspect_slot(node, slot, &end, info) && neap_pid_is_none(info->parent))
            return true;
    return false;
}

const char *neap_census_state(const struct neap_process_info *info) {
    switch (info->state) {
    case NEAP_PROCESS_RUNNING: return "running";
    case NEAP_PROCESS_PARKED: return "waiting";
    default: return "ready";
    }
}

const char *neap_census_title(const struct neap_process_info *info) {
    if (info->name[0] != '\0')
        return info->name;
    return info->id[0] != '\0' ? info->id : info->module;
}
