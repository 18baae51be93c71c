/* Links, monitors, exits: what one process does to another. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "core/exit.h"
#include "core/link.h"
#include "core/monitor.h"
#include "core/node.h"
#include "core/process.h"
#include "vm/exit_reason.h"
#include "vm/fail.h"
#include "vm/vm.h"

/* True if one more handle is allowed; otherwise nil, err are pushed. */
static bool may_hold(struct neap_vm *vm, lua_State *L) {
    uint64_t held;
    if (neap_process_check_handles(vm->process, &held) == 0)
        return true;
    neap_fail_limit(vm, L, "handles", (double)held,
                    (double)neap_process_limits(vm->process)->handles);
    return false;
}

static int l_self(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_handle_push_pid(L, &vm->handles, neap_process_pid(vm->process));
    return 1;
}

static int l_parent(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_handle_push_pid(L, &vm->handles, neap_process_parent(vm->process));
    return 1;
}

static int push_true(lua_State *L) {
    lua_pushboolean(L, 1);
    return 1;
}

static int l_link(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_pid pid = neap_arg_pid(vm, L, 1, "neap.link");
    neap_need_control(vm, L, pid, "neap.link");
    if (!may_hold(vm, L))
        return 2;
    neap_crit_enter(&vm->carrier->cell);
    neap_link(vm->process, pid);
    neap_crit_leave(&vm->carrier->cell);
    return push_true(L);
}

static int l_unlink(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_pid pid = neap_arg_pid(vm, L, 1, "neap.unlink");
    neap_crit_enter(&vm->carrier->cell);
    neap_unlink(vm->process, pid);
    neap_crit_leave(&vm->carrier->cell);
    return push_true(L);
}

static int l_monitor(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_target target = neap_arg_target(vm, L, 1, "neap.monitor");
    if (!may_hold(vm, L))
        return 2;
    neap_crit_enter(&vm->carrier->cell);
    uint64_t ref = neap_monitor(vm->process, target.pid, target.name);
    neap_crit_leave(&vm->carrier->cell);
    neap_handle_push_ref(L, &vm->handles, ref);
    return 1;
}

static int l_demonitor(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    uint64_t ref;
    if (!neap_handle_to_ref(L, &vm->handles, 1, &ref))
        neap_arg_fail(L, "neap.demonitor", 1, "what neap.monitor gave");
    bool flush = neap_arg_option_boolean(L, 2, "neap.demonitor", "flush");
    neap_crit_enter(&vm->carrier->cell);
    neap_demonitor(vm->process, ref, flush);
    neap_crit_leave(&vm->carrier->cell);
    return push_true(L);
}

static int l_trap_exit(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    bool on = neap_arg_boolean(L, 1, "neap.trap_exit");
    lua_pushboolean(L, neap_process_trap_exit(vm->process, on));
    return 1;
}

static int l_set_trap_parent(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_process_trap_parent(vm->process, neap_arg_boolean(L, 1, "set_trap_parent"));
    return 0;
}

/* --- exits --- */

static int exit_self(struct neap_vm *vm, lua_State *L) {
    struct neap_reason reason = neap_reason_of(NEAP_REASON_NORMAL);
    if (!lua_isnoneornil(L, 1))
        reason = neap_encode_reason(&vm->carrier->scratch, L, &vm->handles, 1);
    neap_vm_exit(vm, reason);
}

/* follow(reason): what a process that trapped its parent's exit ends with. */
static int l_follow(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_reason reason = neap_encode_reason(&vm->carrier->scratch, L, &vm->handles,
                                                   1);
    neap_crit_enter(&vm->carrier->cell);
    neap_exit_follow(vm->process, reason);
    neap_reason_unref(reason);
    neap_crit_leave(&vm->carrier->cell); /* does not return: the process is doomed */
    return 0;
}

static int signal_exit(struct neap_vm *vm, struct neap_pid to, struct neap_reason reason) {
    neap_crit_enter(&vm->carrier->cell);
    neap_exit_signal(neap_process_node(vm->process), neap_process_pid(vm->process), to,
                     reason);
    neap_reason_unref(reason);
    neap_crit_leave(&vm->carrier->cell);
    return 1;
}

static int l_exit(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_pid to;
    bool is_pid = neap_handle_to_pid(L, &vm->handles, 1, &to);
    if (!is_pid && lua_gettop(L) <= 1)
        exit_self(vm, L);
    if (!is_pid)
        neap_arg_fail(L, "neap.exit", 1, "a pid when a reason follows");
    if (lua_isnoneornil(L, 2))
        neap_misuse(L, "neap.exit",
                    "a pid alone is not a reason; expected exit(pid, reason), "
                    "or exit(reason) for the calling process");
    neap_need_control(vm, L, to, "neap.exit");
    lua_pushboolean(L, 1);
    return signal_exit(vm, to,
                       neap_encode_reason(&vm->carrier->scratch, L, &vm->handles, 2));
}

static int l_kill(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_pid to = neap_arg_pid(vm, L, 1, "neap.kill");
    neap_need_control(vm, L, to, "neap.kill");
    lua_pushboolean(L, 1);
    return signal_exit(vm, to, neap_reason_of(NEAP_REASON_KILL));
}

const luaL_Reg NEAP_BIND_PROCESS[] = {
    { "self", l_self },           { "parent", l_parent },
    { "link", l_link },           { "unlink", l_unlink },
    { "monitor", l_monitor },     { "demonitor", l_demonitor },
    { "trap_exit", l_trap_exit }, { "set_trap_parent", l_set_trap_parent },
    { "exit", l_exit },           { "kill", l_kill },
    { "follow", l_follow },       { NULL, NULL },
};
