/* reserve.h - the last pages of a carrier's stack: what is left when a script has used it up.
 * Owns:      none: the pages are the thread's.
 * Threads:   its own, and signal handlers that run on it.
 * Bounds:    NEAP_RESERVE_BYTES, at the far end of the stack.
 * Invariant: closed, nothing can be there; the first touch is a fault. In the VM's code the
 *            process is simply left. Other code must come to its end first, so the reserve is
 *            opened for it, and the process is left at the next instruction of its own.
 *
 * Scripts can nest C functions of the VM as deep as they like: coroutines in gsub callbacks
 * in coroutines. LuaJIT bounds neither, and counting in each call would cost all of them. */
#ifndef NEAP_VM_RESERVE_H
#define NEAP_VM_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#define NEAP_RESERVE_BYTES ((uintptr_t)512 << 10)

struct neap_reserve { /* embedded in the cell; zeroed: there is none */
    uintptr_t start;
    bool open;
};

/* --- its thread ------------------------------------------------------------ */
/* Closes the end of the calling thread's stack. There is none on the main thread, whose
 * stack grows. */
void neap_reserve_start(struct neap_reserve *r);
void neap_reserve_stop(struct neap_reserve *r);

/* Closes it again, if it was opened, and gives the memory of the stack above it back. Call it
 * where the stack is short, first of all behind the jump that left a slice. */
void neap_reserve_restore(struct neap_reserve *r);

/* --- its thread, in a signal handler ----------------------------------------- */
bool neap_reserve_has(const struct neap_reserve *r, uintptr_t address);
void neap_reserve_open(struct neap_reserve *r);

#endif
