/* native_calls.h - what the built-in C modules call in place of libc, and of LuaJIT.
 * Owns:      none: blocks belong to the heap of the process that runs, and count there.
 * Threads:   the carrier, inside a slice.
 * Bounds:    limits.memory of the process; past it the VM is left, as from LuaJIT itself.
 * Invariant: nothing here ends the node: where a module would, its process ends, with what
 *            the module said as its error. Modules reach these through the renamed symbols
 *            of their archives (the Makefile has the list); the host never calls them. */
#ifndef NEAP_VM_NATIVE_CALLS_H
#define NEAP_VM_NATIVE_CALLS_H

#include "base/assert.h"

#include <lauxlib.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* The longest string that cjson encodes: it counts what it may need, six bytes for each of
 * the string's, in an int, and writes past its buffer when that wraps around. */
#define NEAP_NATIVE_JSON_STRING ((size_t)(0x7fffffff - 2) / 6)

/* --- the carrier, inside a slice --------------------------------------------- */
/* In the process's heap; killable at any instruction. Never NULL in a slice. */
void *neap_native_malloc(size_t size);
void *neap_native_realloc(void *block, size_t size);
void neap_native_free(void *block);

/* Leave the VM (NEAP_LEAVE_PANIC): __assert_fail, abort, exit, __stack_chk_fail. What these
 * modules print, they print before they give up, so printing leaves as well. */
NEAP_NORETURN void neap_native_assert_fail(const char *what, const char *file,
                                           unsigned line, const char *function);
NEAP_NORETURN void neap_native_abort(void);
NEAP_NORETURN void neap_native_exit(int code);
NEAP_NORETURN void neap_native_stack_smashed(void);
NEAP_NORETURN NEAP_PRINTF(3, 4) int neap_native_fprintf(FILE *to, int flag,
                                                        const char *fmt, ...);
NEAP_NORETURN NEAP_PRINTF(3, 0) int neap_native_vfprintf(FILE *to, int flag,
                                                         const char *fmt, va_list args);
NEAP_NORETURN size_t neap_native_fwrite(const void *text, size_t size, size_t count,
                                        FILE *to);
NEAP_NORETURN int neap_native_fputc(int byte, FILE *to);

/* luaL_register, which makes a new table and enters it nowhere, whatever the name. */
void neap_native_register(lua_State *L, const char *name, const luaL_Reg *functions);

/* lua_tolstring of cjson's encoder: raises for a string it can not encode. */
const char *neap_native_json_string(lua_State *L, int index, size_t *size);

/* cjson's look at the locale, whose decimal point it keeps in a variable of all threads:
 * nothing here ever sets a locale, so the point it begins with is right. */
void neap_native_fpconv_init(void);

#endif
