/* chunk.h - a module's code as a function on a Lua stack.
 * Owns:      none: bytecode being loaded hangs on the vm (vm->code).
 * Threads:   the carrier of the state, in a slice.
 * Bounds:    those of vm/source.h.
 * Invariant: text only: a file that holds bytecode is refused. */
#ifndef NEAP_VM_CHUNK_H
#define NEAP_VM_CHUNK_H

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct neap_vm;
struct neap_module;

enum neap_chunk_news { /* of a file, since it was read */
                       NEAP_CHUNK_SAME,
                       NEAP_CHUNK_CHANGED,
                       NEAP_CHUNK_GONE,
};

/* --- the carrier ----------------------------------------------------------- */
/* Pushes the chunk of an embedded module. False: there is none. */
bool neap_chunk_push_library(struct neap_vm *vm, lua_State *L, const char *name);

/* Pushes the chunk of module `name` and tells which code of it that is; a trial gets what its
 * draft has. False: pushes the text of what was searched. Raises if it can not be read or
 * compiled. */
bool neap_chunk_push(struct neap_vm *vm, lua_State *L, const char *name, uint64_t *code);

/* Pushes the chunk of a file that is no module: app.lua. False: pushes why not. */
bool neap_chunk_push_file(struct neap_vm *vm, lua_State *L, const char *path);

/* Pushes the source text of a file, or of module `name` with the path of its file as messages
 * show it. False: there is none, and nothing is pushed. */
bool neap_chunk_push_file_text(struct neap_vm *vm, lua_State *L, const char *path);
bool neap_chunk_push_text(struct neap_vm *vm, lua_State *L, const char *name);

/* --- the carrier of a trial --------------------------------------------------- */
/* Compares the module with its file and puts what is new into the trial's draft; `force`:
 * also what is not. Raises as _push does. That a file is gone is told once. */
enum neap_chunk_news neap_chunk_draft(struct neap_vm *vm, lua_State *L,
                                      struct neap_module *module, bool force);

/* The i-th file that _push_file loaded, as people know it, and its news since this was last
 * asked; NULL past the last. */
const char *neap_chunk_file(struct neap_vm *vm, size_t i, enum neap_chunk_news *news);

#endif
