/* Capabilities: asking for them, and reading the lists that grant them. */
#include "bind/grants.h"

#include "bind/arguments.h"
#include "bind/host.h"

#include "vm/fail.h"
#include "vm/images.h"
#include "vm/modules.h"
#include "vm/runtime_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- asking --- */

void neap_refuse(lua_State *L, const char *where, const char *fmt, ...) {
    char text[300];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    neap_misuse(L, where,
                "this process has not the capability \"%s\"; its spec can grant it: "
                "allow = { \"%s\" }",
                text, text);
}

static bool has_control(const struct neap_vm *vm) {
    return neap_grants_have(neap_process_grants(vm->process), NEAP_GRANT_CONTROL);
}

static bool is_foreign(const struct neap_vm *vm, struct neap_pid pid, bool *supervisor) {
    return neap_process_is_foreign(neap_process_node(vm->process), pid,
                                   neap_process_pid(vm->process), supervisor);
}

void neap_need_control(const struct neap_vm *vm, lua_State *L, struct neap_pid pid,
                       const char *where) {
    bool supervisor;
    if (!has_control(vm) && is_foreign(vm, pid, &supervisor))
        neap_refuse(L, where, "control");
}

void neap_need_control_to_call(const struct neap_vm *vm, lua_State *L,
                               struct neap_pid pid, const char *what, const char *where) {
    static const char STOP[] = "$neap.stop"; /* lua/neap/service/marks.lua */
    bool supervisor;
    if (!has_control(vm) && is_foreign(vm, pid, &supervisor) &&
        (supervisor || strcmp(what, STOP) == 0))
        neap_refuse(L, where, "control");
}

/* --- reading --- */

/* The sentence about the item on top of the stack; 0: there is none. */
static int read_item(struct neap_vm *vm, lua_State *L, const struct neap_grants *within,
                     struct neap_grants *to, char why[NEAP_GRANT_WHY]) {
    size_t size;
    const char *folder = neap_modules_root(neap_runtime_modules(vm->runtime));
    if (lua_type(L, -1) != LUA_TSTRING) {
        snprintf(why, NEAP_GRANT_WHY, "expected a text");
        return -1;
    }
    const char *text = lua_tolstring(L, -1, &size);
    return neap_grants_add(to, folder, within, text, size, why);
}

int neap_grants_read(struct neap_vm *vm, lua_State *L, int index,
                     const struct neap_grants *within, struct neap_grants **to) {
    char why[NEAP_GRANT_WHY];
    int problems = 0;
    int count = (int)lua_objlen(L, index);
    neap_grants_unref(*to);
    *to = neap_grants_new();
    lua_newtable(L);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, index, i);
        int err = read_item(vm, L, within, *to, why);
        lua_pop(L, 1);
        if (err == 0)
            continue;
        lua_pushstring(L, why);
        lua_rawseti(L, -2, i);
        problems++;
    }
    return problems;
}

void neap_grants_push(lua_State *L, const struct neap_grants *g) {
    const char *text;
    lua_newtable(L);
    for (size_t i = 0; (text = neap_grants_text(g, i)) != NULL; i++) {
        lua_pushstring(L, text);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* --- for specs --- */

/* What the list of the first argument is to lie within: nil: what this process has; true:
 * everything; or a list that was read before. NULL: everything. */
static const struct neap_grants *base_of(struct neap_vm *vm, lua_State *L) {
    if (lua_isnoneornil(L, 1))
        return neap_process_grants(vm->process);
    if (lua_type(L, 1) != LUA_TTABLE)
        return NULL;
    (void)neap_grants_read(vm, L, 1, NULL, &vm->granting);
    lua_pop(L, 1);
    return vm->granting;
}

/* narrow(base, list): the list as it is written best, and { [index] = what is wrong }. */
static int l_narrow(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checkstack(L, 8, "capabilities");
    (void)neap_grants_read(vm, L, 2, base_of(vm, L), &vm->granted);
    neap_grants_push(L, vm->granted);
    lua_insert(L, -2);
    return 2;
}

/* set_grants([list]): what the application's tree has at most, from the first process on, which
 * alone may say so; nil: what it has without asking. The same results as narrow. */
static int l_set_grants(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    if (!neap_runtime_is_first(vm->runtime, vm->process))
        neap_misuse(L, "set_grants", "only the first process may call this");
    struct neap_grants *bound = neap_runtime_options_of(vm->runtime)->allow;
    lua_settop(L, 1);
    if (lua_istable(L, 1)) {
        (void)neap_grants_read(vm, L, 1, bound, &vm->granted);
    } else {
        const char *folder = neap_modules_root(neap_runtime_modules(vm->runtime));
        neap_grants_unref(vm->granted);
        vm->granted = bound != NULL ? neap_grants_ref(bound)
                                    : neap_grants_default(folder, NULL);
        lua_newtable(L);
    }
    neap_crit_enter(&vm->carrier->cell);
    neap_process_set_grants(vm->process, vm->granted);
    neap_crit_leave(&vm->carrier->cell);
    neap_grants_push(L, vm->granted);
    lua_insert(L, -2);
    return 2;
}

/* --- what needs no file of its own --- */

/* getenv(name): os.getenv. */
static int l_getenv(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    const char *name = neap_arg_string(L, 1, "os.getenv", NULL);
    if (vm->build != NULL)
        neap_images_note_need(vm, NEAP_GRANT_ENV);
    else
        neap_need(vm, L, NEAP_GRANT_ENV, "env", "os.getenv");
    lua_pushstring(L, getenv(name)); /* NULL: nil */
    return 1;
}

const luaL_Reg NEAP_BIND_GRANTS[] = {
    { "getenv", l_getenv },
    { "narrow", l_narrow },
    { "set_grants", l_set_grants },
    { NULL, NULL },
};
