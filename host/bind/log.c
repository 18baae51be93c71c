/* Log lines of scripts. */
#include "bind/arguments.h"
#include "bind/host.h"

#include "base/log.h"
#include "core/node.h"
#include "core/process.h"
#include "vm/fail.h"
#include "vm/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 32, NUMBER = 32 };

struct fields { /* lends the texts of a table on the Lua stack */
    struct neap_log_field list[FIELDS];
    char numbers[FIELDS][NUMBER];
    size_t count;
};

static void who_text(struct neap_vm *vm, char text[NEAP_PID_TEXT]) {
    neap_pid_format(neap_process_pid(vm->process), text);
}

static struct neap_log_field bare(const char *key, const char *text) {
    return (struct neap_log_field){ key, text, strlen(text), true };
}

static struct neap_log_field number_field(lua_State *L, const char *key, char text[NUMBER]) {
    double value = lua_tonumber(L, -1);
    bool finite = value - value == 0;
    snprintf(text, NUMBER, "%.14g", value);
    return (struct neap_log_field){ key, text, strlen(text), finite };
}

/* The value on top of the stack, which stays in its table. */
static void add_field(lua_State *L, struct fields *f, const char *key) {
    size_t size;
    const char *text;
    struct neap_log_field *field = &f->list[f->count];
    switch (lua_type(L, -1)) {
    case LUA_TNUMBER: *field = number_field(L, key, f->numbers[f->count]); break;
    case LUA_TBOOLEAN: *field = bare(key, lua_toboolean(L, -1) ? "true" : "false"); break;
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &size);
        *field = (struct neap_log_field){ key, text, size, false };
        break;
    default: return;
    }
    f->count++;
}

static int by_key(const void *a, const void *b) {
    const struct neap_log_field *left = a;
    const struct neap_log_field *right = b;
    return strcmp(left->key, right->key);
}

/* In the order of the keys: `next` has none, and a log should not change from run to run. */
static void read_fields(lua_State *L, int index, struct fields *f) {
    f->count = 0;
    lua_pushnil(L);
    while (f->count < FIELDS && lua_next(L, index) != 0) {
        if (lua_type(L, -2) == LUA_TSTRING)
            add_field(L, f, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    qsort(f->list, f->count, sizeof *f->list, by_key);
}

/* The texts among the fields make events equal: numbers count something. */
static bool is_admitted(const struct neap_log *log, enum neap_log_level level,
                        const char *event, const struct fields *f) {
    struct neap_log_field kind[FIELDS];
    size_t count = 0;
    for (size_t i = 0; i < f->count; i++)
        if (!f->list[i].bare)
            kind[count++] = f->list[i];
    return neap_log_admit(log, level, event, kind, count);
}

/* log(level, event [, fields [, repeats]]). `repeats`: it happens whenever somebody sends or
 * does the wrong thing, so the log sums equal ones up. What the application logs is its own
 * decision, and never summed up. */
static int l_log(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    const struct neap_log *log = neap_node_log(neap_process_node(vm->process));
    enum neap_log_level level;
    char who[NEAP_PID_TEXT];
    struct fields fields = { .count = 0 };
    if (!neap_log_level_parse(neap_arg_string(L, 1, "neap.log", NULL), &level))
        neap_arg_fail(L, "neap.log", 1, "\"debug\", \"info\", \"warn\" or \"error\"");
    if (level < log->level)
        return 0;
    const char *event = neap_arg_string(L, 2, "neap.log", NULL);
    if (lua_type(L, 3) == LUA_TTABLE)
        read_fields(L, 3, &fields);
    if (lua_toboolean(L, 4) && !is_admitted(log, level, event, &fields))
        return 0;
    who_text(vm, who);
    neap_log_write(log, level, who, event, fields.list, fields.count);
    return 0;
}

static int l_print(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    size_t size;
    char who[NEAP_PID_TEXT];
    const char *text = neap_arg_string(L, 1, "print", &size);
    who_text(vm, who);
    neap_log_print(neap_node_log(neap_process_node(vm->process)), who, text, size);
    return 0;
}

const luaL_Reg NEAP_BIND_LOG[] = {
    { "log", l_log },
    { "print", l_print },
    { NULL, NULL },
};
