/* heap.h - the Lua heap of one process: its lua_Alloc, its memory limit.
 * Owns:      spans of the slots: the first holds the heap itself.
 * Threads:   the carrier that runs the process, or whoever holds it while it is parked.
 * Bounds:    `limit`, with 12.5 % to let an armed collection finish; small blocks take at
 *            most twice the limit of address space, however fragmented.
 * Invariant: used is the sum of all live blocks, rounded as they are stored, and of what
 *            was charged. Inside a slice an allocation either succeeds or leaves the VM
 *            with NEAP_LEAVE_MEMORY: LuaJIT never sees NULL. With crit > 0, or outside a
 *            slice, it goes through whatever it takes, and the heap is `over`: the process
 *            is left at the end of the critical section or on entering its next slice.
 *            Only when address space is exhausted outside a slice does NULL come out.
 *
 * The allocator's fast path lies in the killable text, like LuaJIT itself: a kill may
 * leave free lists half linked, but they die with the process; what freeing needs (the
 * list of spans) is changed only outside the killable text. */
#ifndef NEAP_VM_HEAP_H
#define NEAP_VM_HEAP_H

#include "base/slots.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAP_HEAP_UNLIMITED SIZE_MAX

struct lua_State;
struct neap_cell;
struct neap_heap; /* defined in heap.c */

/* --- any thread ---------------------------------------------------------- */
/* Gives a heap of at most `limit` bytes (NEAP_HEAP_UNLIMITED: none), or NULL if the slots
 * are exhausted. Free with neap_heap_free. */
struct neap_heap *neap_heap_new(struct neap_slots *slots, size_t limit);

/* The same with room for `room` bytes in front of all blocks, at neap_heap_front(), which the
 * caller fills with blocks up to `bytes`, each of neap_heap_block_bytes. They count as `used`
 * bytes, of which `large` in blocks that are large. */
struct neap_heap *neap_heap_new_behind(struct neap_slots *slots, size_t limit, size_t room,
                                       size_t bytes, size_t used, size_t large);
size_t neap_heap_front(void);
size_t neap_heap_block_bytes(size_t size); /* what a block of that size takes */
bool neap_heap_is_large(size_t size);

/* Gives all spans back, in O(number of spans). Runs no VM code. NULL is allowed. */
void neap_heap_free(struct neap_heap *heap);

/* --- the thread that runs or holds the process ----------------------------- */
/* The allocator for lua_newstate(neap_heap_alloc, heap). */
void *neap_heap_alloc(void *heap, void *block, size_t old, size_t want);

/* Says whose collector to arm near the limit. `main` is the main thread, NULL while
 * lua_newstate runs; `cell` is the carrier's, NULL while parked (cell.c sets it at each
 * slice with neap_heap_seat). */
void neap_heap_attach(struct neap_heap *heap, struct lua_State *main,
                      struct neap_cell *cell);
void neap_heap_seat(struct neap_heap *heap, struct neap_cell *cell);

/* Counts bytes outside the heap (machine code, buffers) against the limit. Charging may
 * leave the VM when crit == 0 in a slice, so call it where nothing is half done. */
void neap_heap_charge(struct neap_heap *heap, size_t bytes);
void neap_heap_uncharge(struct neap_heap *heap, size_t bytes);

struct lua_State *neap_heap_main(const struct neap_heap *heap); /* or NULL */
/* True if `bytes` more would make it collect, or be too much. */
bool neap_heap_is_short(const struct neap_heap *heap, size_t bytes);

/* How many bytes from its start may be in use; of its first span, which begins there. */
size_t neap_heap_frontier(const struct neap_heap *heap);
size_t neap_heap_first_span(const struct neap_heap *heap);

/* True if the address lies in a span of it. Looks at them all. */
bool neap_heap_holds(const struct neap_heap *heap, const void *address);

size_t neap_heap_used(const struct neap_heap *heap);
size_t neap_heap_peak(const struct neap_heap *heap);
size_t neap_heap_limit(const struct neap_heap *heap);
size_t neap_heap_spans(const struct neap_heap *heap); /* bytes of spans taken */

/* Past the limit, or out of address space, and not left yet. */
bool neap_heap_is_over(const struct neap_heap *heap);

/* The `used` to report when it died of its memory limit: what it held plus what was
 * refused, but never more than limit + 12.5 %, the most it can have held. */
size_t neap_heap_asked(const struct neap_heap *heap);

#endif
