/* Clocks, sleeping, timers. */
#include "bind/arguments.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/alarm.h"
#include "core/node.h"
#include "core/process.h"
#include "vm/codec.h"
#include "vm/fail.h"
#include "vm/vm.h"

static int l_now(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    lua_pushnumber(L, (double)neap_node_now(neap_process_node(vm->process)) / 1e6);
    return 1;
}

static int l_time(lua_State *L) {
    neap_vm_current(); /* an image must not have the time at which it was made */
    lua_pushnumber(L, (double)neap_clock_epoch() / 1e9);
    return 1;
}

/* A function of the library os, which is the argument: as it is, but it asks the host. */
static int l_call_os(lua_State *L) {
    neap_vm_current();
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int l_os(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_pushcclosure(L, l_call_os, 1);
    return 1;
}

static int l_sleep(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    if (lua_isnoneornil(L, 1))
        neap_arg_fail(L, "neap.sleep", 1, "ms, or text such as \"500ms\" or \"2s\"");
    neap_time time = neap_arg_time(L, 1, "neap.sleep", 0);
    neap_wait_clear(vm);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_SLEEP,
                                   .deadline = neap_deadline(vm, time) };
    return neap_wait_start(vm, L, "neap.sleep");
}

static uint64_t start_alarm(struct neap_vm *vm, struct neap_target to, neap_time time) {
    struct neap_cell *cell = &vm->carrier->cell;
    neap_crit_enter(cell);
    struct neap_message *m = neap_scratch_message(&vm->carrier->scratch,
                                                  NEAP_MESSAGE_TIMER);
    uint64_t id = neap_alarm_start(vm->process, neap_deadline(vm, time), to.pid, to.name,
                                   m);
    neap_crit_leave(cell);
    return id;
}

static int l_send_after(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_scratch *s = &vm->carrier->scratch;
    uint64_t held;
    if (lua_isnoneornil(L, 1))
        neap_arg_fail(L, "neap.send_after", 1, "ms, or text such as \"500ms\" or \"2s\"");
    neap_time time = neap_arg_time(L, 1, "neap.send_after", 0);
    struct neap_target to = neap_arg_target(vm, L, 2, "neap.send_after");
    if (lua_isnoneornil(L, 3))
        neap_arg_fail(L, "neap.send_after", 3, "a message: any value but nil");
    if (neap_process_check_handles(vm->process, &held) != 0)
        return neap_fail_limit(vm, L, "handles", (double)held,
                               (double)neap_process_limits(vm->process)->handles);
    int err = neap_encode_value(s, L, &vm->handles, 3, "msg",
                                (size_t)neap_process_limits(vm->process)->message);
    if (err == NEAP_ELIMIT)
        return neap_fail_limit(vm, L, "message", (double)s->used, (double)s->max);
    if (err != 0)
        neap_misuse(L, "neap.send_after", "%s", s->error);
    uint64_t kept = neap_alarm_bytes(vm->process) + s->bytes.len +
                    neap_scratch_blob_bytes(s);
    uint64_t max = neap_process_limits(vm->process)->message;
    if (kept > max) /* all together, since they wait outside of limits.memory */
        return neap_fail_limit(vm, L, "message", (double)kept, (double)max);
    neap_handle_push_timer(L, &vm->handles, start_alarm(vm, to, time));
    return 1;
}

static int l_cancel(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    uint64_t id;
    neap_time left = 0;
    if (!neap_handle_to_timer(L, &vm->handles, 1, &id))
        neap_arg_fail(L, "neap.cancel", 1, "what neap.send_after gave");
    neap_crit_enter(&vm->carrier->cell);
    bool running = neap_alarm_cancel(vm->process, id, &left);
    neap_crit_leave(&vm->carrier->cell);
    if (running)
        lua_pushnumber(L, (double)left / 1e6);
    else
        lua_pushboolean(L, 0);
    return 1;
}

const luaL_Reg NEAP_BIND_TIME[] = {
    { "now", l_now },
    { "time", l_time },
    { "of_os", l_os },
    { "sleep", l_sleep },
    { "send_after", l_send_after },
    { "cancel", l_cancel },
    { NULL, NULL },
};
