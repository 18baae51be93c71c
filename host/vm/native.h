/* native.h - the C modules that are built in: cjson, cjson.safe, lpeg.
 * Owns:      none; what a module allocates lies in the heap of the process that opened it.
 * Threads:   any; the openers: the carrier, inside a slice.
 * Bounds:    the process's limits.
 * Invariant: the modules have no state but that of the process: not one byte of theirs can
 *            be written that is not in its heap (the Makefile sees to it), so they may be
 *            abandoned at any instruction, like LuaJIT, among whose text theirs lies. */
#ifndef NEAP_VM_NATIVE_H
#define NEAP_VM_NATIVE_H

#include <lua.h>

/* --- any thread ---------------------------------------------------------- */
/* The function that makes the module and returns it, or NULL: there is no such module. It
 * makes no global and enters the module nowhere; each call makes another one. */
lua_CFunction neap_native_opener(const char *module);

/* --- the carrier, inside a slice: of the archives; use neap_native_opener -------- */
int luaopen_cjson(lua_State *L);
int luaopen_cjson_safe(lua_State *L);
int luaopen_lpeg(lua_State *L);

#endif
