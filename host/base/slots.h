/* slots.h - the address space that processes live in, handed out in spans.
 * Owns:      one large reservation; a span belongs to its taker until it is given back.
 * Threads:   any; one mutex, held for a few instructions (and for a system call when fresh
 *            address space is committed). One of its own, once neap_slots_keep was called.
 * Bounds:    the reservation: at most the bytes asked for, less where the system refuses
 *            (ulimit -v); of freed spans at most NEAP_SLOTS_HOT bytes stay resident, those of
 *            64 to 256 KiB apart: of them as many as were in use within the last seconds.
 * Invariant: every span is 64 KiB * 2^k long, aligned to 64 KiB and ends below 2^47, which
 *            is what LuaJIT's pointers can hold. A span's contents are whatever the last
 *            owner left: slots are reused hot, last in first out. */
#ifndef NEAP_BASE_SLOTS_H
#define NEAP_BASE_SLOTS_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

#define NEAP_SPAN_MIN ((size_t)65536)
#define NEAP_SLOTS_BYTES ((size_t)1 << 40) /* what a node asks for */
#define NEAP_SLOTS_HOT ((size_t)64 << 20)
#define NEAP_SLOTS_KEPT ((size_t)16 << 20) /* freed memory that is never given back */

struct neap_slots; /* defined in slots.c */

struct neap_slots_stats { /* a plain value: copy it freely */
    size_t reserved;      /* bytes of address space */
    size_t used;          /* bytes in spans that are taken */
    size_t spans;         /* how many those are */
    size_t peak;          /* the most that `used` ever was */
    bool reduced;         /* the system refused as much as was asked for */
};

/* --- any thread ---------------------------------------------------------- */
/* Gives a reservation of at most `bytes`, or NULL if the system refuses even 64 MiB of
 * address space. Free with neap_slots_free. */
struct neap_slots *neap_slots_new(size_t bytes);

/* Starts the thread that gives the pages of spans back which nobody needed for seconds: each
 * second half of those that were free all the time. It sleeps while NEAP_SLOTS_KEPT or less are
 * free. Where the system refuses a thread, freed spans stay resident. Once. */
void neap_slots_keep(struct neap_slots *slots);

/* All spans must have been given back or be out of use: their memory goes away. */
void neap_slots_free(struct neap_slots *slots);

/* Gives a span of at least `size` bytes and stores its true size; NULL when the
 * reservation is exhausted. Give back with neap_span_give. */
NEAP_MUST_CHECK void *neap_span_take(struct neap_slots *slots, size_t size, size_t *actual);

/* The same for a taker that has `held` bytes of spans already. When less than an eighth of the
 * reservation would be left, it gets no more than that leaves to others: so whoever holds the
 * most is refused first, and those that hold little go on. `held` 0: no such bound. */
NEAP_MUST_CHECK void *neap_span_take_more(struct neap_slots *slots, size_t size,
                                          size_t held, size_t *actual);

/* Takes back a span of `actual` bytes. */
void neap_span_give(struct neap_slots *slots, void *span, size_t actual);

struct neap_slots_stats neap_slots_stats(struct neap_slots *slots);

#endif
