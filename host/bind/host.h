/* host.h - the `neap.host` table: everything the library can ask of the host.
 * Owns:      none.
 * Threads:   the carrier of the state.
 * Bounds:    none.
 * Invariant: thin: a binding checks arguments, calls one host function, pushes the result.
 *            Only modules of the library can require the table. */
#ifndef NEAP_BIND_HOST_H
#define NEAP_BIND_HOST_H

#include <lauxlib.h>

/* --- the carrier ----------------------------------------------------------- */
void neap_host_push(lua_State *L); /* a neap_host_table of vm/host_table.h */

/* The parts of the table; each list ends with NULL. */
extern const luaL_Reg NEAP_BIND_PROCESS[];
extern const luaL_Reg NEAP_BIND_SPAWN[];
extern const luaL_Reg NEAP_BIND_MAIL[];
extern const luaL_Reg NEAP_BIND_CALL[];
extern const luaL_Reg NEAP_BIND_NAMES[];
extern const luaL_Reg NEAP_BIND_TIME[];
extern const luaL_Reg NEAP_BIND_INFO[];
extern const luaL_Reg NEAP_BIND_APP[];
extern const luaL_Reg NEAP_BIND_CODE[];
extern const luaL_Reg NEAP_BIND_LOG[];
extern const luaL_Reg NEAP_BIND_HTTP[];
extern const luaL_Reg NEAP_BIND_FS[];
extern const luaL_Reg NEAP_BIND_GRANTS[];
extern const luaL_Reg NEAP_BIND_RELOAD[];

#endif
