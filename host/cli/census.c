#include "cli/census.h"

#include "base/alloc.h"
#include "core/node.h"

void neap_census_init(struct neap_census *census, struct neap_node *node) {
    struct neap_process_info info;
    size_t room = 0;
    uint32_t slots = neap_processes_slots(neap_node_processes(node));
    *census = (struct neap_census){ 0 };
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (!neap_process_inspect_slot(node, slot, &info))
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

struct neap_census_sum neap_census_sum(struct neap_node *node) {
    struct neap_process_info info;
    struct neap_census_sum sum = { 0 };
    uint32_t slots = neap_processes_slots(neap_node_processes(node));
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (!neap_process_inspect_slot(node, slot, &info))
            continue;
        sum.links += info.links;
        sum.monitors += info.monitors;
        sum.timers += info.timers;
        sum.names += info.names;
        sum.children += info.children;
        sum.messages += info.mail;
        sum.message_bytes += info.mail_bytes;
    }
    return sum;
}

/* The only one that no process started. */
bool neap_census_root(struct neap_node *node, struct neap_process_info *info) {
    uint32_t slots = neap_processes_slots(neap_node_processes(node));
    for (uint32_t slot = 0; slot < slots; slot++)
        if (neap_process_inspect_slot(node, slot, info) && neap_pid_is_none(info->parent))
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
