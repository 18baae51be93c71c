/* Code: modules, tracebacks, and what the prelude tells C about this state. */
#include "bind/arguments.h"
#include "bind/host.h"

#include "vm/chunk.h"
#include "vm/fail.h"
#include "vm/native.h"
#include "vm/pause.h"
#include "vm/state.h"
#include "vm/trace.h"
#include "vm/vm.h"

/* source(name): a chunk, the number of its code, and what it is called in stacks; or nil and
 * what was searched. */
static int l_source(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    lua_Debug ar;
    uint64_t code = 0;
    if (!neap_chunk_push(vm, L, luaL_checkstring(L, 1), &code)) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &ar);
    lua_pushnumber(L, (double)code);
    lua_pushstring(L, ar.source);
    return 3;
}

/* caller(): what the code that called the library is called in stacks; nil: nobody did. */
static int l_caller(lua_State *L) {
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (ar.what[0] == 'C' || neap_trace_is_library(&ar))
            continue;
        lua_pushstring(L, ar.source);
        return 1;
    }
    return 0;
}

/* native(name): the function that makes a built-in C module, or nil. */
static int l_native(lua_State *L) {
    lua_CFunction open = neap_native_opener(luaL_checkstring(L, 1));
    if (open != NULL)
        lua_pushcfunction(L, open);
    else
        lua_pushnil(L);
    return 1;
}

/* names{ names = f, resolve = f }: how snapshots find things by name. */
static int l_names(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "names");
    neap_vm_set_slot(vm, L, NEAP_SLOT_NAMES);
    lua_getfield(L, 1, "resolve");
    neap_vm_set_slot(vm, L, NEAP_SLOT_RESOLVE);
    return 0;
}

static int l_error_metatable(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    luaL_checktype(L, 1, LUA_TTABLE);
    neap_handles_set_error_metatable(L, &vm->handles, 1);
    return 0;
}

/* traceback([thread,] [message [, level]]): text; what debug.traceback is in scripts. */
static int l_traceback(lua_State *L) {
    lua_State *of = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
    int first = of == L ? 1 : 2;
    if (!lua_isnoneornil(L, first) && !lua_isstring(L, first)) {
        lua_settop(L, first); /* as debug.traceback: what is no text comes back as it is */
        return 1;
    }
    luaL_traceback(L, of, lua_tostring(L, first),
                   (int)luaL_optinteger(L, first + 1, of == L));
    return 1;
}

/* trace([level]): the stack as crash reports show it, one line per level. */
static int l_trace(lua_State *L) {
    struct neap_bytes *text = &neap_vm_current_pure()->carrier->text;
    text->len = 0;
    neap_trace_write(L, (int)luaL_optinteger(L, 1, 1), text);
    lua_pushlstring(L, (const char *)text->data, text->len);
    return 1;
}

/* note_error(value): the handler around a process's code: remembers where it was raised. */
static int l_note_error(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    vm->trace.len = 0;
    neap_trace_write(L, 1, &vm->trace);
    lua_settop(L, 1);
    return 1;
}

static int l_forget_ffi(lua_State *L) {
    neap_state_forget_ffi(L);
    return 0;
}

/* is_paused(): whether what a coroutine has just yielded, nothing, is a pause of the host's. */
static int l_is_paused(lua_State *L) {
    lua_pushboolean(L, neap_pause_has_begun(neap_vm_current_anywhere()));
    return 1;
}

/* go_on(): the pause can not be passed on from here; the coroutine is resumed at once. */
static int l_go_on(lua_State *L) {
    (void)L;
    neap_pause_end(neap_vm_current_anywhere());
    return 0;
}

/* take_kept(): what a wait that is over gave, or the mark of one that is not. */
static int l_take_kept(lua_State *L) {
    return neap_wait_take_kept(neap_vm_current_pure(), L);
}

const luaL_Reg NEAP_BIND_CODE[] = {
    { "source", l_source },
    { "native", l_native },
    { "caller", l_caller },
    { "names", l_names },
    { "error_metatable", l_error_metatable },
    { "traceback", l_traceback },
    { "trace", l_trace },
    { "note_error", l_note_error },
    { "forget_ffi", l_forget_ffi },
    { "take_kept", l_take_kept },
    { "is_paused", l_is_paused },
    { "go_on", l_go_on },
    { NULL, NULL },
};
