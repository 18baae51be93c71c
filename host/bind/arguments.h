/* arguments.h - reading the arguments of bindings.
 * Owns:      none; texts are lent while the value is on the Lua stack.
 * Threads:   the carrier of the state.
 * Bounds:    none.
 * Invariant: raw access: no metamethod runs, no number becomes a string in place. What is
 *            not right raises a misuse error that says what was given and expected. */
#ifndef NEAP_BIND_ARGUMENTS_H
#define NEAP_BIND_ARGUMENTS_H

#include "base/clock.h"
#include "core/limits.h"
#include "core/pid.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct neap_vm;

struct neap_target {     /* whom a message is for; a plain value */
    struct neap_pid pid; /* none: nobody has that name now */
    const char *name;    /* a name or address was given, or NULL */
};

/* --- the carrier ----------------------------------------------------------- */
/* Misuse: "argument N is a table; expected EXPECTED". */
void neap_arg_fail(lua_State *L, const char *where, int index, const char *expected)
    __attribute__((noreturn));

struct neap_pid neap_arg_pid(struct neap_vm *vm, lua_State *L, int index,
                             const char *where);
struct neap_target neap_arg_target(struct neap_vm *vm, lua_State *L, int index,
                                   const char *where);
/* A name in the form that neap.register takes. */
const char *neap_arg_name(lua_State *L, int index, const char *where);
const char *neap_arg_string(lua_State *L, int index, const char *where, size_t *size);
bool neap_arg_boolean(lua_State *L, int index, const char *where);

/* A time as ns: ms as a number, or text such as "500ms", "2s". nil gives `otherwise`,
 * "infinity" NEAP_FOREVER. */
neap_time neap_arg_time(lua_State *L, int index, const char *where, neap_time otherwise);

/* True if the value at `index` is readable as such a time. */
bool neap_read_time(lua_State *L, int index, neap_time *time);

/* The one option of an optional table of options: absent it is false, or `otherwise`. Another
 * key is a misuse. */
bool neap_arg_option_boolean(lua_State *L, int index, const char *where, const char *key);
neap_time neap_arg_option_time(lua_State *L, int index, const char *where,
                               const char *key, neap_time otherwise);

/* The deadline that lies `time` from now. */
neap_time neap_deadline(struct neap_vm *vm, neap_time time);

/* Fields of an options table; absent ones give `otherwise` (numbers: may be math.huge,
 * which reads as UINT64_MAX). */
uint64_t neap_field_count(lua_State *L, int index, const char *key, uint64_t otherwise);
bool neap_field_boolean(lua_State *L, int index, const char *key);
/* Copies; false when absent or longer than fits. */
bool neap_field_text(lua_State *L, int index, const char *key, char *to, size_t size);

/* Limits and mailbox, as lua/neap/limits.lua lays them flat into a table of options. */
void neap_arg_limits(lua_State *L, int index, struct neap_limits *l);

#endif
