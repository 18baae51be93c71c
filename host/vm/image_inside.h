/* image_inside.h - the inside of an image, for image.c, capture.c and dormant.c.
 * Owns:      see image.h.
 * Threads:   one while it is made, then any: it does not change.
 * Bounds:    see image.h.
 * Invariant: word i lies at neap_heap_front() + 8 i in a clone; bit i % 64 of pointers[i / 64]
 *            says that the clone's address is added to it. */
#ifndef NEAP_VM_IMAGE_INSIDE_H
#define NEAP_VM_IMAGE_INSIDE_H

#include "base/bytes.h"
#include "vm/image.h"

#include <stdatomic.h>

#define NEAP_IMAGE_BLOCK ((size_t)512) /* bytes that one word of `pointers` stands for */

struct neap_image_hash { /* of an upvalue: from where the code lies that made it */
    uint32_t at;         /* of the field */
    uint32_t code;       /* bytecode of that function */
    uint32_t slot;       /* which of its variables */
};

struct neap_image {
    uint64_t *words;
    uint64_t *pointers;
    size_t blocks;
    size_t bytes;
    size_t used;       /* as the heap counts it */
    size_t used_large; /* of that: blocks that are too large for the heap's lists */
    size_t main;       /* of the main thread, in a clone */
    size_t global;     /* of the global state */
    struct neap_bytes rehashed; /* size_t: tables with keys that are hashed by address */
    struct neap_bytes hashes;   /* struct neap_image_hash */

    /* Changed by whoever takes or drops a reference; the last drop frees. Dropping is
     * acq_rel: all reads of the image come before its end. */
    _Atomic(uint32_t) refs;
};

struct neap_image *neap_image_new(size_t bytes);

#endif
