/* codec.h - Lua values to bytes and back.
 * Owns:      nothing: encoding writes into a scratch, decoding reads what others own, so a
 *            process may be discarded (or raise) at any instruction of either.
 * Threads:   the carrier that runs the state.
 * Bounds:    depth NEAP_CODEC_DEPTH, `max_bytes` of payload.
 * Invariant: raw access only: no metamethod runs, no number is converted in place, the
 *            stack is left as found (decoding: plus the results). */
#ifndef NEAP_VM_CODEC_H
#define NEAP_VM_CODEC_H

#include "vm/handle.h"
#include "vm/scratch.h"

#include <lua.h>

enum { NEAP_CODEC_DEPTH = 200 };

/* --- the carrier of the state --------------------------------------------- */
/* Encodes the value at `index` into the scratch. `root` names it in errors: "msg".
 * NEAP_EINVALID: it can not be sent, s->error says what and where. NEAP_ELIMIT: more than
 * `max_bytes`; s->used, s->max, s->error. */
NEAP_MUST_CHECK int neap_encode_value(struct neap_scratch *s, lua_State *L,
                                      const struct neap_handles *h, int index,
                                      const char *root, size_t max_bytes);

/* Encodes the `count` values from index `first` on as one argument list; nil is allowed.
 * In `root` a '#' stands for the position, counted from `base`: "argument #", "args[#]". */
NEAP_MUST_CHECK int neap_encode_pack(struct neap_scratch *s, lua_State *L,
                                     const struct neap_handles *h, int first, int count,
                                     const char *root, int base, size_t max_bytes);

/* The same for positions 1 .. count of the table at `index`. */
NEAP_MUST_CHECK int neap_encode_list(struct neap_scratch *s, lua_State *L,
                                     const struct neap_handles *h, int index, int count,
                                     const char *root, size_t max_bytes);

/* Encodes a table {key = string, ...} made without Lua: an error object for a REFUSED
 * reply, say {"kind","full","message","..."}; `pairs` ends with NULL. Never fails. */
void neap_encode_error(struct neap_scratch *s, const char *const *pairs);

/* Pushes the value that neap_encode_value encoded, and gives 1. Raises only when the Lua
 * stack is exhausted. */
int neap_decode_value(lua_State *L, struct neap_handles *h, const uint8_t *bytes,
                      size_t size, struct neap_blob *const *blobs, uint32_t blob_count);

/* Pushes the values of an argument list and gives their number. */
int neap_decode_pack(lua_State *L, struct neap_handles *h, const uint8_t *bytes,
                     size_t size, struct neap_blob *const *blobs, uint32_t blob_count);

/* How many values an argument list holds. */
int neap_decode_count(const uint8_t *bytes, size_t size);

#endif
