/* exec_arena.h - machine code of all processes, in one place near the interpreter.
 * Owns:      one reservation near lj_vm_exit_handler, cut into 64 KiB slots, and the one
 *            unwind record that covers it. There is one arena per OS process, because
 *            LuaJIT's calls (mmap, mprotect, ...) carry no context: the seams below find
 *            the process by the calling thread's cell.
 * Threads:   any; one mutex. A list of slots belongs to whoever runs or holds its process.
 * Bounds:    its size; exhausted, it answers MAP_FAILED at once, LuaJIT turns the JIT off
 *            for that state, and a counter goes up. An area larger than a slot is refused.
 * Invariant: both ends lie within reach of a jump from lj_vm_exit_handler; a slot is on
 *            the free list or on exactly one process's list. */
#ifndef NEAP_VM_EXEC_ARENA_H
#define NEAP_VM_EXEC_ARENA_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NEAP_EXEC_SLOT ((size_t)65536)
#if defined(__aarch64__)
#define NEAP_EXEC_ARENA_BYTES ((size_t)48 << 20)
#else
#define NEAP_EXEC_ARENA_BYTES ((size_t)512 << 20)
#endif

struct neap_heap;

/* The slots of one process. Embedded where the process's VM is described; all zero is
 * empty. Machine code is charged to `heap` when it is not NULL. */
struct neap_exec_slots {
    uint32_t first; /* index of a slot, 0 ends the list: slot 0 holds the unwind record */
    uint32_t count;
    bool is_refused; /* an area was: the carrier's, in a slice or after it */
    struct neap_heap *heap;
};

struct neap_exec_arena_stats { /* a plain value: copy it freely */
    size_t slots;              /* in the arena */
    size_t used;
    size_t peak;
    uint64_t taken; /* slots handed out since start */
    uint64_t refused; /* processes that were refused an area: arena exhausted, or too large */
    uint64_t flips; /* changes of protection passed to the system */
    bool wx;        /* writable or executable, never both at once */
    bool wx_forced; /* because the system refuses memory that is both */
    bool unwind;    /* the unwind record is registered */
};

/* --- any thread ---------------------------------------------------------- */
/* Opens the arena: at most `bytes`, less where there is no room near the text. With `wx`
 * no page is writable and executable at once, at the price of two system calls per trace;
 * without, slots stay open (where the system refuses that: wx, and wx_forced in the stats).
 * Returns NEAP_EMEMORY if there is no room at all: then run with the JIT off. */
NEAP_MUST_CHECK int neap_exec_arena_open(size_t bytes, bool wx);
void neap_exec_arena_close(void); /* no state with machine code may be left */
bool neap_exec_arena_is_open(void);
struct neap_exec_arena_stats neap_exec_arena_stats(void);

/* True if `pc` lies in the arena. Async-signal-safe. */
bool neap_exec_arena_has(uintptr_t pc);

/* --- the thread that runs or holds the process ----------------------------- */
/* Drops all slots of a process that will not run again. Runs no VM code. The heap is not
 * uncharged: it goes away with the process. */
void neap_exec_slots_release(struct neap_exec_slots *list);

/* --- LuaJIT, through the renamed symbols of its archive -------------------- */
void *neap_vm_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
int neap_vm_munmap(void *addr, size_t size);
int neap_vm_mprotect(void *addr, size_t size, int prot);
void neap_vm_register_frame(void *record);
void neap_vm_deregister_frame(void *record);

#endif
