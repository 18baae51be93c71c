#include "bind/arguments.h"
#include "bind/grants.h"

#include "base/text.h"
#include "core/node.h"
#include "vm/fail.h"
#include "vm/handle.h"
#include "vm/value.h"
#include "vm/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void neap_arg_fail(lua_State *L, const char *where, int index, const char *expected) {
    neap_misuse(L, where, "argument %d is %s; expected %s", index,
                neap_type_text(L, index), expected);
}

struct neap_pid neap_arg_pid(struct neap_vm *vm, lua_State *L, int index,
                             const char *where) {
    struct neap_pid pid;
    if (!neap_handle_to_pid(L, &vm->handles, index, &pid))
        neap_arg_fail(L, where, index, "a pid");
    return pid;
}

static struct neap_target named(struct neap_vm *vm, const char *name) {
    struct neap_node *node = neap_process_node(vm->process);
    return (struct neap_target){ neap_registry_find(neap_node_registry(node), name), name };
}

static struct neap_target by_text(struct neap_vm *vm, lua_State *L, const char *name,
                                  const char *where) {
    neap_need_name(vm, L, name, where);
    return named(vm, name);
}

struct neap_target neap_arg_target(struct neap_vm *vm, lua_State *L, int index,
                                   const char *where) {
    struct neap_target target = { 0 };
    if (neap_handle_to_pid(L, &vm->handles, index, &target.pid))
        return target;
    if (neap_value_tag(neap_value_at(L, index)) == NEAP_VALUE_STRING)
        return by_text(vm, L, lua_tostring(L, index), where);
    const char *address = neap_handle_to_address(L, &vm->handles, index, NULL);
    if (address == NULL)
        neap_arg_fail(L, where, index, "a pid, a name or an address");
    return named(vm, address);
}

const char *neap_arg_name(lua_State *L, int index, const char *where) {
    size_t size;
    const char *name = neap_arg_string(L, index, where, &size);
    if (!neap_name_is_valid(name, size))
        neap_misuse(
            L, where,
            "argument %d is \"%.40s\"; expected a name: a letter or _, then letters, "
            "digits and _ . : -, at most %d bytes",
            index, name, NEAP_NAME_MAX);
    return name;
}

const char *neap_arg_string(lua_State *L, int index, const char *where, size_t *size) {
    if (lua_type(L, index) != LUA_TSTRING)
        neap_arg_fail(L, where, index, "a string");
    return lua_tolstring(L, index, size);
}

bool neap_arg_boolean(lua_State *L, int index, const char *where) {
    if (lua_type(L, index) != LUA_TBOOLEAN)
        neap_arg_fail(L, where, index, "true or false");
    return lua_toboolean(L, index);
}

/* --- times --- */

static const struct unit {
    const char *text;
    double ms;
} UNITS[] = { { "ms", 1 }, { "s", 1e3 }, { "min", 6e4 }, { "m", 6e4 }, { "h", 3.6e6 } };

/* Times beyond this are as good as for ever. */
static const double MAX_MS = 1e15 / 1e3;

static bool from_ms(double ms, neap_time *time) {
    if (!(ms >= 0)) /* NaN too */
        return false;
    *time = ms > MAX_MS ? NEAP_FOREVER : (neap_time)(ms * 1e6);
    return true;
}

static bool from_text(const char *text, neap_time *time) {
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    double number = strtod(text, &end);
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (strcmp(end, UNITS[i].text) == 0)
            return from_ms(number * UNITS[i].ms, time);
    return false;
}

bool neap_read_time(lua_State *L, int index, neap_time *time) {
    if (lua_type(L, index) == LUA_TNUMBER)
        return from_ms(lua_tonumber(L, index), time);
    if (lua_type(L, index) != LUA_TSTRING)
        return false;
    const char *text = lua_tostring(L, index);
    if (strcmp(text, "infinity") != 0)
        return from_text(text, time);
    *time = NEAP_FOREVER;
    return true;
}

/* The value at `index`, called `what`, is no time. */
NEAP_NORETURN static void fail_time(lua_State *L, const char *where, const char *what,
                                    int index) {
    static const char EXPECTED[] = "ms (0 or more), or text such as \"500ms\" or \"2s\"";
    lua_pushvalue(L, index);
    if (lua_type(L, -1) == LUA_TSTRING)
        neap_misuse(L, where, "%s is \"%.40s\"; expected %s", what, lua_tostring(L, -1),
                    EXPECTED);
    if (lua_type(L, -1) == LUA_TNUMBER)
        neap_misuse(L, where, "%s is %s; expected %s", what, lua_tostring(L, -1), EXPECTED);
    neap_misuse(L, where, "%s is %s; expected %s", what, neap_type_text(L, -1), EXPECTED);
}

neap_time neap_arg_time(lua_State *L, int index, const char *where, neap_time otherwise) {
    neap_time time = otherwise;
    if (neap_value_is_nil(neap_value_at(L, index)) || neap_read_time(L, index, &time))
        return time;
    char what[32];
    snprintf(what, sizeof what, "argument %d", index);
    fail_time(L, where, what, index);
}

neap_time neap_deadline(struct neap_vm *vm, neap_time time) {
    if (time == NEAP_FOREVER)
        return NEAP_FOREVER;
    return neap_node_now(neap_process_node(vm->process)) + time;
}

/* --- options --- */

static void push_field(lua_State *L, int index, const char *key) {
    lua_pushvalue(L, index);
    lua_pushstring(L, key);
    lua_rawget(L, -2);
    lua_remove(L, -2);
}

/* A misspelled option would be one that is silently not there. */
static void refuse_others(lua_State *L, int index, const char *where, const char *key) {
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            neap_misuse(L, where, "a key of the options is %s; expected \"%s\"",
                        neap_type_text(L, -1), key);
        if (strcmp(lua_tostring(L, -1), key) != 0)
            neap_misuse(L, where, "unknown key \"%.40s\"; expected \"%s\"",
                        lua_tostring(L, -1), key);
    }
}

/* Pushes the one option, or nil. */
static void push_option(lua_State *L, int index, const char *where, const char *key) {
    if (neap_value_is_nil(neap_value_at(L, index))) {
        lua_pushnil(L);
        return;
    }
    if (lua_type(L, index) != LUA_TTABLE)
        neap_misuse(L, where,
                    "argument %d is %s; expected a table of options: { %s = ... }", index,
                    neap_type_text(L, index), key);
    refuse_others(L, index, where, key);
    push_field(L, index, key);
}

bool neap_arg_option_boolean(lua_State *L, int index, const char *where, const char *key) {
    push_option(L, index, where, key);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

neap_time neap_arg_option_time(lua_State *L, int index, const char *where,
                               const char *key, neap_time otherwise) {
    neap_time time = otherwise;
    push_option(L, index, where, key);
    if (!lua_isnil(L, -1) && !neap_read_time(L, -1, &time))
        fail_time(L, where, key, -1);
    lua_pop(L, 1);
    return time;
}

uint64_t neap_field_count(lua_State *L, int index, const char *key, uint64_t otherwise) {
    push_field(L, index, key);
    uint64_t value = otherwise;
    if (lua_type(L, -1) == LUA_TNUMBER) {
        double number = lua_tonumber(L, -1);
        value = number >= 9e15 ? UINT64_MAX : number > 0 ? (uint64_t)number : 0;
    }
    lua_pop(L, 1);
    return value;
}

bool neap_field_boolean(lua_State *L, int index, const char *key) {
    push_field(L, index, key);
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

bool neap_field_text(lua_State *L, int index, const char *key, char *to, size_t size) {
    push_field(L, index, key);
    bool given = lua_type(L, -1) == LUA_TSTRING;
    bool fits = given && neap_text_copy(to, size, lua_tostring(L, -1));
    lua_pop(L, 1);
    return fits;
}

/* Checked by lua/neap/limits.lua: true, false, or "auto". */
static enum neap_jit field_jit(lua_State *L, int index) {
    push_field(L, index, "jit");
    enum neap_jit jit = NEAP_JIT_AUTO;
    if (lua_type(L, -1) == LUA_TBOOLEAN)
        jit = lua_toboolean(L, -1) ? NEAP_JIT_ALWAYS : NEAP_JIT_NEVER;
    lua_pop(L, 1);
    return jit;
}

void neap_arg_limits(lua_State *L, int index, struct neap_limits *l) {
    *l = neap_limits_default();
    l->memory = neap_field_count(L, index, "memory", l->memory);
    uint64_t ms = neap_field_count(L, index, "cpu", l->cpu / NEAP_MS);
    l->cpu = ms > NEAP_NO_LIMIT / NEAP_MS ? NEAP_NO_LIMIT : ms * NEAP_MS;
    l->instructions = neap_field_count(L, index, "instructions", l->instructions);
    l->message = neap_field_count(L, index, "message", l->message);
    l->handles = neap_field_count(L, index, "handles", l->handles);
    l->mailbox_messages = neap_field_count(L, index, "mailbox_messages",
                                           l->mailbox_messages);
    l->mailbox_bytes = neap_field_count(L, index, "mailbox_bytes", l->mailbox_bytes);
    char policy[16];
    if (neap_field_text(L, index, "policy", policy, sizeof policy))
        l->policy = strcmp(policy, "reject") == 0 ? NEAP_POLICY_REJECT : NEAP_POLICY_BLOCK;
    l->jit = field_jit(L, index);
}
