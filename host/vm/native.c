#include "vm/native.h"

#include <lauxlib.h>
#include <string.h>

/* Pushes a copy of the table at `index` without `key`. */
static void push_without(lua_State *L, int index, const char *key) {
    lua_newtable(L);
    int copy = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, copy);
    }
    lua_pushnil(L);
    lua_setfield(L, copy, key);
}

/* The metatable of patterns, as getmetatable shows it, has the operators, which people build
 * upon, but no finalizer: called by hand in the middle of a match, that frees the program
 * which is running. */
static int open_lpeg(lua_State *L) {
    lua_settop(L, 0);
    lua_pushcfunction(L, luaopen_lpeg);
    lua_call(L, 0, 1);
    lua_getfield(L, 1, "P");
    lua_pushboolean(L, 1);
    lua_call(L, 1, 1);
    lua_getmetatable(L, 2);
    push_without(L, 3, "__gc");
    lua_setfield(L, 3, "__metatable");
    lua_settop(L, 1);
    return 1;
}

static const luaL_Reg OPENERS[] = {
    { "cjson", luaopen_cjson },
    { "cjson.safe", luaopen_cjson_safe },
    { "lpeg", open_lpeg },
};

lua_CFunction neap_native_opener(const char *module) {
    for (size_t i = 0; i < sizeof OPENERS / sizeof *OPENERS; i++)
        if (strcmp(OPENERS[i].name, module) == 0)
            return OPENERS[i].func;
    return NULL;
}
