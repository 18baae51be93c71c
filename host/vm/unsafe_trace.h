/* unsafe_trace.h - keeps LuaJIT from compiling what it compiles wrongly.
 * Owns:      none.
 * Threads:   the carrier that runs the process.
 * Bounds:    reads the instructions of one trace, each time one is about to be assembled.
 * Invariant: no machine code calls the VM's `next`. LuaJIT as of 2022-03-20 compiles loops
 *            over pairs() since half a year, and four faults were found in that later: a key is
 *            read after the following one took its place (upstream e1339aed), half of an
 *            address is lost (5e3c45c4), a trace that joins such a loop resumes at the wrong
 *            instruction (dad04f17), and its end is overlooked beside hooks (d4b6bb80). So a
 *            process computed a wrong maximum of a table's keys in one of twenty runs.
 *
 * Such a trace is given up, as if memory had run out when LuaJIT copies it for assembly. That
 * is a way LuaJIT knows: it stays in the interpreter, and after some attempts tries no more. */
#ifndef NEAP_VM_UNSAFE_TRACE_H
#define NEAP_VM_UNSAFE_TRACE_H

#include <stddef.h>

/* neap_heap_alloc, for a state with a compiler. `heap` is attached (vm/heap.h). NULL: see
 * above. */
void *neap_unsafe_trace_alloc(void *heap, void *block, size_t old, size_t want);

#endif
