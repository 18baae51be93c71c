/* dormant.h - a process that waits for long, put down to what its image does not have.
 * Owns:      the bytes in vm->dormant.
 * Threads:   the carrier of its worker, between slices.
 * Bounds:    half of what its first span held; others are left as they are.
 * Invariant: while vm->dormant is not empty, the pages of the heap's first span are the
 *            system's, but the span stays the process's: it comes back at the same address,
 *            bit by bit, so nothing that points into it has to know.
 *
 * An idle process differs from its image in some hundred words, and has made some KB of its
 * own. The rest is copied from the image again when it runs. */
#ifndef NEAP_VM_DORMANT_H
#define NEAP_VM_DORMANT_H

struct neap_vm;

/* --- the carrier of its worker, between slices --------------------------------- */
/* Gives the pages back, if that is worth while. */
void neap_dormant_begin(struct neap_vm *vm);

/* The heap is as it was. Nothing, if it is not dormant. */
void neap_dormant_end(struct neap_vm *vm);

/* The process ends: only what freeing the heap needs is there again. */
void neap_dormant_drop(struct neap_vm *vm);

#endif
