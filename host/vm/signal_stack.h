/* signal_stack.h - the alternate stack that a carrier's signal handlers run on.
 * Owns:      its pages, from _start until _stop.
 * Threads:   belongs to the thread that started it.
 * Bounds:    NEAP_SIGNAL_STACK_BYTES, and a page below them where nothing is mapped to.
 * Invariant: a handler that needs more than that faults at the guard page, where the system
 *            ends the program; it never writes over somebody else's memory.
 *
 * What a handler needs most is the frame that the system puts there, with all the vector
 * registers (12 KiB on the largest machines), and what vm/crash_file.c has on its stack. */
#ifndef NEAP_VM_SIGNAL_STACK_H
#define NEAP_VM_SIGNAL_STACK_H

#include <signal.h>
#include <stddef.h>

#define NEAP_SIGNAL_STACK_BYTES ((size_t)65536)

struct neap_signal_stack { /* embedded in the cell */
    char *pages;           /* the guard page is the first */
    stack_t before;
};

/* --- its thread ------------------------------------------------------------ */
void neap_signal_stack_start(struct neap_signal_stack *s);

/* The one that was there before comes back: a sanitizer's, which it will unmap. */
void neap_signal_stack_stop(struct neap_signal_stack *s);

#endif
