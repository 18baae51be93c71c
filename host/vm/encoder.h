/* encoder.h - one walk over a Lua value into a scratch: what codec, snapshot, reason and
 *             match have in common. Only they include it.
 * Owns:      nothing; a plain value on the C stack, lost without harm.
 * Threads:   the carrier that runs the state.
 * Bounds:    NEAP_CODEC_DEPTH levels, scratch.max bytes.
 * Invariant: the Lua stack is as before when it succeeds; on failure its top is
 *            undefined, and the caller restores it. */
#ifndef NEAP_VM_ENCODER_H
#define NEAP_VM_ENCODER_H

#include "vm/codec.h"
#include "vm/wire.h"

/* What a value takes in the receiver's heap, roughly. */
enum {
    NEAP_HEAP_STRING = 25, /* what LuaJIT needs beside the bytes of a string, for a table, .. */
    NEAP_HEAP_TABLE = 64,
    NEAP_HEAP_ITEM = 8,
    NEAP_HEAP_PAIR = 48, /* a node of 24, and the hash part is a power of two */
};

struct neap_encoder {
    struct neap_scratch *s;
    lua_State *L;
    const struct neap_handles *h;
    bool lossy; /* text in place of what can not be sent; cuts instead of NEAP_ELIMIT */
    int names;  /* absolute stack index of the by-name table, or 0 */
    /* A snapshot: encodes the Lua function at `index`; metatables are allowed too. */
    int (*function)(struct neap_encoder *e, int index, int depth);
};

/* --- the carrier of the state --------------------------------------------- */
/* Appends the value at the absolute `index`, inside `depth` tables. */
int neap_encoder_value(struct neap_encoder *e, int index, int depth);

/* Appends a string; in lossy mode as much of it as fits. */
int neap_encoder_string(struct neap_encoder *e, const char *text, size_t size);

/* Appends a BACK and gives true if `key` was met before; else remembers this place. */
bool neap_encoder_met(struct neap_encoder *e, const void *key);

void neap_encoder_u32(struct neap_encoder *e, uint32_t n);

/* Adds the step from a table to the value under the key at `key` to the error's path. */
void neap_encoder_path(struct neap_encoder *e, int key, int depth);

/* The error of a value over scratch.max. */
int neap_encoder_too_large(struct neap_encoder *e, size_t used);

#endif
