#include "vm/upgrade.h"

#include "core/process.h"
#include "vm/modules.h"
#include "vm/reload_inside.h"
#include "vm/runtime_inside.h"
#include "vm/vm.h"

static struct neap_reload *reload_of(const struct neap_vm *vm) {
    return neap_runtime_reload(vm->runtime);
}

void neap_upgrade_join(struct neap_vm *vm, const char *name, uint64_t code) {
    struct neap_upgrader *up = &vm->upgrader;
    struct neap_reload *reload = reload_of(vm);
    const struct neap_module *module = neap_modules_find(neap_runtime_modules(vm->runtime),
                                                         name);
    if (module == NULL || up->module != NULL)
        return;
    neap_mutex_lock(&reload->lock);
    up->module = module;
    up->pid = neap_process_pid(vm->process);
    up->code = code;
    neap_list_push(&reload->upgraders, &up->link);
    neap_mutex_unlock(&reload->lock);
}

/* Holder of the lock. True if that was the last answer. */
static bool settle(struct neap_reload *reload, struct neap_upgrader *up) {
    up->awaited = 0;
    return --reload->awaited == 0;
}

void neap_upgrade_leave(struct neap_vm *vm) {
    struct neap_upgrader *up = &vm->upgrader;
    struct neap_reload *reload = reload_of(vm);
    if (up->module == NULL)
        return;
    bool is_last = false;
    neap_mutex_lock(&reload->lock);
    neap_list_remove(&up->link);
    if (up->awaited != 0) {
        neap_reload_report_add(&reload->report, NEAP_RELOAD_ENDED,
                               neap_module_name(up->module),
                               up->is_switching ? "ended while it switched" : NULL, NULL)
            ->pid = up->pid;
        is_last = settle(reload, up);
    }
    neap_mutex_unlock(&reload->lock);
    up->module = NULL;
    if (is_last)
        neap_reload_tell(reload);
}

/* Holder of the lock: the service runs that code of its module. */
static bool note_upgraded(struct neap_reload *reload, struct neap_upgrader *up) {
    if (up->awaited == 0)
        return false;
    neap_reload_report_count(&reload->report, neap_module_name(up->module));
    return settle(reload, up);
}

/* What changed is no business of this service, or it has it already: it has caught up. */
static bool catch_up(struct neap_vm *vm, uint64_t generation) {
    struct neap_upgrader *up = &vm->upgrader;
    struct neap_reload *reload = reload_of(vm);
    bool is_last = false;
    neap_mutex_lock(&reload->lock);
    bool has_it = up->code == neap_module_code(up->module);
    if (has_it)
        is_last = note_upgraded(reload, up);
    neap_mutex_unlock(&reload->lock);
    if (has_it)
        vm->generation = generation;
    if (is_last)
        neap_reload_tell(reload);
    return has_it;
}

bool neap_upgrade_is_due(struct neap_vm *vm) {
    if (vm->upgrader.module == NULL)
        return false;
    uint64_t generation = neap_modules_generation(neap_runtime_modules(vm->runtime));
    return vm->generation != generation && !catch_up(vm, generation);
}

void neap_upgrade_begin(struct neap_vm *vm) {
    vm->upgrader.is_switching = true;
}

/* Holder of the lock. An answer that comes late, to an older generation, is none. */
static bool note_refused(struct neap_reload *reload, struct neap_vm *vm,
                         uint64_t generation, const char *refusal) {
    struct neap_upgrader *up = &vm->upgrader;
    if (up->awaited == 0 || generation < up->awaited)
        return false;
    neap_reload_report_add(&reload->report, NEAP_RELOAD_REFUSED,
                           neap_module_name(up->module), refusal, NULL)
        ->pid = up->pid;
    return settle(reload, up);
}

void neap_upgrade_answer(struct neap_vm *vm, uint64_t generation, uint64_t code,
                         const char *refusal) {
    struct neap_upgrader *up = &vm->upgrader;
    struct neap_reload *reload = reload_of(vm);
    bool is_last = false;
    if (up->module == NULL)
        return;
    neap_mutex_lock(&reload->lock);
    up->is_switching = false;
    vm->generation = generation;
    if (refusal != NULL) {
        is_last = note_refused(reload, vm, generation, refusal);
    } else {
        up->code = code;
        if (generation >= up->awaited)
            is_last = note_upgraded(reload, up);
    }
    neap_mutex_unlock(&reload->lock);
    if (refusal == NULL)
        neap_process_set_code(vm->process, code);
    if (is_last)
        neap_reload_tell(reload);
}
