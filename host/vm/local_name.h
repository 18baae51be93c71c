/* local_name.h - what a value is called by the code that runs.
 * Owns:      none.
 * Threads:   the carrier of the state.
 * Bounds:    a few levels of the stack, and a few fields of each table there.
 * Invariant: runs no code of the state and changes nothing in it; for messages only. */
#ifndef NEAP_VM_LOCAL_NAME_H
#define NEAP_VM_LOCAL_NAME_H

#include <lua.h>
#include <stdbool.h>

enum { NEAP_LOCAL_NAME = 60 };

/* --- the carrier of the state --------------------------------------------- */
/* Finds the function or table at `index` among the variables of the calling functions, which
 * are not the library's, their fields, and the globals: "worker", "jobs.worker". */
bool neap_local_name(lua_State *L, int index, char name[NEAP_LOCAL_NAME]);

#endif
