/* The registry: neap.register and its kin. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/node.h"
#include "core/process.h"
#include "core/registry.h"
#include "vm/fail.h"
#include "vm/images.h"
#include "vm/vm.h"

static int push_registered(struct neap_vm *vm, lua_State *L, int err, const char *name,
                           struct neap_pid holder) {
    if (err == NEAP_ETAKEN) {
        neap_fail(vm, L, "taken", "the name \"%s\" is taken", name);
        neap_handle_push_pid(L, &vm->handles, holder);
        lua_setfield(L, -2, "pid");
        return 2;
    }
    if (err == NEAP_ELIMIT) {
        neap_fail(vm, L, "limit",
                  "it was given as many names as it may have handles"
                  " (its limits.handles)");
        lua_pushliteral(L, "handles");
        lua_setfield(L, -2, "limit");
        return 2;
    }
    if (err != 0)
        return neap_fail_code(vm, L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* Of itself, which is a handle; or of another process. */
static int enter_name(struct neap_vm *vm, const char *name, struct neap_pid pid,
                      struct neap_pid *holder) {
    struct neap_node *node = neap_process_node(vm->process);
    bool is_self = neap_pid_equal(pid, neap_process_pid(vm->process));
    neap_crit_enter(&vm->carrier->cell);
    int err = (is_self ? neap_register : neap_register_other)(node, name, pid, holder);
    neap_crit_leave(&vm->carrier->cell);
    return err;
}

static int l_register(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    const char *name = neap_arg_name(L, 1, "neap.register");
    neap_need_name(vm, L, name, "neap.register");
    struct neap_pid pid = neap_process_pid(vm->process);
    struct neap_pid holder = { 0 };
    uint64_t held;
    if (!lua_isnoneornil(L, 2))
        pid = neap_arg_pid(vm, L, 2, "neap.register");
    if (neap_process_check_handles(vm->process, &held) != 0)
        return neap_fail_limit(vm, L, "handles", (double)held,
                               (double)neap_process_limits(vm->process)->handles);
    int err = enter_name(vm, name, pid, &holder);
    return push_registered(vm, L, err, name, holder);
}

/* A name of its own any process may give up. */
static bool is_own(struct neap_vm *vm, const char *name) {
    struct neap_registry *r = neap_node_registry(neap_process_node(vm->process));
    return neap_pid_equal(neap_registry_find(r, name), neap_process_pid(vm->process));
}

static int l_unregister(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    const char *name = neap_arg_string(L, 1, "neap.unregister", NULL);
    if (!is_own(vm, name))
        neap_need_name(vm, L, name, "neap.unregister");
    neap_crit_enter(&vm->carrier->cell);
    int err = neap_unregister(neap_process_node(vm->process), name);
    neap_crit_leave(&vm->carrier->cell);
    if (err != 0)
        return neap_fail(vm, L, "noproc", "no process is named \"%s\"", name);
    lua_pushboolean(L, 1);
    return 1;
}

static int l_whereis(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    const char *name = neap_arg_string(L, 1, "neap.whereis", NULL);
    neap_need_name(vm, L, name, "neap.whereis");
    struct neap_node *node = neap_process_node(vm->process);
    neap_handle_push_pid(L, &vm->handles,
                         neap_registry_find(neap_node_registry(node), name));
    return 1;
}

/* Who has an address may use it: so making one is what is asked for. An image that holds one is
 * for those who may use all names. */
static int l_address(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    const char *name = neap_arg_name(L, 1, "neap.address");
    if (vm->build != NULL)
        neap_images_note_need(vm, NEAP_GRANT_NAMES);
    else
        neap_need_name(vm, L, name, "neap.address");
    neap_handle_push_address(L, &vm->handles, name, lua_objlen(L, 1));
    return 1;
}

const luaL_Reg NEAP_BIND_NAMES[] = {
    { "register", l_register },
    { "unregister", l_unregister },
    { "whereis", l_whereis },
    { "address", l_address },
    { NULL, NULL },
};
