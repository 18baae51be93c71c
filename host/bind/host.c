/* A process uses a dozen of some 120 functions: each is made when it is first asked for, which
 * keeps 12 KB out of every process. */
#include "bind/host.h"

#include "vm/wait.h"

#include <stdbool.h>
#include <string.h>

static lua_CFunction find(const char *name) {
    static const luaL_Reg *const PARTS[] = {
        NEAP_BIND_PROCESS, NEAP_BIND_SPAWN,  NEAP_BIND_MAIL, NEAP_BIND_CALL,
        NEAP_BIND_NAMES,   NEAP_BIND_TIME,   NEAP_BIND_INFO, NEAP_BIND_APP,
        NEAP_BIND_CODE,    NEAP_BIND_LOG,    NEAP_BIND_HTTP, NEAP_BIND_FS,
        NEAP_BIND_RELOAD,  NEAP_BIND_GRANTS,
    };
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        for (const luaL_Reg *f = PARTS[i]; f->name != NULL; f++)
            if (*f->name == *name && strcmp(f->name, name) == 0)
                return f->func;
    return NULL;
}

/* Those that are fields of `neap` as they are. */
static bool is_public(const char *name) {
    static const char *const PUBLIC[] = {
        "self",   "send",       "call",     "cast",       "timeout",   "is_signal",
        "buffer", "link",       "unlink",   "monitor",    "demonitor", "trap_exit",
        "exit",   "kill",       "register", "unregister", "whereis",   "address",
        "sleep",  "send_after", "cancel",   "now",        "time",      "info",
    };
    for (size_t i = 0; i < sizeof PUBLIC / sizeof *PUBLIC; i++)
        if (*PUBLIC[i] == *name && strcmp(PUBLIC[i], name) == 0)
            return true;
    return false;
}

/* is_public(name): whether that function is a field of `neap`, too. */
static int l_is_public(lua_State *L) {
    lua_pushboolean(L, lua_type(L, 1) == LUA_TSTRING && is_public(lua_tostring(L, 1)));
    return 1;
}

/* __index(host, name) */
static int l_make(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    lua_CFunction function = find(name);
    if (function == NULL)
        return 0;
    lua_pushcfunction(L, function);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
}

void neap_host_push(lua_State *L) {
    lua_newtable(L);
    neap_wait_push_mark(L);
    lua_setfield(L, -2, "WAIT");
    lua_pushcfunction(L, l_is_public);
    lua_setfield(L, -2, "is_public");
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_make);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
