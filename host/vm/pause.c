#include "vm/pause.h"

#include "core/worker.h"
#include "vm/jit.h"
#include "vm/vm.h"

static void on_pause(lua_State *L, lua_Debug *ar);

__attribute__((no_sanitize("address", "thread", "undefined"))) void neap_pause_arm(
    lua_State *L) {
    lua_sethook(L, on_pause, LUA_MASKCOUNT, 1);
}

bool neap_pause_has_begun(const struct neap_vm *vm) {
    return vm->is_paused;
}

void neap_pause_end(struct neap_vm *vm) {
    vm->is_paused = false;
}

void neap_pause_maybe(struct neap_vm *vm, lua_State *L) {
    bool others = vm->carrier->cell.pulse->detached ||
                  neap_worker_is_due(neap_process_worker(vm->process));
    if (!others || vm->is_paused || !lua_isyieldable(L))
        return;
    vm->is_paused = true;
    lua_yield(L, 0); /* from a hook: leaves it, and has no results */
}

static void on_pause(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    struct neap_vm *vm = neap_vm_current_anywhere();
    neap_jit_look(vm, L);
    neap_pause_maybe(vm, L);
}
