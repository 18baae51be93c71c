#include "vm/jit.h"

#include "core/process.h"
#include "vm/runtime_inside.h"
#include "vm/unsafe_trace.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

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

static bool may_compile(const struct neap_vm *vm) {
    const struct neap_limits *limits = neap_process_limits(vm->process);
    return neap_runtime_has_jit(vm->runtime) && limits->jit != NEAP_JIT_NEVER &&
           limits->instructions == NEAP_NO_LIMIT;
}

static void turn_on(struct neap_vm *vm, lua_State *L) {
    vm->jit_is_decided = true;
    if (!may_compile(vm) || !lua_checkstack(L, 16))
        return;
    lua_setallocf(L, neap_unsafe_trace_alloc, vm->heap);
    open_compiler(L);
    neap_process_publish_jit(vm->process, NEAP_JIT_ON);
}

void neap_jit_begin(struct neap_vm *vm) {
    if (!vm->jit_is_decided && neap_process_limits(vm->process)->jit == NEAP_JIT_ALWAYS)
        turn_on(vm, vm->main);
}

static void turn_off(struct neap_vm *vm, lua_State *L) {
    vm->jit_is_off = true;
    luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    neap_jit_note(vm);
}

void neap_jit_look(struct neap_vm *vm, lua_State *L) {
    if (!vm->jit_is_decided && neap_process_is_warm(vm->process))
        turn_on(vm, L);
    if (__builtin_expect(vm->exec.is_refused && !vm->jit_is_off, 0))
        turn_off(vm, L);
}

void neap_jit_note(struct neap_vm *vm) {
    if (!__builtin_expect(vm->exec.is_refused && !vm->jit_is_noted, 0))
        return;
    vm->jit_is_noted = true;
    neap_process_publish_jit(vm->process, NEAP_JIT_REFUSED);
    neap_runtime_note_arena(vm->runtime, vm->process);
}
