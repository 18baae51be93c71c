#include "bind/host.h"

#include "vm/wait.h"

static void add(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        lua_pushcfunction(L, functions->func);
        lua_setfield(L, -2, functions->name);
    }
}

void neap_host_push(lua_State *L) {
    static const luaL_Reg *const PARTS[] = {
        NEAP_BIND_PROCESS, NEAP_BIND_SPAWN, NEAP_BIND_MAIL, NEAP_BIND_CALL,
        NEAP_BIND_NAMES,   NEAP_BIND_TIME,  NEAP_BIND_INFO, NEAP_BIND_APP,
        NEAP_BIND_CODE,    NEAP_BIND_LOG,   NEAP_BIND_HTTP, NEAP_BIND_FS,
        NEAP_BIND_RELOAD,
    };
    lua_createtable(L, 0, 120);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++)
        add(L, PARTS[i]);
    neap_wait_push_mark(L);
    lua_setfield(L, -2, "WAIT");
}
