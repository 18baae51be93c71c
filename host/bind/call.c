/* Calls and their answers: neap.call, service.reply, and the start of a supervised child. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/call.h"
#include "core/process.h"
#include "core/send.h"
#include "core/spawn.h"
#include "vm/codec.h"
#include "vm/fail.h"
#include "vm/vm.h"

#include <stdio.h>

static const neap_time CALL_TIMEOUT = 5000 * NEAP_MS;

/* neap.timeout(ms) is a table with this mark as its only key: no script can make one, since
 * no script can get at the mark. */
static const char TIMEOUT_MARK;

static int l_timeout(lua_State *L) {
    neap_time time = neap_arg_time(L, 1, "neap.timeout", NEAP_FOREVER);
    if (lua_isnoneornil(L, 1))
        neap_arg_fail(L, "neap.timeout", 1, "ms, text such as \"2s\", or \"infinity\"");
    lua_createtable(L, 0, 1);
    lua_pushlightuserdata(L, (void *)(uintptr_t)&TIMEOUT_MARK);
    lua_pushnumber(L, time == NEAP_FOREVER ? -1 : (double)time);
    lua_rawset(L, -3);
    return 1;
}

/* Takes a time-out off the end of the arguments. */
static neap_time pop_timeout(lua_State *L) {
    neap_time timeout = CALL_TIMEOUT;
    if (lua_type(L, -1) != LUA_TTABLE)
        return timeout;
    lua_pushlightuserdata(L, (void *)(uintptr_t)&TIMEOUT_MARK);
    lua_rawget(L, -2);
    bool found = lua_type(L, -1) == LUA_TNUMBER;
    double ns = found ? lua_tonumber(L, -1) : 0;
    lua_pop(L, found ? 2 : 1);
    if (found)
        timeout = ns < 0 ? NEAP_FOREVER : (neap_time)ns;
    return timeout;
}

/* Whom and what an error of this call is about. */
static void note_call(struct neap_vm *vm, lua_State *L) {
    lua_pushvalue(L, 1);
    neap_vm_set_slot(vm, L, NEAP_SLOT_TO);
    lua_pushvalue(L, 2);
    neap_vm_set_slot(vm, L, NEAP_SLOT_CALL);
}

static int fail_call(struct neap_vm *vm, lua_State *L, int err) {
    neap_fail_code(vm, L, err);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "to");
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "call");
    return 2;
}

/* A call to oneself could never be answered. */
static int fail_self_call(struct neap_vm *vm, lua_State *L) {
    fail_call(vm, L, NEAP_EDEADLOCK);
    lua_createtable(L, 2, 0);
    for (int i = 1; i <= 2; i++) {
        neap_handle_push_pid(L, &vm->handles, neap_process_pid(vm->process));
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "path");
    return 2;
}

/* Opens the call and sends it. NEAP_ENOPROC, NEAP_EFULL, NEAP_EWAIT (for room) or 0. */
static int ask(struct neap_vm *vm, struct neap_pid to) {
    struct neap_cell *cell = &vm->carrier->cell;
    neap_crit_enter(cell);
    uint64_t ref = neap_call_open(vm->process, to);
    int err = NEAP_ENOPROC;
    if (ref != 0) {
        struct neap_message *m = neap_scratch_message(&vm->carrier->scratch,
                                                      NEAP_MESSAGE_CALL);
        m->ref = ref;
        m->from = neap_process_pid(vm->process);
        err = neap_send(neap_process_node(vm->process), vm->process, to, m);
    }
    if (err == NEAP_EFULL)
        neap_call_close(vm->process);
    neap_crit_leave(cell);
    return err;
}

static int l_call(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_target to = neap_arg_target(vm, L, 1, "neap.call");
    const char *what = neap_arg_string(L, 2, "neap.call", NULL);
    neap_need_control_to_call(vm, L, to.pid, what, "neap.call");
    neap_time timeout = pop_timeout(L);
    int err = neap_encode_pack(&vm->carrier->scratch, L, &vm->handles, 2,
                               lua_gettop(L) - 1, "argument #", 2,
                               (size_t)neap_process_limits(vm->process)->message);
    if (err == NEAP_ELIMIT)
        return neap_fail_limit(vm, L, "message", (double)vm->carrier->scratch.used,
                               (double)vm->carrier->scratch.max);
    if (err != 0)
        neap_misuse(L, "neap.call", "%s", vm->carrier->scratch.error);
    if (neap_pid_equal(to.pid, neap_process_pid(vm->process)))
        return fail_self_call(vm, L);
    note_call(vm, L);
    neap_wait_clear(vm);
    err = ask(vm, to.pid);
    if (err != 0 && err != NEAP_EWAIT)
        return fail_call(vm, L, err);
    vm->wait = (struct neap_wait){ .kind = err == 0 ? NEAP_WAIT_REPLY : NEAP_WAIT_ASK,
                                   .deadline = neap_deadline(vm, timeout) };
    return neap_wait_start(vm, L, "neap.call");
}

/* --- answers --- */

static void answer(struct neap_vm *vm, struct neap_from from, enum neap_message_kind kind) {
    neap_crit_enter(&vm->carrier->cell);
    neap_reply(neap_process_node(vm->process), from.pid, from.ref,
               neap_scratch_message(&vm->carrier->scratch, kind));
    neap_crit_leave(&vm->carrier->cell);
}

/* The call fails for its caller, too, or it would wait for nothing. */
static void refuse_too_large(struct neap_vm *vm, struct neap_from from, size_t used,
                             size_t max) {
    char text[120];
    snprintf(text, sizeof text,
             "message limit: the reply has %zu bytes, %zu allowed (limits.message)", used,
             max);
    const char *const pairs[] = { "kind",    "limit", "limit", "message",
                                  "message", text,    NULL };
    neap_encode_error(&vm->carrier->scratch, pairs);
    answer(vm, from, NEAP_MESSAGE_REFUSED);
}

/* reply(from, ...): an answer too large for limits.message is the caller's nil, err as well.
 */
static int l_reply(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_scratch *s = &vm->carrier->scratch;
    struct neap_from from;
    if (!neap_handle_to_from(L, &vm->handles, 1, &from))
        neap_arg_fail(L, "service.reply", 1, "what service.from() gave");
    int err = neap_encode_pack(s, L, &vm->handles, 2, lua_gettop(L) - 1, "reply #", 1,
                               (size_t)neap_process_limits(vm->process)->message);
    if (err == NEAP_ELIMIT) {
        size_t used = s->used, max = s->max;
        refuse_too_large(vm, from, used, max);
        return neap_fail_limit(vm, L, "message", (double)used, (double)max);
    }
    if (err != 0)
        neap_misuse(L, "service.reply", "%s", s->error);
    answer(vm, from, NEAP_MESSAGE_REPLY);
    lua_pushboolean(L, 1);
    return 1;
}

/* refuse_call(from, err): the call fails with the error object. */
static int l_refuse_call(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_from from;
    if (!neap_handle_to_from(L, &vm->handles, 1, &from))
        neap_arg_fail(L, "neap.host.refuse_call", 1, "a from");
    int err = neap_encode_pack(&vm->carrier->scratch, L, &vm->handles, 2, 1, "error", 1,
                               (size_t)neap_process_limits(vm->process)->message);
    if (err != 0)
        neap_misuse(L, "neap.host.refuse_call", "%s", vm->carrier->scratch.error);
    answer(vm, from, NEAP_MESSAGE_REFUSED);
    return 0;
}

/* ack(word [, reason]): tells the spawner that waits in wait_ack. */
static int l_ack(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    uint64_t ref = neap_spawn_take_ack(vm->process);
    if (ref == 0)
        return 0;
    int err = neap_encode_pack(&vm->carrier->scratch, L, &vm->handles, 1, lua_gettop(L),
                               "reason", 1, NEAP_REASON_BYTES);
    if (err != 0) { /* what cannot be sent is told as its text */
        lua_settop(L, 1);
        lua_pushstring(L, vm->carrier->scratch.error);
        err = neap_encode_pack(&vm->carrier->scratch, L, &vm->handles, 1, 2, "reason", 1,
                               NEAP_REASON_BYTES);
        NEAP_ASSERT(err == 0);
    }
    answer(vm, (struct neap_from){ neap_process_parent(vm->process), ref },
           NEAP_MESSAGE_REPLY);
    return 0;
}

/* wait_ack(ref [, timeout]): "up" | "failed", reason | "exit", reason | "timeout". */
static int l_wait_ack(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_time timeout = neap_arg_time(L, 2, "service.start", NEAP_FOREVER);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_ACK,
                                   .deadline = neap_deadline(vm, timeout) };
    return neap_wait_start(vm, L, "service.start");
}

const luaL_Reg NEAP_BIND_CALL[] = {
    { "call", l_call },   { "timeout", l_timeout },
    { "reply", l_reply }, { "refuse_call", l_refuse_call },
    { "ack", l_ack },     { "wait_ack", l_wait_ack },
    { NULL, NULL },
};
