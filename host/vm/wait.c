#include "vm/wait.h"

#include "base/error.h"
#include "core/call.h"
#include "core/mail.h"
#include "core/node.h"
#include "core/send.h"
#include "core/worker.h"
#include "vm/delivery.h"
#include "vm/exit_reason.h"
#include "vm/fail.h"
#include "vm/value.h"
#include "vm/vm.h"

#include <lauxlib.h>

static const char MARK; /* its address is the mark */

void neap_wait_push_mark(lua_State *L) {
    lua_pushlightuserdata(L, (void *)(uintptr_t)&MARK);
}

static bool is_late(const struct neap_vm *vm) {
    if (vm->wait.deadline == NEAP_FOREVER)
        return false;
    return neap_node_now(neap_process_node(vm->process)) >= vm->wait.deadline;
}

static bool matches(const struct neap_message *m, const void *context) {
    return neap_pattern_matches(context, m);
}

/* Remembers the table on top as one that the host built from a signal. */
static void note_signal(struct neap_vm *vm, lua_State *L) {
    neap_vm_push_slot(vm, L, NEAP_SLOT_SIGNALS);
    lua_pushvalue(L, -2);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

static void push_mail(struct neap_vm *vm, lua_State *L, const struct neap_message *m) {
    if (!neap_value_fits(L, 8))
        luaL_checkstack(L, 8, "a message");
    neap_push_message(L, &vm->handles, m);
    if (neap_message_is_signal(m))
        note_signal(vm, L);
}

/* --- mail --- */

static int time_is_over(struct neap_vm *vm, lua_State *L) {
    return is_late(vm) ? neap_fail(vm, L, "timeout", "no message came in time")
                       : NEAP_EWAIT;
}

static int try_mail(struct neap_vm *vm, lua_State *L) {
    bool any = vm->pattern.count == 0;
    vm->message = neap_mail_take(vm->process, any ? NULL : matches,
                                 any ? NULL : &vm->pattern);
    if (vm->message == NULL)
        return time_is_over(vm, L);
    neap_vm_begin_turn(vm);
    push_mail(vm, L, vm->message);
    neap_vm_free_message(vm, &vm->message);
    return 1;
}

static int try_look(struct neap_vm *vm, lua_State *L) {
    struct neap_message *m = neap_mail_look(vm->process);
    if (m == NULL)
        return time_is_over(vm, L);
    neap_vm_begin_turn(vm);
    push_mail(vm, L, m);
    lua_pushlightuserdata(L, m);
    return 2;
}

static int push_call(struct neap_vm *vm, lua_State *L, const struct neap_message *m) {
    lua_pushliteral(L, "call");
    neap_handle_push_from(L, &vm->handles, (struct neap_from){ m->from, m->ref });
    return 2 + neap_push_arguments(L, &vm->handles, m);
}

static int push_signal(struct neap_vm *vm, lua_State *L, const struct neap_message *m) {
    bool down = m->kind == NEAP_MESSAGE_DOWN;
    lua_pushstring(L, down ? "down" : "exit");
    push_mail(vm, L, m);
    int table = lua_gettop(L);
    for (int i = 2; i <= (down ? 4 : 3); i++)
        lua_rawgeti(L, table, i);
    return down ? 5 : 4;
}

static int push_next(struct neap_vm *vm, lua_State *L, const struct neap_message *m) {
    luaL_checkstack(L, 12, "a message");
    switch (m->kind) {
    case NEAP_MESSAGE_CALL: return push_call(vm, L, m);
    case NEAP_MESSAGE_CAST:
        lua_pushliteral(L, "cast");
        return 1 + neap_push_arguments(L, &vm->handles, m);
    case NEAP_MESSAGE_EXIT:
    case NEAP_MESSAGE_DOWN: return push_signal(vm, L, m);
    default:
        lua_pushliteral(L, "info");
        neap_push_message(L, &vm->handles, m);
        return 2;
    }
}

static int try_code(struct neap_vm *vm, lua_State *L) {
    neap_vm_begin_turn(vm);
    neap_upgrade_begin(vm);
    lua_pushliteral(L, "code");
    return 1;
}

static int try_next(struct neap_vm *vm, lua_State *L) {
    vm->message = neap_mail_take(vm->process, NULL, NULL);
    if (vm->message == NULL && neap_upgrade_is_due(vm))
        return try_code(vm, L);
    if (vm->message == NULL) {
        if (!is_late(vm))
            return NEAP_EWAIT;
        lua_pushnil(L);
        return 1;
    }
    neap_vm_begin_turn(vm);
    int n = push_next(vm, L, vm->message);
    neap_vm_free_message(vm, &vm->message);
    return n;
}

/* --- time, room --- */

static int try_sleep(struct neap_vm *vm, lua_State *L) {
    if (!is_late(vm))
        return NEAP_EWAIT;
    neap_vm_begin_turn(vm);
    lua_pushboolean(L, 1);
    return 1;
}

static int try_room(struct neap_vm *vm, lua_State *L) {
    int err = neap_send_result(vm->process);
    if (err == NEAP_EWAIT && is_late(vm))
        err = neap_send_cancel(vm->process);
    if (err == NEAP_EWAIT)
        return err;
    neap_vm_begin_turn(vm);
    if (err != 0)
        return neap_fail_code(vm, L, err);
    lua_pushboolean(L, 1);
    return 1;
}

/* --- calls --- */

/* Adds whom and what was called to the error object on top. */
static int about_call(struct neap_vm *vm, lua_State *L) {
    neap_vm_push_slot(vm, L, NEAP_SLOT_TO);
    lua_setfield(L, -2, "to");
    neap_vm_push_slot(vm, L, NEAP_SLOT_CALL);
    lua_setfield(L, -2, "call");
    return 2;
}

static int fail_call(struct neap_vm *vm, lua_State *L, int err) {
    neap_fail_code(vm, L, err);
    return about_call(vm, L);
}

static int push_refusal(struct neap_vm *vm, lua_State *L) {
    lua_pushnil(L);
    neap_push_arguments(L, &vm->handles, vm->message);
    return about_call(vm, L);
}

static int push_reply(struct neap_vm *vm, lua_State *L) {
    luaL_checkstack(L, 12, "a reply");
    bool refused = vm->message->kind == NEAP_MESSAGE_REFUSED;
    int n = refused ? push_refusal(vm, L)
                    : neap_push_arguments(L, &vm->handles, vm->message);
    neap_vm_free_message(vm, &vm->message);
    return n;
}

/* The reason is held by a message of the process's C side while Lua makes a value of it. */
static void hold_reason(struct neap_vm *vm, struct neap_reason reason) {
    vm->message = neap_message_signal(NEAP_MESSAGE_EXIT, (struct neap_pid){ 0 }, reason);
    neap_reason_unref(reason);
}

static int push_end_of_callee(struct neap_vm *vm, lua_State *L) {
    if (vm->message->reason.word == NEAP_REASON_NOPROC) {
        neap_vm_free_message(vm, &vm->message);
        return fail_call(vm, L, NEAP_ENOPROC);
    }
    neap_fail(vm, L, "exit", "the process that was called ended");
    neap_push_reason(L, &vm->handles, vm->message->reason);
    lua_setfield(L, -2, "reason");
    neap_vm_free_message(vm, &vm->message);
    return about_call(vm, L);
}

/* 0: settled, and vm->message holds the reply, or a signal with the reason. */
static int settle(struct neap_vm *vm) {
    struct neap_call_result result;
    int err = neap_call_result(vm->process, &result);
    if (err == NEAP_EWAIT && is_late(vm)) {
        neap_call_close(vm->process);
        return NEAP_ETIMEOUT;
    }
    if (err != 0)
        return err;
    if (result.reply != NULL)
        vm->message = result.reply;
    else
        hold_reason(vm, result.reason);
    return 0;
}

static int try_reply(struct neap_vm *vm, lua_State *L) {
    int err = settle(vm);
    if (err == NEAP_EWAIT)
        return err;
    neap_vm_begin_turn(vm);
    if (err != 0)
        return fail_call(vm, L, err);
    if (vm->message->kind == NEAP_MESSAGE_EXIT)
        return push_end_of_callee(vm, L);
    return push_reply(vm, L);
}

/* The call itself still waits for room in the callee's mailbox. */
static int try_ask(struct neap_vm *vm, lua_State *L) {
    int err = neap_send_result(vm->process);
    if (err == NEAP_EWAIT && is_late(vm))
        err = neap_send_cancel(vm->process);
    if (err == NEAP_EWAIT)
        return err;
    if (err == 0) {
        vm->wait.kind = NEAP_WAIT_REPLY;
        return try_reply(vm, L);
    }
    neap_call_close(vm->process);
    neap_vm_begin_turn(vm);
    return fail_call(vm, L, err);
}

static int try_io(struct neap_vm *vm, lua_State *L) {
    int n = vm->wait.io(vm, L, is_late(vm));
    if (n >= 0)
        neap_vm_begin_turn(vm);
    return n;
}

static int push_ack(struct neap_vm *vm, lua_State *L) {
    if (vm->message->kind != NEAP_MESSAGE_EXIT)
        return push_reply(vm, L);
    lua_pushliteral(L, "exit");
    neap_push_reason(L, &vm->handles, vm->message->reason);
    neap_vm_free_message(vm, &vm->message);
    return 2;
}

static int try_ack(struct neap_vm *vm, lua_State *L) {
    int err = settle(vm);
    if (err == NEAP_EWAIT)
        return err;
    neap_vm_begin_turn(vm);
    if (err == 0)
        return push_ack(vm, L);
    lua_pushliteral(L, "timeout");
    return 1;
}

/* --- all --- */

static int give_kept(struct neap_vm *vm, lua_State *L) {
    luaL_checkstack(L, vm->wait.kept, "the results of a wait");
    vm->turn_is_fresh = false; /* it began where the results came from */
    lua_xmove(vm->main, L, vm->wait.kept);
    return vm->wait.kept;
}

static int try_kind(struct neap_vm *vm, lua_State *L) {
    switch (vm->wait.kind) {
    case NEAP_WAIT_MAIL: return try_mail(vm, L);
    case NEAP_WAIT_LOOK: return try_look(vm, L);
    case NEAP_WAIT_NEXT: return try_next(vm, L);
    case NEAP_WAIT_CODE: return try_code(vm, L);
    case NEAP_WAIT_SLEEP: return try_sleep(vm, L);
    case NEAP_WAIT_ROOM: return try_room(vm, L);
    case NEAP_WAIT_ASK: return try_ask(vm, L);
    case NEAP_WAIT_REPLY: return try_reply(vm, L);
    case NEAP_WAIT_ACK: return try_ack(vm, L);
    case NEAP_WAIT_IO: return try_io(vm, L);
    case NEAP_WAIT_KEPT: return give_kept(vm, L);
    case NEAP_WAIT_NONE: break;
    }
    return 0;
}

int neap_wait_try(struct neap_vm *vm, lua_State *L) {
    int n = try_kind(vm, L);
    if (n >= 0)
        vm->wait.kind = NEAP_WAIT_NONE;
    return n;
}

static void decide(struct neap_vm *vm, bool waits) {
    void (*decided)(struct neap_vm *, bool) = vm->wait.decided;
    vm->wait.decided = NULL;
    if (vm->wait.kind == NEAP_WAIT_IO && decided != NULL)
        decided(vm, waits);
}

void neap_wait_park(struct neap_vm *vm) {
    static const unsigned EVENTS[] = {
        [NEAP_WAIT_NONE] = 0,
        [NEAP_WAIT_MAIL] = NEAP_EVENT_MAIL,
        [NEAP_WAIT_LOOK] = NEAP_EVENT_MAIL,
        [NEAP_WAIT_NEXT] = NEAP_EVENT_MAIL | NEAP_EVENT_ANY_MAIL | NEAP_EVENT_CODE,
        [NEAP_WAIT_CODE] = 0,
        [NEAP_WAIT_SLEEP] = 0,
        [NEAP_WAIT_ROOM] = NEAP_EVENT_ROOM,
        [NEAP_WAIT_ASK] = NEAP_EVENT_ROOM | NEAP_EVENT_REPLY,
        [NEAP_WAIT_REPLY] = NEAP_EVENT_REPLY,
        [NEAP_WAIT_ACK] = NEAP_EVENT_REPLY,
        [NEAP_WAIT_IO] = NEAP_EVENT_IO,
    };
    unsigned events = EVENTS[vm->wait.kind];
    if (vm->wait.kind == NEAP_WAIT_MAIL && vm->pattern.count == 0)
        events |= NEAP_EVENT_ANY_MAIL;
    decide(vm, true);
    neap_process_wait(vm->process, events, vm->wait.deadline);
}

/* What was begun for the wait must not stay begun when it can not be waited for. */
static void abandon(struct neap_vm *vm) {
    if (vm->wait.kind == NEAP_WAIT_KEPT)
        lua_pop(vm->main, vm->wait.kept);
    neap_crit_enter(&vm->carrier->cell);
    decide(vm, false);
    vm->wait.kind = NEAP_WAIT_NONE;
    neap_send_cancel(vm->process);
    neap_call_close(vm->process);
    neap_message_free(vm->message); /* of a wait whose end could not be told: it raised */
    vm->message = NULL;
    neap_crit_leave(&vm->carrier->cell);
}

void neap_wait_clear(struct neap_vm *vm) {
    if (vm->wait.kind != NEAP_WAIT_NONE)
        abandon(vm);
}

/* Yields to the slice loop: straight, which needs no mark, or through the coroutines between. */
static int pass_up(struct neap_vm *vm, lua_State *L) {
    vm->wait.yielded = L == vm->co;
    if (vm->wait.yielded)
        return lua_yield(L, 0);
    neap_wait_push_mark(L);
    return lua_yield(L, 1);
}

/* A process that always finds what it waits for would keep its worker and never be over a
 * limit, as each is a turn of its own: so once a tick others run before it gets the results.
 * They lie on the main stack meanwhile. */
static int let_others(struct neap_vm *vm, lua_State *L, int n) {
    if (!lua_checkstack(vm->main, n))
        return n;
    lua_xmove(L, vm->main, n);
    vm->wait.kind = NEAP_WAIT_KEPT;
    vm->wait.kept = n;
    return pass_up(vm, L);
}

static bool wants_others(const struct neap_vm *vm, bool may_yield) {
    return may_yield && vm->turn_has_begun && !vm->is_stuck &&
           neap_worker_is_due(neap_process_worker(vm->process));
}

int neap_wait_start(struct neap_vm *vm, lua_State *L, const char *name) {
    bool may_yield = lua_isyieldable(L);
    vm->turn_has_begun = false;
    vm->is_stuck |= !may_yield;
    neap_cell_attach(&vm->carrier->cell);
    int n = neap_wait_try(vm, L);
    if (n >= 0)
        return wants_others(vm, may_yield) ? let_others(vm, L, n) : n;
    if (!may_yield) {
        abandon(vm);
        neap_misuse(L, name,
                    "it would have to wait here, inside a function that C code "
                    "called (table.sort, string.gsub, a metamethod, require); wait "
                    "outside of it");
    }
    return pass_up(vm, L);
}

bool neap_wait_has_begun(struct neap_vm *vm) {
    bool yielded = vm->wait.yielded;
    vm->wait.yielded = false;
    bool passed_up = !yielded && lua_touserdata(vm->co, -1) == (const void *)&MARK;
    return vm->wait.kind != NEAP_WAIT_NONE && (yielded || passed_up);
}

int neap_wait_take_kept(struct neap_vm *vm, lua_State *L) {
    if (vm->wait.kind != NEAP_WAIT_KEPT) {
        neap_wait_push_mark(L);
        return 1;
    }
    vm->is_stuck = true;
    return neap_wait_try(vm, L);
}
