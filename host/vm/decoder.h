/* decoder.h - one walk over encoded bytes that pushes values: for codec and snapshot only.
 * Owns:      nothing; bytes and blobs are lent by whoever keeps them through a discard.
 * Threads:   the carrier that runs the state.
 * Bounds:    the encoder's depth.
 * Invariant: `at` moves by exactly one value per call; each call pushes one. */
#ifndef NEAP_VM_DECODER_H
#define NEAP_VM_DECODER_H

#include "vm/codec.h"
#include "vm/wire.h"

struct neap_decoder {
    lua_State *L;
    struct neap_handles *h;
    const uint8_t *bytes;
    const uint8_t *at;
    const uint8_t *end;
    struct neap_blob *const *blobs;
    uint32_t blob_count;
    int met;      /* stack index of offset -> table or function; 0: no BACK in here */
    int resolver; /* stack index, in a snapshot; else 0 */
    /* A snapshot: pushes the function whose tag was at `offset`. */
    void (*function)(struct neap_decoder *d, uint32_t offset);
};

/* --- the carrier of the state --------------------------------------------- */
/* Reads the flags; pushes the table `met` if there is any BACK. Ends with _end, which
 * removes it from below the `results` on the stack's top. */
void neap_decoder_begin(struct neap_decoder *d);
void neap_decoder_end(struct neap_decoder *d, int results);

void neap_decoder_value(struct neap_decoder *d);

/* Remembers the value on the stack's top for a BACK to `offset`. */
void neap_decoder_remember(struct neap_decoder *d, uint32_t offset);

uint32_t neap_decoder_u32(struct neap_decoder *d);
const uint8_t *neap_decoder_take(struct neap_decoder *d, size_t size);

#endif
