#include "vm/pause.h"

#include "core/worker.h"
#include "vm/runtime_inside.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <lualib.h>

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

/* The library announces itself in the globals; they are lent an empty table for it. */
static void open_compiler(lua_State *L) {
    lua_pushvalue(L, LUA_GLOBALSINDEX);
    lua_newtable(L);
    lua_replace(L, LUA_GLOBALSINDEX);
    lua_pushcfunction(L, luaopen_jit); /* as the engine starts, it is on */
    lua_pushliteral(L, LUA_JITLIBNAME);
    lua_call(L, 1, 0);
    lua_replace(L, LUA_GLOBALSINDEX);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "_LOADED");
}

void neap_pause_warm(struct neap_vm *vm, lua_State *L) {
    if (vm->is_warm || !neap_process_is_warm(vm->process))
        return;
    vm->is_warm = true;
    bool counts = neap_process_limits(vm->process)->instructions != NEAP_NO_LIMIT;
    if (neap_runtime_has_jit(vm->runtime) && !counts && lua_checkstack(L, 16))
        open_compiler(L);
}

static void on_pause(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    struct neap_vm *vm = neap_vm_current_anywhere();
    neap_pause_warm(vm, L);
    neap_pause_maybe(vm, L);
}
