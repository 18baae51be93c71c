/* Sending and receiving: neap.send, neap.receive, and what a service loop reads. */
#include "bind/arguments.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/mail.h"
#include "core/process.h"
#include "core/send.h"
#include "vm/codec.h"
#include "vm/fail.h"
#include "vm/value.h"
#include "vm/vm.h"

static const neap_time SEND_TIMEOUT = 5000 * NEAP_MS;

/* --- send --- */

/* The message is made and handed over in one critical section: a kill cannot lose it. */
static int hand_over(struct neap_vm *vm, struct neap_pid to, enum neap_message_kind kind,
                     bool may_wait) {
    struct neap_cell *cell = &vm->carrier->cell;
    neap_crit_enter(cell);
    struct neap_message *m = neap_scratch_message(&vm->carrier->scratch, kind);
    int err = neap_send(neap_process_node(vm->process), may_wait ? vm->process : NULL, to,
                        m);
    neap_crit_leave(cell);
    return err;
}

/* Ends a send: done, refused, or waiting for room until the deadline. */
static int finish_send(struct neap_vm *vm, lua_State *L, int err, neap_time timeout,
                       const char *name) {
    if (err == 0) {
        lua_pushboolean(L, 1);
        return 1;
    }
    if (err != NEAP_EWAIT)
        return neap_fail_code(vm, L, err);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_ROOM,
                                   .deadline = neap_deadline(vm, timeout) };
    return neap_wait_start(vm, L, name);
}

static int fail_encode(struct neap_vm *vm, lua_State *L, int err, const char *name) {
    const struct neap_scratch *s = &vm->carrier->scratch;
    if (err == NEAP_ELIMIT)
        return neap_fail_limit(vm, L, "message", (double)s->used, (double)s->max);
    neap_misuse(L, name, "%s", s->error);
}

static size_t max_message(const struct neap_vm *vm) {
    return (size_t)neap_process_limits(vm->process)->message;
}

static int l_send(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_target to = neap_arg_target(vm, L, 1, "neap.send");
    neap_time timeout = neap_arg_option_time(L, 3, "neap.send", "timeout", SEND_TIMEOUT);
    if (neap_value_is_nil(neap_value_at(L, 2)))
        neap_arg_fail(L, "neap.send", 2, "a message: any value but nil");
    int err = neap_encode_value(&vm->carrier->scratch, L, &vm->handles, 2, "msg",
                                max_message(vm));
    if (err != 0)
        return fail_encode(vm, L, err, "neap.send");
    if (neap_pid_is_none(to.pid))
        return neap_fail(vm, L, "noproc", "no process is named \"%s\"", to.name);
    neap_wait_clear(vm);
    err = hand_over(vm, to.pid, NEAP_MESSAGE_VALUE, timeout != 0);
    return finish_send(vm, L, err, timeout, "neap.send");
}

static int l_cast(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_target to = neap_arg_target(vm, L, 1, "neap.cast");
    neap_arg_string(L, 2, "neap.cast", NULL);
    int err = neap_encode_pack(&vm->carrier->scratch, L, &vm->handles, 2,
                               lua_gettop(L) - 1, "argument #", 2, max_message(vm));
    if (err != 0)
        return fail_encode(vm, L, err, "neap.cast");
    if (neap_pid_is_none(to.pid))
        return neap_fail(vm, L, "noproc", "no process is named \"%s\"", to.name);
    neap_wait_clear(vm);
    err = hand_over(vm, to.pid, NEAP_MESSAGE_CAST, true);
    return finish_send(vm, L, err, SEND_TIMEOUT, "neap.cast");
}

/* --- receive --- */

/* receive([match] [, timeout]): a number in the first place is the time-out. */
static neap_time receive_timeout(lua_State *L, const char *where) {
    bool first = neap_value_tag(neap_value_at(L, 1)) == NEAP_VALUE_NUMBER;
    return neap_arg_time(L, first ? 1 : 2, where, NEAP_FOREVER);
}

static void set_pattern(struct neap_vm *vm, lua_State *L) {
    enum neap_value_tag tag = neap_value_tag(neap_value_at(L, 1));
    vm->pattern.count = 0;
    if (tag == NEAP_VALUE_NIL || tag == NEAP_VALUE_NUMBER)
        return;
    if (tag != NEAP_VALUE_STRING && tag != NEAP_VALUE_TABLE)
        neap_arg_fail(L, "neap.receive", 1,
                      "a timeout, a tag (string), a prefix (table) or a function");
    if (neap_pattern_set(&vm->pattern, &vm->carrier->scratch, L, &vm->handles, 1) != 0)
        neap_misuse(L, "neap.receive", "%s", vm->carrier->scratch.error);
}

static int l_receive(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_time timeout = receive_timeout(L, "neap.receive");
    set_pattern(vm, L);
    neap_wait_clear(vm);
    neap_mail_rewind(vm->process);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_MAIL,
                                   .deadline = neap_deadline(vm, timeout) };
    return neap_wait_start(vm, L, "neap.receive");
}

/* look_first([timeout]) and look_on(): the next unseen message and a mark to take it by;
 * neap.receive with a function is made of them. The deadline is that of look_first. */
static int l_look_first(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_time timeout = neap_arg_time(L, 1, "neap.receive", NEAP_FOREVER);
    neap_wait_clear(vm);
    neap_mail_rewind(vm->process);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_LOOK,
                                   .deadline = neap_deadline(vm, timeout) };
    return neap_wait_start(vm, L, "neap.receive");
}

static int l_look_on(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_wait_clear(vm);
    vm->wait.kind = NEAP_WAIT_LOOK;
    return neap_wait_start(vm, L, "neap.receive");
}

/* take(mark): removes the message that was looked at last. A script can give the coroutine
 * that waits in look_first whatever it likes, so the mark is only compared. */
static int l_take(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_message *m = lua_touserdata(L, 1);
    neap_crit_enter(&vm->carrier->cell);
    bool taken = neap_mail_take_seen(vm->process, m);
    if (taken)
        neap_message_free(m);
    neap_crit_leave(&vm->carrier->cell);
    if (!taken)
        neap_misuse(L, "neap.receive",
                    "the function that was asked about a message took "
                    "messages itself");
    return 0;
}

/* next([timeout]): the next piece of mail, spread out; "code" before it, if there is newer
 * code for the service (see vm/upgrade.h); nil when the time is over. */
static int l_next(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_time timeout = neap_arg_time(L, 1, "neap.receive", NEAP_FOREVER);
    neap_wait_clear(vm);
    neap_mail_rewind(vm->process);
    bool has_new_code = neap_upgrade_is_due(vm);
    vm->wait = (struct neap_wait){ .kind = has_new_code ? NEAP_WAIT_CODE : NEAP_WAIT_NEXT,
                                   .deadline = neap_deadline(vm, timeout) };
    return neap_wait_start(vm, L, "neap.receive");
}

static int l_is_signal(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    bool is_signal = false;
    if (lua_type(L, 1) == LUA_TTABLE) {
        neap_vm_push_slot(vm, L, NEAP_SLOT_SIGNALS);
        lua_pushvalue(L, 1);
        lua_rawget(L, -2);
        is_signal = lua_toboolean(L, -1);
    }
    lua_pushboolean(L, is_signal);
    return 1;
}

static int l_buffer(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    size_t size;
    const char *bytes = neap_arg_string(L, 1, "neap.buffer", &size);
    neap_handle_push_new_buffer(L, &vm->handles, bytes, size);
    return 1;
}

const luaL_Reg NEAP_BIND_MAIL[] = {
    { "send", l_send },       { "cast", l_cast },
    { "receive", l_receive }, { "look_first", l_look_first },
    { "look_on", l_look_on }, { "take", l_take },
    { "next", l_next },       { "is_signal", l_is_signal },
    { "buffer", l_buffer },   { NULL, NULL },
};
