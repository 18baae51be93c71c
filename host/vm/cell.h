/* cell.h - the wall around a slice: where the VM may be left, and how.
 * Owns:      a carrier's signal stack; the heap, exec slots and pulse are lent.
 * Threads:   a cell belongs to one carrier thread; the signal handler runs on it.
 * Bounds:    none.
 * Invariant: the VM is left only while active and crit == 0; by the handler, moreover, only
 *            at an instruction of LuaJIT or of its machine code. So a function of ours that
 *            the VM calls can be cut off where it calls the Lua API, and nowhere else: a
 *            critical section marks steps that belong together, and contains no such call.
 *
 *     int why = sigsetjmp(cell->env, 0);
 *     if (why == 0) {
 *         neap_cell_enter(cell, heap, exec);          may leave at once: killed before
 *         status = lua_resume(L, narg);
 *         neap_cell_exit(cell);
 *     } else {
 *         discard(process, (enum neap_leave)why);     run no VM code on it, ever again
 *     }
 * Locals of that function that change after sigsetjmp must be volatile. */
#ifndef NEAP_VM_CELL_H
#define NEAP_VM_CELL_H

#include "base/assert.h"
#include "core/carrier.h"
#include "core/pulse.h"
#include "vm/last_trace.h"
#include "vm/reserve.h"
#include "vm/signal_stack.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAP_KILL_SIGNAL                                                                 \
    SIGURG /* ignored by default, unused by libuv, does not queue up */

enum { NEAP_PANIC_TEXT = 256 };

struct lua_State;
struct neap_heap;
struct neap_exec_slots;

/* What sigsetjmp returns in the slice loop. */
enum neap_leave {
    NEAP_LEAVE_MEMORY = 1,
    NEAP_LEAVE_CPU,
    NEAP_LEAVE_DOOMED,
    NEAP_LEAVE_INSTRUCTIONS,
    NEAP_LEAVE_EXIT,
    NEAP_LEAVE_PANIC,
    NEAP_LEAVE_FAULT,
};

/* What was behind NEAP_LEAVE_FAULT. A plain value. */
struct neap_fault {
    const char *signal; /* "SIGSEGV" */
    uintptr_t address; /* that could not be read, written or run; 0 where it is not known */
    uintptr_t pc;      /* where the program was */
    bool is_stack_end; /* the script has used up the C stack: nothing was written astray */
};

/* Embedded in the carrier. Volatile: read by the handler on the same thread. */
struct neap_cell {
    sigjmp_buf env;               /* set by the slice loop, mask 0: 6 ns against 200 */
    volatile int active;          /* a slice is inside the VM */
    volatile int crit;            /* depth of critical sections */
    volatile int owed;            /* enum neap_leave to take as soon as crit drops to 0 */
    volatile int may_pause;       /* the state's count hook is free */
    volatile int may_detach;      /* the script's code runs, or what it calls */
    volatile uintptr_t pin;       /* a frame: while it lives, the worker is kept; or 0 */
    struct neap_heap *heap;       /* of the running process; NULL outside a slice */
    struct neap_exec_slots *exec; /* likewise: its machine-code slots */
    struct neap_pulse *pulse;
    struct neap_carrier *carrier; /* whose worker may be given to another; NULL in tests */
    struct neap_reserve reserve;
    struct neap_fault fault; /* of the last NEAP_LEAVE_FAULT; the handler's until it leaves */
    struct neap_signal_stack stack;
    struct neap_last_trace last; /* of the last end by a limit */
    struct lua_State *own; /* the process's coroutine; set for each slice, may be NULL */
    volatile int leaving;  /* enum neap_leave, while `last` is being read */
    volatile neap_time asked; /* CPU time of the thread at the CPU limit's first signal; or 0 */
    char panic[NEAP_PANIC_TEXT]; /* the text behind NEAP_LEAVE_PANIC */
};

/* --- any thread ---------------------------------------------------------- */
/* Installs the handlers of NEAP_KILL_SIGNAL and of faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL),
 * for the whole program. Idempotent.
 *
 * A fault at a killable instruction, outside of critical sections, leaves the VM as a kill
 * does, with NEAP_LEAVE_FAULT. Any other one is the host's: what holds a lock, or was changing
 * a list, can not be abandoned. It goes to who handled the signal before, which is the system,
 * that ends the program by it, or a sanitizer, that reports it; before that a crash file is
 * written, if one is armed (vm/crash_file.h). So does a signal that somebody sent, wherever it
 * strikes: no instruction is to blame. */
void neap_cell_install(void);

/* True if the VM may be left at this instruction. Async-signal-safe. */
bool neap_cell_is_killable(uintptr_t pc);

/* --- carrier ------------------------------------------------------------- */
/* Makes `cell` the calling thread's cell; lends `pulse` until _stop. */
void neap_cell_thread_start(struct neap_cell *cell, struct neap_pulse *pulse);
void neap_cell_thread_stop(struct neap_cell *cell);

/* The calling thread's cell, or NULL. */
struct neap_cell *neap_cell_current(void);

/* Starts a slice of the process that `heap` and `exec` belong to, after sigsetjmp. Leaves
 * at once if the process is already due (doomed, CPU, or its heap went over meanwhile). */
void neap_cell_enter(struct neap_cell *cell, struct neap_heap *heap,
                     struct neap_exec_slots *exec);

/* Ends it after the VM returned; what is owed and not yet taken is dropped here, so look
 * at neap_heap_is_over and the doomed flag before running the process again (enter does).*/
void neap_cell_exit(struct neap_cell *cell);

/* Leaves the VM for the sigsetjmp of the slice loop. Needs active and crit == 0. Of an end by a
 * limit, where the script stood is read before (vm/last_trace.h). */
NEAP_NORETURN void neap_cell_leave(struct neap_cell *cell, enum neap_leave why);

/* The same with NEAP_LEAVE_PANIC and a text, cut at NEAP_PANIC_TEXT: for what can not raise
 * an error. */
NEAP_NORETURN NEAP_PRINTF(2, 0) void neap_cell_vpanic(struct neap_cell *cell,
                                                      const char *fmt, va_list args);
NEAP_NORETURN NEAP_PRINTF(2, 3) void neap_cell_panic(struct neap_cell *cell,
                                                     const char *fmt, ...);

/* Where the script stood when the last limit ended one; NULL: not known. Lent until the next
 * slice. */
const char *neap_cell_last_trace(const struct neap_cell *cell);

/* What was behind the last NEAP_LEAVE_FAULT. Lent until the next one. */
const struct neap_fault *neap_cell_fault(const struct neap_cell *cell);

/* Why the process has to be left, 0 if it may go on. Also called by the handler, which the
 * sanitizers must not look into. */
__attribute__((no_sanitize("thread", "address"))) static inline int neap_cell_due(
    struct neap_cell *cell) {
    if (neap_pulse_is_doomed(cell->pulse))
        return NEAP_LEAVE_DOOMED;
    if (cell->owed != 0)
        return cell->owed;
    return neap_pulse_is_due(cell->pulse) ? NEAP_LEAVE_CPU : 0;
}

/* Leaves if the calling thread's process is due: for places that the VM passes often but
 * that a signal rarely hits. Returns at once on threads without a cell. */
void neap_cell_checkpoint(void);

/* Waits until the slice drives its worker, if it was detached: then it stays so up to the next
 * Lua API call. A kill that comes meanwhile is the caller's to look at. */
static inline void neap_cell_attach(struct neap_cell *cell) {
    if (__builtin_expect(cell->pulse->detached, 0))
        neap_carrier_attach(cell->carrier);
}

/* What may be touched inside: the process, and the worker, which is its own until it leaves. */
static inline void neap_crit_enter(struct neap_cell *cell) {
    neap_cell_attach(cell);
    cell->crit++;
    atomic_signal_fence(memory_order_seq_cst);
}

/* Does not return if the process became due in the meantime. */
static inline void neap_crit_leave(struct neap_cell *cell) {
    atomic_signal_fence(memory_order_seq_cst);
    int depth = cell->crit - 1;
    cell->crit = depth;
    int why = depth == 0 && cell->active ? neap_cell_due(cell) : 0;
    if (why != 0)
        neap_cell_leave(cell, (enum neap_leave)why);
}

/* --- pins ---
 *
 * For a binding that reads in turns what belongs to the loop and what belongs to Lua: from here
 * until its block is left, the slice keeps its worker.
 *
 *     NEAP_PIN(&vm->carrier->cell);
 *
 * A pin is a place on the stack, and holds only below it: one that an error has jumped over
 * holds no longer than until its place is used again, or the next binding begins. */
#define NEAP_PIN(cell)                                                                   \
    __attribute__((cleanup(neap_pin_drop))) struct neap_cell *neap_pinned = (cell);      \
    neap_pin(neap_pinned, &neap_pinned)

static inline void neap_pin(struct neap_cell *cell, const void *place) {
    neap_cell_attach(cell);
    cell->pin = (uintptr_t)place;
    atomic_signal_fence(memory_order_seq_cst);
}

static inline void neap_pin_drop(struct neap_cell **cell) {
    atomic_signal_fence(memory_order_seq_cst);
    (*cell)->pin = 0;
}

#endif
