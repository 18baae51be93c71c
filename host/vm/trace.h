/* trace.h - where the code of a Lua stack stands, as text.
 * Owns:      none.
 * Threads:   the carrier of the state, which must not be torn (left inside the VM by a
 *            signal or from the allocator).
 * Bounds:    NEAP_TRACE_LEVELS lines.
 * Invariant: allocates nothing in the state and runs none of its code. */
#ifndef NEAP_VM_TRACE_H
#define NEAP_VM_TRACE_H

#include "base/bytes.h"

#include <lua.h>
#include <stdbool.h>

enum { NEAP_TRACE_LEVELS = 24 };

/* --- the carrier ----------------------------------------------------------- */
/* Appends one line per level, innermost first: "jobs.lua:12: in worker". Levels of the
 * library at the outer end are left out; in the middle of a deep stack, a line says how
 * many were skipped. */
void neap_trace_write(lua_State *L, int level, struct neap_bytes *out);

/* The same where machine code runs: of the innermost function it is told where it begins, as
 * the line is not known. */
void neap_trace_write_begun(lua_State *L, struct neap_bytes *out);

/* The innermost level that is neither the library's nor a C function's; 0: there is none. */
int neap_trace_innermost(lua_State *L);

/* True if the level (lua_getinfo with "S") is of the library's own code. */
bool neap_trace_is_library(const lua_Debug *ar);

#endif
