/* fail.h - how bindings fail: expected (nil, err) or misuse (a raise).
 * Owns:      none.
 * Threads:   the carrier of the state.
 * Bounds:    texts are cut at 1 KiB.
 * Invariant: nothing is held by the caller when these run: they may raise or leave. */
#ifndef NEAP_VM_FAIL_H
#define NEAP_VM_FAIL_H

#include "base/assert.h"

#include <lua.h>

struct neap_vm;

/* --- the carrier ----------------------------------------------------------- */
/* Pushes nil and an error object of that kind; leaves the object on top. Gives 2. */
int neap_fail(struct neap_vm *vm, lua_State *L, const char *kind, const char *fmt, ...)
    NEAP_PRINTF(4, 5);

/* The same for a host code: kind and sentence come from base/error.c. */
int neap_fail_code(struct neap_vm *vm, lua_State *L, int err);

/* {kind="limit", limit=, used=, max=}. */
int neap_fail_limit(struct neap_vm *vm, lua_State *L, const char *limit, double used,
                    double max);

/* Raises `where: text` with the position of the caller of the running function. */
NEAP_NORETURN void neap_misuse(lua_State *L, const char *where, const char *fmt, ...)
    NEAP_PRINTF(3, 4);

/* "a number", "a table", "nil": what an argument is, for such texts. */
const char *neap_type_text(lua_State *L, int index);

#endif
