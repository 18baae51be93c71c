/* free_blocks.h - the free small blocks of a heap, by size: cut, and joined again.
 * Owns:      nothing: the blocks lie in the heap's spans.
 * Threads:   the one that runs or holds the process.
 * Bounds:    joining takes as long as there are free blocks and bytes of spans, and a bit of
 *            host memory for each 16 bytes of these meanwhile.
 * Invariant: a block on list k is free and has the size of class k; all are aligned at 16.
 *
 * Taking a block and giving it back are the heap's fast path, which lies in the killable text
 * (vm/heap.c); what is here does not, so that no list is cut in half. */
#ifndef NEAP_VM_FREE_BLOCKS_H
#define NEAP_VM_FREE_BLOCKS_H

#include "vm/killable.h"

#include <stddef.h>

#define NEAP_BLOCK_CLASSES 56
#define NEAP_BLOCK_FINE                                                                  \
    ((size_t)512) /* 16-byte steps up to here, then 4 classes per doubling */
#define NEAP_BLOCK_MAX ((size_t)32768) /* larger blocks have a span of their own */

struct neap_free_block {
    struct neap_free_block *next;
};

struct neap_free_blocks { /* embedded in the heap; all zero is empty */
    struct neap_free_block *of[NEAP_BLOCK_CLASSES];
};

struct neap_block_span { /* at the start of each span of small blocks */
    struct neap_block_span *next;
    size_t bytes;
};

/* --- the thread that runs or holds the process ----------------------------- */
/* Cuts [at, end) into free blocks, the largest first. */
void neap_free_blocks_cut(struct neap_free_blocks *free, char *at, char *end);

/* Joins neighbours, so that a process that changes the sizes it uses can live for years:
 * blocks have no headers, hence it looks at all of them. `spans` are all that they lie in. */
void neap_free_blocks_join(struct neap_free_blocks *free,
                           const struct neap_block_span *spans);

/* --- sizes, 1 to NEAP_BLOCK_MAX --------------------------------------------- */
/* The class of the smallest blocks that hold `size` bytes. */
KILLABLE_INLINE unsigned neap_block_class(size_t size) {
    if (size <= NEAP_BLOCK_FINE)
        return (unsigned)((size - 1) >> 4);
    size_t n = size - 1;
    unsigned shift = 63 - (unsigned)__builtin_clzl(n);
    return 32 + (shift - 9) * 4 + (unsigned)((n >> (shift - 2)) & 3);
}

KILLABLE_INLINE size_t neap_block_size(unsigned k) {
    if (k < 32)
        return (size_t)(k + 1) << 4;
    unsigned step = k - 32;
    return (size_t)(5 + (step & 3)) << (7 + (step >> 2));
}

#endif
