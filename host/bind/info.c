/* What a process looks like, to itself and others; what a supervisor shows of its children. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "core/child.h"
#include "core/node.h"
#include "core/process.h"
#include "core/version.h"
#include "vm/fail.h"
#include "vm/heap.h"
#include "vm/vm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

/* Empty texts are left out: nil reads better in Lua. */
static void set_text(lua_State *L, const char *key, const char *text) {
    if (text[0] == '\0')
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

static void set_limit(lua_State *L, const char *key, uint64_t value, double unit) {
    set_number(L, key, value == NEAP_NO_LIMIT ? HUGE_VAL : (double)value / unit);
}

static const char *state_text(const struct neap_process_info *info) {
    switch (info->state) {
    case NEAP_PROCESS_RUNNING: return "running";
    case NEAP_PROCESS_PARKED: return "waiting";
    default: return "ready";
    }
}

static void push_mailbox(lua_State *L, const struct neap_process_info *info) {
    lua_createtable(L, 0, 3);
    set_number(L, "messages", (double)info->mail);
    set_number(L, "bytes", (double)info->mail_bytes);
    set_number(L, "refused", (double)info->refused);
}

static void push_limits(lua_State *L, const struct neap_limits *limits) {
    lua_createtable(L, 0, 5);
    set_limit(L, "memory", limits->memory, 1);
    set_limit(L, "cpu", limits->cpu, 1e6);
    set_limit(L, "instructions", limits->instructions, 1);
    set_limit(L, "message", limits->message, 1);
    set_limit(L, "handles", limits->handles, 1);
}

static void set_version(lua_State *L, const struct neap_version *version) {
    if (version->is_number)
        set_number(L, "version", version->number);
    else
        set_text(L, "version", version->text);
}

/* A reference hangs on the vm while Lua makes the list of it. */
static void set_grants(struct neap_vm *vm, lua_State *L, struct neap_pid pid) {
    neap_crit_enter(&vm->carrier->cell);
    neap_grants_unref(vm->granted);
    vm->granted = neap_process_inspect_grants(neap_process_node(vm->process), pid);
    neap_crit_leave(&vm->carrier->cell);
    if (vm->granted == NULL)
        return;
    neap_grants_push(L, vm->granted);
    lua_setfield(L, -2, "allow");
}

static void push_info(struct neap_vm *vm, lua_State *L,
                      const struct neap_process_info *info) {
    lua_createtable(L, 0, 18);
    neap_handle_push_pid(L, &vm->handles, info->pid);
    lua_setfield(L, -2, "pid");
    neap_handle_push_pid(L, &vm->handles, info->parent);
    lua_setfield(L, -2, "parent");
    set_text(L, "name", info->name);
    set_text(L, "id", info->id);
    set_text(L, "module", info->module);
    set_text(L, "state", state_text(info));
    lua_pushboolean(L, info->trap_exit);
    lua_setfield(L, -2, "trap_exit");
    set_number(L, "links", info->links);
    set_number(L, "monitors", info->monitors);
    set_number(L, "timers", info->timers);
    set_number(L, "children", info->children);
    set_number(L, "memory", (double)info->memory);
    set_number(L, "cpu", (double)info->cpu / 1e6);
    set_number(L, "turns", (double)info->turns);
    set_number(L, "started", (double)info->started / 1e6);
    struct neap_version version;
    if (neap_version_get(neap_process_node(vm->process), info->pid, &version))
        set_version(L, &version);
    if (info->code != 0)
        set_number(L, "code", (double)info->code);
    set_text(L, "listen", info->listen);
    set_text(L, "image", info->image);
    lua_pushboolean(L, info->jit == NEAP_JIT_ON);
    lua_setfield(L, -2, "jit");
    push_mailbox(L, info);
    lua_setfield(L, -2, "mailbox");
    push_limits(L, &info->limits);
    lua_setfield(L, -2, "limits");
    set_grants(vm, L, info->pid);
}

static struct neap_pid whose(struct neap_vm *vm, lua_State *L) {
    if (lua_isnoneornil(L, 1))
        return neap_process_pid(vm->process);
    return neap_arg_target(vm, L, 1, "neap.info").pid;
}

static int l_info(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_process_info info;
    struct neap_pid pid = whose(vm, L);
    neap_process_publish_memory(vm->process, neap_heap_used(vm->heap),
                                neap_heap_peak(vm->heap));
    if (neap_process_inspect(neap_process_node(vm->process), pid, &info))
        push_info(vm, L, &info);
    else
        lua_pushnil(L);
    return 1;
}

/* The root supervisor holds two for each child, as any supervisor does. */
enum { ROOT_HANDLES = 1000000 };

static int l_set_role(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    bool supervisor = strcmp(neap_arg_string(L, 1, "set_role", NULL), "supervisor") == 0;
    neap_process_set_supervisor(vm->process, supervisor);
    if (!supervisor || !neap_pid_is_none(neap_process_parent(vm->process)))
        return 0;
    neap_process_protect(vm->process);
    neap_process_set_handles(vm->process, ROOT_HANDLES);
    return 0;
}

/* set_version([version]): what a service says of itself; nil: nothing any more. */
static int l_set_version(lua_State *L) {
    if (lua_isnoneornil(L, 1)) {
        neap_version_drop(neap_vm_current()->process);
        return 0;
    }
    struct neap_version version = { .is_number = lua_type(L, 1) == LUA_TNUMBER };
    if (version.is_number)
        version.number = lua_tonumber(L, 1);
    else
        snprintf(version.text, sizeof version.text, "%s",
                 neap_arg_string(L, 1, "set_version", NULL));
    neap_crit_enter(&neap_vm_current()->carrier->cell);
    neap_version_set(neap_vm_current()->process, &version);
    neap_crit_leave(&neap_vm_current()->carrier->cell);
    return 0;
}

static int l_set_module(lua_State *L) {
    neap_process_set_module(neap_vm_current()->process,
                            neap_arg_string(L, 1, "set_module", NULL));
    return 0;
}

static void copy_text(lua_State *L, int index, char *to, size_t size) {
    snprintf(to, size, "%s",
             lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "");
}

/* child(key [, id, type, state, pid | nil, restarts]): shows a child, or no more. */
static int l_child(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_child child = { .key = (uint64_t)luaL_checknumber(L, 1) };
    bool gone = lua_isnoneornil(L, 2);
    copy_text(L, 2, child.id, sizeof child.id);
    copy_text(L, 4, child.state, sizeof child.state);
    child.supervisor = lua_type(L, 3) == LUA_TSTRING &&
                       strcmp(lua_tostring(L, 3), "supervisor") == 0;
    neap_handle_to_pid(L, &vm->handles, 5, &child.pid);
    child.restarts = (uint64_t)luaL_optnumber(L, 6, 0);
    neap_crit_enter(&vm->carrier->cell);
    if (gone)
        neap_child_remove(vm->process, child.key);
    else
        neap_child_put(vm->process, &child);
    neap_crit_leave(&vm->carrier->cell);
    return 0;
}

const luaL_Reg NEAP_BIND_INFO[] = {
    { "info", l_info },
    { "set_role", l_set_role },
    { "set_module", l_set_module },
    { "set_version", l_set_version },
    { "child", l_child },
    { NULL, NULL },
};
