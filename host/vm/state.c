#include "vm/state.h"

#include "base/error.h"
#include "core/node.h"
#include "vm/chunk.h"
#include "vm/fail.h"
#include "vm/heap.h"
#include "vm/image.h"
#include "vm/modules.h"
#include "vm/runtime_inside.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <lualib.h>

/* The state is about to call exit(): no protected call is there to catch an error. */
static int panic(lua_State *L) {
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    neap_cell_panic(neap_cell_current(), "%s",
                    message != NULL ? message : "an error that is not a string");
}

static void open_library(lua_State *L, lua_CFunction open, const char *name) {
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 0);
}

/* Neither io nor package nor ffi: the first is not for scripts, the others lead out. The
 * compiler comes later, if at all (pause.h). */
static void open_libraries(lua_State *L) {
    open_library(L, luaopen_base, "");
    open_library(L, luaopen_table, LUA_TABLIBNAME);
    open_library(L, luaopen_string, LUA_STRLIBNAME);
    open_library(L, luaopen_math, LUA_MATHLIBNAME);
    open_library(L, luaopen_bit, LUA_BITLIBNAME);
    open_library(L, luaopen_os, LUA_OSLIBNAME);
    open_library(L, luaopen_debug, LUA_DBLIBNAME);
}

/* Nothing that was opened may be found again by its name. */
static void forget_libraries(lua_State *L) {
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "_LOADED");
}

/* No script finds it, but it stays: LuaJIT uses tables of cdata that only the module's own
 * table holds, and would go on to use them after they were collected. */
void neap_state_forget_ffi(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
    lua_getfield(L, -1, "ffi");
    if (!lua_isnil(L, -1)) {
        lua_setfield(L, LUA_REGISTRYINDEX, "neap.ffi");
        lua_pushnil(L);
        lua_setfield(L, -2, "ffi");
        lua_pop(L, 1);
    } else {
        lua_pop(L, 2);
    }
}

static void make_weak_set(lua_State *L) {
    lua_newtable(L);
    lua_newtable(L);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

static void make_slots(struct neap_vm *vm, lua_State *L) {
    for (int i = 0; i < NEAP_SLOTS; i++) {
        if (i == NEAP_SLOT_SIGNALS)
            make_weak_set(L);
        else
            lua_pushboolean(L, 0);
        vm->slots[i] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
}

/* loader(name): the chunk of an embedded module, for the prelude. */
static int l_library(lua_State *L) {
    if (neap_chunk_push_library(neap_vm_current_pure(), L, luaL_checkstring(L, 1)))
        return 1;
    lua_pushnil(L);
    return 1;
}

/* Runs the prelude: prelude(host, library) gives the function that starts the process. */
static void run_prelude(struct neap_vm *vm, lua_State *L) {
    if (!neap_chunk_push_library(vm, L, "neap.prelude"))
        luaL_error(L, "the library lacks neap.prelude");
    neap_runtime_host_table(vm->runtime)(L);
    lua_pushcfunction(L, l_library);
    lua_call(L, 2, 1);
}

/* What lies behind math.random: all states begin with the same numbers otherwise. */
static void seed_generator(struct neap_vm *vm, lua_State *L) {
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "random");
    if (lua_getupvalue(L, -1, 1) == NULL || lua_objlen(L, -1) != NEAP_IMAGE_RANDOM)
        luaL_error(L, "math.random has no generator of the kind that is known");
    vm->generator = lua_touserdata(L, -1);
    neap_image_seed(vm->generator, neap_carrier_random(vm->carrier));
    lua_pop(L, 3);
}

/* The coroutine stays on the main stack, so it is not collected. */
static void make_coroutine(struct neap_vm *vm) {
    lua_settop(vm->main, 0);
    vm->co = lua_newthread(vm->main);
    neap_vm_push_slot(vm, vm->main, NEAP_SLOT_START);
    lua_xmove(vm->main, vm->co, 1);
}

static void no_hook(lua_State *L, lua_Debug *ar) {
    (void)L;
    (void)ar;
}

/* A pause may have come too late. Even where none came, LuaJIT's tables of instructions look
 * like those after a hook: two images of the same modules are to be equal. */
static void settle_hook(struct neap_vm *vm) {
    vm->carrier->cell.may_pause = 0;
    lua_sethook(vm->main, no_hook, LUA_MASKCOUNT, 1000000);
    lua_sethook(vm->main, NULL, 0, 0);
}

void neap_state_rest(struct neap_vm *vm) {
    settle_hook(vm);
    make_coroutine(vm);
    lua_gc(vm->main, LUA_GCCOLLECT, 0);
    lua_gc(vm->main, LUA_GCCOLLECT, 0); /* what the first has found to be finalized */
}

void neap_state_open(struct neap_vm *vm) {
    lua_State *L = lua_newstate(neap_heap_alloc, vm->heap);
    if (L == NULL)
        neap_vm_exit(vm, neap_reason_of(NEAP_REASON_KILLED));
    vm->main = L;
    vm->generation = neap_modules_generation(neap_runtime_modules(vm->runtime));
    lua_atpanic(L, panic);
    neap_heap_attach(vm->heap, L, &vm->carrier->cell);
    lua_gc(L, LUA_GCSTOP, 0); /* nothing of this becomes garbage */
    open_libraries(L);
    seed_generator(vm, L);
    make_slots(vm, L);
    neap_handles_open(&vm->handles, L);
    vm->handles.heap = vm->heap;
    vm->handles.tag = neap_processes_tag(
        neap_node_processes(neap_process_node(vm->process)));
    run_prelude(vm, L);
    forget_libraries(L);
    lua_gc(L, LUA_GCRESTART, -1);
    neap_vm_set_slot(vm, L, NEAP_SLOT_START);
    make_coroutine(vm);
}
