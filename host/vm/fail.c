#include "vm/fail.h"

#include "base/error.h"
#include "vm/vm.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT = 1024 };

static void push_error(struct neap_vm *vm, lua_State *L, const char *kind,
                       const char *message) {
    lua_createtable(L, 0, 4);
    lua_pushstring(L, kind);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, message);
    lua_setfield(L, -2, "message");
    neap_handles_mark_error(L, &vm->handles);
}

int neap_fail(struct neap_vm *vm, lua_State *L, const char *kind, const char *fmt, ...) {
    char text[TEXT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    lua_pushnil(L);
    push_error(vm, L, kind, text);
    return 2;
}

int neap_fail_code(struct neap_vm *vm, lua_State *L, int err) {
    return neap_fail(vm, L, neap_error_kind(err), "%s", neap_strerror(err));
}

int neap_fail_limit(struct neap_vm *vm, lua_State *L, const char *limit, double used,
                    double max) {
    neap_fail(vm, L, "limit", "%s limit: %.0f asked for, %.0f allowed (limits.%s)", limit,
              used, max, limit);
    lua_pushstring(L, limit);
    lua_setfield(L, -2, "limit");
    lua_pushnumber(L, used);
    lua_setfield(L, -2, "used");
    lua_pushnumber(L, max);
    lua_setfield(L, -2, "max");
    return 2;
}

/* The first level above the binding that has lines: wrappers of the library are passed
 * over, so that the message points at the user's code. */
static void push_where(lua_State *L) {
    lua_Debug ar;
    for (int level = 1; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline > 0 && ar.source[0] == '@' &&
            __builtin_strncmp(ar.source, "@neap/", 6) != 0) {
            lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

void neap_misuse(lua_State *L, const char *where, const char *fmt, ...) {
    char text[TEXT];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    push_where(L);
    lua_pushfstring(L, "%s: %s", where, text);
    lua_concat(L, 2);
    lua_error(L);
    __builtin_unreachable();
}

const char *neap_type_text(lua_State *L, int index) {
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return "nil";
    case LUA_TBOOLEAN: return "a boolean";
    case LUA_TNUMBER: return "a number";
    case LUA_TSTRING: return "a string";
    case LUA_TTABLE: return "a table";
    case LUA_TFUNCTION: return "a function";
    case LUA_TTHREAD: return "a coroutine";
    default: return "a userdata";
    }
}
