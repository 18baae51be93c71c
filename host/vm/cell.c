#include "vm/cell.h"

#include "base/alloc.h"
#include "vm/exec_arena.h"
#include "vm/heap.h"
#include "vm/pause.h"

#include <errno.h>
#include <lua.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define HANDLER_STACK ((size_t)65536)
#define SIGNAL_FRAME ((uintptr_t)16384) /* at most what the kernel puts on a stack */
#define KERNEL_SIGSET_BYTES 8
#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

/* The linker makes these for a section whose name is a C identifier. */
extern char __start_luajit_text[];
extern char __stop_luajit_text[];

/* What the handler and the seams of exec_arena.c start from: LuaJIT calls them without
 * any argument of ours. Written by its thread only. */
static __thread struct neap_cell *current;

NO_SANITIZE bool neap_cell_is_killable(uintptr_t pc) {
    if (pc >= (uintptr_t)__start_luajit_text && pc < (uintptr_t)__stop_luajit_text)
        return true;
    return neap_exec_arena_has(pc);
}

NO_SANITIZE static uintptr_t pc_of(const void *context) {
    const ucontext_t *u = context;
#if defined(__x86_64__)
    return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (uintptr_t)u->uc_mcontext.pc;
#else
#error "neap knows x86_64 and aarch64"
#endif
}

/* A system call of its own: the sanitizers' wrapper is not meant for handlers that they
 * did not install. The kernel delivers what is pending at once, hence active = 0 before. */
NO_SANITIZE static void unblock(int signal) {
    uint64_t set = (uint64_t)1 << (signal - 1);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, KERNEL_SIGSET_BYTES);
}

/* In this order: a signal between the stores must find no active slice. */
NO_SANITIZE static void deactivate(struct neap_cell *cell) {
    cell->active = 0;
    atomic_signal_fence(memory_order_seq_cst);
    cell->heap = NULL;
    cell->exec = NULL;
}

/* A hook may be set at any instruction: it takes effect at the next one of the script. Not
 * while the state is being made: it has no code of the script's yet. */
NO_SANITIZE static void pause_slice(struct neap_cell *cell) {
    if (cell->heap == NULL || !cell->may_pause || !neap_pulse_has_pause(cell->pulse))
        return;
    struct lua_State *L = neap_heap_main(cell->heap);
    if (L != NULL)
        neap_pause_arm(L);
}

NO_SANITIZE static uintptr_t sp_of(const void *context) {
    const ucontext_t *u = context;
#if defined(__x86_64__)
    return (uintptr_t)u->uc_mcontext.gregs[REG_RSP];
#else
    return (uintptr_t)u->uc_mcontext.sp;
#endif
}

/* At an instruction of the VM, outside of critical sections, no function of ours is in the
 * middle of anything: as if the VM had called the handler. */
NO_SANITIZE static void detach_slice(struct neap_cell *cell, const void *context) {
    if (!cell->may_detach || cell->crit != 0 || !neap_pulse_should_detach(cell->pulse))
        return;
    bool is_pinned = sp_of(context) < cell->pin;
    if (!is_pinned && neap_cell_is_killable(pc_of(context)))
        neap_carrier_detach(cell->carrier);
}

/* Reads nothing but this thread's cell and its pulse, so a late signal finds a process
 * that is not due, or none, and does nothing. */
NO_SANITIZE static void on_kill_signal(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    struct neap_cell *cell = current;
    if (cell == NULL || !cell->active)
        return;
    atomic_signal_fence(memory_order_seq_cst);
    int why = neap_cell_due(cell);
    if (why == 0) {
        pause_slice(cell);
        detach_slice(cell, context);
        return;
    }
    if (cell->crit != 0 || !neap_cell_is_killable(pc_of(context))) {
        atomic_fetch_add_explicit(&cell->pulse->misses, 1, memory_order_relaxed);
        return;
    }
    deactivate(cell);
    unblock(NEAP_KILL_SIGNAL);
    siglongjmp(cell->env, why);
}

/* --- faults --- */

static const struct fault {
    int signal;
    const char *name;
} FAULTS[] = {
    { SIGSEGV, "SIGSEGV" },
    { SIGBUS, "SIGBUS" },
    { SIGFPE, "SIGFPE" },
    { SIGILL, "SIGILL" },
};

enum { FAULT_COUNT = sizeof FAULTS / sizeof *FAULTS };

/* Whose they were before; written once, before any handler of ours can run. */
static struct sigaction before[FAULT_COUNT];

static void give_back(int signal) {
    for (int i = 0; i < FAULT_COUNT; i++)
        if (FAULTS[i].signal == signal)
            sigaction(signal, &before[i], NULL);
}

static void leave_now(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    neap_cell_checkpoint();
}

/* Where it happened. Of a signal that found no room on the stack no address is told; that is
 * the kill signal under AddressSanitizer, which is not handled on a stack of its own. */
NO_SANITIZE static uintptr_t place_of(const siginfo_t *info, const void *context) {
    bool is_told = info->si_code != SI_KERNEL;
    return is_told ? (uintptr_t)info->si_addr : sp_of(context) - SIGNAL_FRAME;
}

/* The stack is used up, by host or library code that the process called and that can not be
 * left: it goes on in the reserve, once. A hook may be set in a handler. */
NO_SANITIZE static bool finish_first(struct neap_cell *cell, int signal, uintptr_t address) {
    if (cell == NULL || !cell->active || cell->reserve.open ||
        !neap_reserve_has(&cell->reserve, address))
        return false;
    neap_reserve_open(&cell->reserve);
    cell->fault = signal;
    cell->owed = NEAP_LEAVE_FAULT;
    struct lua_State *L = neap_heap_main(cell->heap);
    if (L != NULL)
        lua_sethook(L, leave_now, LUA_MASKCOUNT, 1);
    return true;
}

/* The VM itself went wrong: best effort, a stray write may have hit a neighbour before. Any
 * other fault is the host's: the instruction is run again for its former handler. */
NO_SANITIZE static void on_fault(int signal, siginfo_t *info, void *context) {
    struct neap_cell *cell = current;
    bool ours = cell != NULL && cell->active && cell->crit == 0 &&
                neap_cell_is_killable(pc_of(context));
    if (!ours) {
        if (!finish_first(cell, signal, place_of(info, context)))
            give_back(signal);
        return;
    }
    cell->reserve.open |= neap_reserve_has(&cell->reserve, place_of(info, context));
    cell->fault = signal;
    deactivate(cell);
    unblock(signal);
    siglongjmp(cell->env, NEAP_LEAVE_FAULT);
}

static void install_faults(void) {
    struct sigaction action = { .sa_sigaction = on_fault,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FAULT_COUNT; i++) {
        struct sigaction former;
        int err = sigaction(FAULTS[i].signal, &action, &former);
        NEAP_ASSERT(err == 0);
        if (former.sa_sigaction != on_fault)
            before[i] = former;
    }
}

const char *neap_cell_fault(const struct neap_cell *cell) {
    for (int i = 0; i < FAULT_COUNT; i++)
        if (FAULTS[i].signal == cell->fault)
            return FAULTS[i].name;
    return "";
}

/* --- installing --- */

#if defined(__SANITIZE_THREAD__)
/* ThreadSanitizer defers handlers until the thread enters a call that it intercepts, which
 * a compiled loop never does: so the kernel gets ours directly, with a restorer. */
#define SA_RESTORER_FLAG 0x04000000ul
#if defined(__x86_64__)
__asm__(".text\n.type neap_sigreturn, @function\nneap_sigreturn:\n"
        "mov $15, %eax\nsyscall\n");
#else
__asm__(".text\n.type neap_sigreturn, %function\nneap_sigreturn:\n"
        "mov x8, #139\nsvc #0\n");
#endif
extern void neap_sigreturn(void);

static void install(void) {
    struct {
        void (*handler)(int, siginfo_t *, void *);
        unsigned long flags;
        void (*restorer)(void);
        uint64_t mask;
    } action = { on_kill_signal, SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_RESTORER_FLAG,
                 neap_sigreturn, 0 };
    long err = syscall(SYS_rt_sigaction, NEAP_KILL_SIGNAL, &action, NULL,
                       KERNEL_SIGSET_BYTES);
    NEAP_ASSERT(err == 0);
}
#else
/* AddressSanitizer follows a jump off the carrier's own stack only: from the handler's it
 * would take the abandoned frames for live ones, and report the next to use their place. */
#if defined(__SANITIZE_ADDRESS__)
enum { KILL_FLAGS = SA_SIGINFO | SA_RESTART };
#else
enum { KILL_FLAGS = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
#endif

static void install(void) {
    struct sigaction action = { .sa_sigaction = on_kill_signal, .sa_flags = KILL_FLAGS };
    sigemptyset(&action.sa_mask);
    int err = sigaction(NEAP_KILL_SIGNAL, &action, NULL);
    NEAP_ASSERT(err == 0);
}
#endif

void neap_cell_install(void) {
    install();
    install_faults();
}

void neap_cell_thread_start(struct neap_cell *cell, struct neap_pulse *pulse) {
    NEAP_ASSERT(current == NULL);
    *cell = (struct neap_cell){ .pulse = pulse };
    cell->stack.ss_sp = neap_alloc(HANDLER_STACK);
    cell->stack.ss_size = HANDLER_STACK;
    int err = sigaltstack(&cell->stack, &cell->stack_before);
    NEAP_ASSERT(err == 0);
    neap_reserve_start(&cell->reserve);
    current = cell;
}

/* The old stack comes back, since a sanitizer may have installed one that it will unmap. */
void neap_cell_thread_stop(struct neap_cell *cell) {
    NEAP_ASSERT(current == cell && !cell->active);
    current = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    neap_reserve_stop(&cell->reserve);
    int err = sigaltstack(&cell->stack_before, NULL);
    NEAP_ASSERT(err == 0);
    neap_free(cell->stack.ss_sp);
    cell->stack.ss_sp = NULL;
}

struct neap_cell *neap_cell_current(void) {
    return current;
}

void neap_cell_enter(struct neap_cell *cell, struct neap_heap *heap,
                     struct neap_exec_slots *exec) {
    NEAP_ASSERT(current == cell && !cell->active && cell->crit == 0);
    neap_reserve_restore(&cell->reserve);
    cell->heap = heap;
    cell->exec = exec;
    cell->owed = neap_heap_is_over(heap) ? NEAP_LEAVE_MEMORY : 0;
    neap_heap_seat(heap, cell);
    atomic_signal_fence(memory_order_seq_cst);
    cell->active = 1;
    atomic_signal_fence(memory_order_seq_cst);
    int why = neap_cell_due(cell);
    if (why != 0)
        neap_cell_leave(cell, (enum neap_leave)why);
}

void neap_cell_exit(struct neap_cell *cell) {
    NEAP_ASSERT(cell->crit == 0);
    atomic_signal_fence(memory_order_seq_cst);
    struct neap_heap *heap = cell->heap;
    deactivate(cell);
    neap_heap_seat(heap, NULL);
}

void neap_cell_leave(struct neap_cell *cell, enum neap_leave why) {
    NEAP_ASSERT(cell->active && cell->crit == 0);
    deactivate(cell);
    siglongjmp(cell->env, (int)why);
}

void neap_cell_vpanic(struct neap_cell *cell, const char *fmt, va_list args) {
    vsnprintf(cell->panic, sizeof cell->panic, fmt, args);
    neap_cell_leave(cell, NEAP_LEAVE_PANIC);
}

void neap_cell_panic(struct neap_cell *cell, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    neap_cell_vpanic(cell, fmt, args);
}

void neap_cell_checkpoint(void) {
    struct neap_cell *cell = current;
    if (cell == NULL || !cell->active || cell->crit != 0)
        return;
    int why = neap_cell_due(cell);
    if (why != 0)
        neap_cell_leave(cell, (enum neap_leave)why);
}
