/* modules.h - the code of Lua modules: found, compiled once, then shared as bytecode.
 * Owns:      the bytecode of every module loaded so far, and the search path.
 * Threads:   any; one mutex, not held while Lua or the file system works.
 * Bounds:    a source file is at most NEAP_SOURCE_BYTES; as many modules as there are.
 * Invariant: text only: a file that holds bytecode is refused. A module is read once:
 *            processes started later run the same code, whatever happens to the file. */
#ifndef NEAP_VM_MODULES_H
#define NEAP_VM_MODULES_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

enum { NEAP_SOURCE_BYTES = 16 * 1024 * 1024 };

struct neap_modules;
struct neap_vm;

/* --- the thread that makes or frees the runtime ------------------------------- */
struct neap_modules *neap_modules_new(void);
void neap_modules_free(struct neap_modules *m);

/* --- the first process, before any other -------------------------------------- */
/* `root`: the application's folder; what is cut off the front of paths in messages. */
void neap_modules_set_root(struct neap_modules *m, const char *root);
void neap_modules_clear_path(struct neap_modules *m);
void neap_modules_add_path(struct neap_modules *m, const char *directory);

/* --- any thread, once the root is set ------------------------------------------ */
const char *neap_modules_root(const struct neap_modules *m); /* lent: it stays */

/* --- the carrier of the state, in a slice --------------------------------------- */
/* Pushes the chunk of an embedded module. False: there is none. */
bool neap_modules_push_library(struct neap_vm *vm, lua_State *L, const char *name);

/* Pushes the chunk of module `name` ("a.b": a/b.lua or a/b/init.lua below the path). False:
 * pushes the text of what was searched. Raises if it can not be read or compiled. */
bool neap_modules_push(struct neap_vm *vm, lua_State *L, const char *name);

/* Pushes the chunk of a file. False: pushes why not. */
bool neap_modules_push_file(struct neap_vm *vm, lua_State *L, const char *path);

/* Pushes the source text of a file, or of module `name` with the path of its file as messages
 * show it. False: there is none, and nothing is pushed. */
bool neap_modules_push_file_text(struct neap_vm *vm, lua_State *L, const char *path);
bool neap_modules_push_text(struct neap_vm *vm, lua_State *L, const char *name);

#endif
