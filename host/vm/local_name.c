#include "vm/local_name.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 16, FIELDS = 200, ROOM = 8 };

static const char LIBRARY[] = "@neap/";

struct search {
    lua_State *L;
    int value;  /* its place on the stack */
    char *name; /* written when it is found */
};

/* The table on top, called `owner`; "" for the globals. */
static bool find_field(struct search *s, const char *owner) {
    lua_State *L = s->L;
    int table = lua_gettop(L);
    bool found = false;
    lua_pushnil(L);
    for (int i = 0; i < FIELDS && !found && lua_next(L, table) != 0; i++) {
        found = lua_type(L, -2) == LUA_TSTRING && lua_rawequal(L, -1, s->value);
        if (found)
            snprintf(s->name, NEAP_LOCAL_NAME, "%.25s%s%.30s", owner,
                     owner[0] != '\0' ? "." : "", lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    lua_settop(L, table);
    return found;
}

/* The variable on top, which it pops. */
static bool is_found(struct search *s, const char *name) {
    bool found = lua_rawequal(s->L, -1, s->value);
    if (found)
        snprintf(s->name, NEAP_LOCAL_NAME, "%s", name);
    else if (lua_type(s->L, -1) == LUA_TTABLE)
        found = find_field(s, name);
    lua_pop(s->L, 1);
    return found;
}

static bool find_local(struct search *s, lua_Debug *ar) {
    const char *name;
    for (int i = 1; (name = lua_getlocal(s->L, ar, i)) != NULL; i++) {
        if (name[0] == '(') /* "(*temporary)" and the like */
            lua_pop(s->L, 1);
        else if (is_found(s, name))
            return true;
    }
    return false;
}

/* Of the function on top, which it pops. */
static bool find_upvalue(struct search *s) {
    int function = lua_gettop(s->L);
    bool found = false;
    const char *name;
    for (int i = 1; !found && (name = lua_getupvalue(s->L, function, i)) != NULL; i++)
        found = is_found(s, name);
    lua_settop(s->L, function - 1);
    return found;
}

static bool find_in_level(struct search *s, lua_Debug *ar) {
    lua_getinfo(s->L, "S", ar);
    if (ar->what[0] == 'C' || strncmp(ar->source, LIBRARY, sizeof LIBRARY - 1) == 0)
        return false;
    if (find_local(s, ar))
        return true;
    lua_getinfo(s->L, "f", ar);
    return find_upvalue(s);
}

static bool find_global(struct search *s) {
    lua_pushvalue(s->L, LUA_GLOBALSINDEX);
    bool found = find_field(s, "");
    lua_pop(s->L, 1);
    return found;
}

bool neap_local_name(lua_State *L, int index, char name[NEAP_LOCAL_NAME]) {
    struct search s = { L, index < 0 ? lua_gettop(L) + 1 + index : index, name };
    lua_Debug ar;
    luaL_checkstack(L, ROOM, "a name");
    for (int level = 0; level < LEVELS && lua_getstack(L, level, &ar); level++)
        if (find_in_level(&s, &ar))
            return true;
    return find_global(&s);
}
