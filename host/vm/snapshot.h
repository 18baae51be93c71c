/* snapshot.h - functions with their upvalues, and services, to bytes and back.
 * Owns:      nothing, as vm/codec.
 * Threads:   the carrier that runs the state.
 * Bounds:    as vm/codec.
 * Invariant: what the `names` table knows is encoded by name and looked up again; the
 *            environment of a function is not copied: it gets the new state's globals.
 *
 * Bytecode is loaded here and nowhere else: the bytes come from our own encoder. Code with
 * literals such as 1LL makes LuaJIT open its ffi on the way: clear it after decoding, as
 * after any load. */
#ifndef NEAP_VM_SNAPSHOT_H
#define NEAP_VM_SNAPSHOT_H

#include "vm/codec.h"

/* --- the carrier of the state --------------------------------------------- */
/* Encodes the value at `index`, which may hold Lua functions and metatables. `names`:
 * stack index of a table value -> name (string), or 0. Errors as neap_encode_value:
 * `upvalue "queue" of worker (jobs.lua:12) is a coroutine`. `root` is the name of the
 * function (or what holds it) if it is known, else "the function". */
NEAP_MUST_CHECK int neap_snapshot_encode(struct neap_scratch *s, lua_State *L,
                                         const struct neap_handles *h, int index,
                                         int names, const char *root, size_t max_bytes);

/* Pushes the value and gives 1. `resolver`: stack index of a function, called with each
 * name; what it returns is the value. It may raise (the module does not load), but not
 * yield. Whoever owns `bytes` must not rely on coming back from here. */
int neap_snapshot_decode(lua_State *L, struct neap_handles *h, const uint8_t *bytes,
                         size_t size, struct neap_blob *const *blobs, uint32_t blob_count,
                         int resolver);

#endif
