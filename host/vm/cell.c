#include "vm/cell.h"

#include "base/last_words.h"
#include "vm/crash_file.h"
#include "vm/exec_arena.h"
#include "vm/heap.h"
#include "vm/pause.h"
#include "vm/registers.h"

#include <errno.h>
#include <lua.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SIGNAL_FRAME ((uintptr_t)16384) /* at most what the kernel puts on a stack */
#define KERNEL_SIGSET_BYTES 8
#define BIT(signal) ((uint64_t)1 << ((signal)-1))
#define OURS                                                                             \
    (BIT(NEAP_KILL_SIGNAL) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL))
#define HOOK_TIME ((neap_time)300000) /* ns: more than it takes to come to a hook */
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

/* What a handler that leaves by a jump has to open again: all that any of them is entered
 * with closed. The kernel delivers what is pending at once, hence active = 0 before. A system
 * call of its own: the sanitizers' wrapper is not meant for handlers that they did not
 * install. */
NO_SANITIZE static void unblock(void) {
    uint64_t set = OURS;
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, KERNEL_SIGSET_BYTES);
}

/* In this order: a signal between the stores must find no active slice. */
NO_SANITIZE static void deactivate(struct neap_cell *cell) {
    cell->active = 0;
    atomic_signal_fence(memory_order_seq_cst);
    cell->heap = NULL;
    cell->exec = NULL;
}

/* Out of a handler. */
NO_SANITIZE NEAP_NORETURN static void leave_by_jump(struct neap_cell *cell, int why) {
    deactivate(cell);
    unblock();
    siglongjmp(cell->env, why);
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

/* At an instruction of the VM, outside of critical sections, no function of ours is in the
 * middle of anything: as if the VM had called the handler. */
NO_SANITIZE static void detach_slice(struct neap_cell *cell, const void *context) {
    if (!cell->may_detach || cell->crit != 0 || !neap_pulse_should_detach(cell->pulse))
        return;
    bool is_pinned = neap_register_sp(context) < cell->pin;
    if (!is_pinned && neap_cell_is_killable(neap_register_pc(context)))
        neap_carrier_detach(cell->carrier);
}

static void leave_now(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    neap_cell_checkpoint();
}

/* Of this thread. A system call of its own, as in `unblock`. */
NO_SANITIZE static neap_time cpu_time(void) {
    struct timespec t = { 0, 0 };
    syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &t);
    return (neap_time)t.tv_sec * 1000000000u + (neap_time)t.tv_nsec;
}

/* Where a script stands can not be read at any instruction, but in a hook. So of a turn that
 * is over its CPU time, the first signal sets one, and only a later one kills: what does not
 * come to the hook meanwhile is in machine code, or in a C function. By CPU time, as the
 * thread of a loaded machine may get none between two signals. */
NO_SANITIZE static bool asks_first(struct neap_cell *cell, int why) {
    struct lua_State *L = cell->heap != NULL ? neap_heap_main(cell->heap) : NULL;
    if (why != NEAP_LEAVE_CPU || !cell->may_pause || L == NULL)
        return false;
    if (cell->asked != 0)
        return cpu_time() < cell->asked + HOOK_TIME;
    cell->asked = cpu_time();
    lua_sethook(L, leave_now, LUA_MASKCOUNT, 1);
    return true;
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
    if (asks_first(cell, why))
        return;
    if (cell->crit != 0 || !neap_cell_is_killable(neap_register_pc(context))) {
        atomic_fetch_add_explicit(&cell->pulse->misses, 1, memory_order_relaxed);
        return;
    }
    leave_by_jump(cell, why);
}

/* --- faults --- */

static const struct {
    int signal;
    const char *name;
} FAULTS[] = {
    { SIGSEGV, "SIGSEGV" },
    { SIGBUS, "SIGBUS" },
    { SIGFPE, "SIGFPE" },
    { SIGILL, "SIGILL" },
    { SIGABRT, "SIGABRT" }, /* an assert of ours, or of a library's: never a process's */
};

enum { FAULT_COUNT = sizeof FAULTS / sizeof *FAULTS };

NO_SANITIZE static bool is_sent(const siginfo_t *info) {
    return info->si_code <= 0;
}

/* Whose they were before; written once, before any handler of ours can run. */
static struct sigaction before[FAULT_COUNT];

NO_SANITIZE static int index_of(int signal) {
    int i = 0;
    while (FAULTS[i].signal != signal)
        i++;
    return i;
}

/* Not a process's: its circumstances are written down, and it goes to who handled the signal
 * before. An instruction that faulted is run again, and faults again, for that one; what was
 * sent has to be sent again, and comes when ours returns. Who ignores such a signal does not
 * get rid of a fault, either. */
NO_SANITIZE static void give_back(int signal, const siginfo_t *info, const void *context) {
    int i = index_of(signal);
    struct sigaction *former = &before[i];
    neap_last_words();
    neap_crash_file_write(signal, FAULTS[i].name, info, context);
    if (former->sa_handler == SIG_IGN)
        former->sa_handler = SIG_DFL;
    sigaction(signal, former, NULL);
    if (is_sent(info))
        syscall(SYS_tgkill, getpid(), gettid(), signal);
}

/* Where it happened. Of a signal that found no room on the stack no address is told; that is
 * the kill signal under AddressSanitizer, which is not handled on a stack of its own. */
NO_SANITIZE static uintptr_t place_of(const siginfo_t *info, const void *context) {
    bool is_told = info->si_code != SI_KERNEL;
    return is_told ? (uintptr_t)info->si_addr : neap_register_sp(context) - SIGNAL_FRAME;
}

NO_SANITIZE static void note(struct neap_cell *cell, int signal, const siginfo_t *info,
                             const void *context) {
    uintptr_t place = place_of(info, context);
    bool is_stack_end = neap_reserve_has(&cell->reserve, place);
    cell->fault = (struct neap_fault){
        .signal = FAULTS[index_of(signal)].name,
        .address = is_stack_end ? place : (uintptr_t)info->si_addr,
        .pc = neap_register_pc(context),
        .is_stack_end = is_stack_end,
    };
}

/* The stack is used up, by host or library code that the process called and that can not be
 * left: it goes on in the reserve, once. A hook may be set in a handler. */
NO_SANITIZE static bool finish_first(struct neap_cell *cell) {
    if (!cell->fault.is_stack_end || cell->reserve.open)
        return false;
    neap_reserve_open(&cell->reserve);
    cell->owed = NEAP_LEAVE_FAULT;
    struct lua_State *L = neap_heap_main(cell->heap);
    if (L != NULL)
        lua_sethook(L, leave_now, LUA_MASKCOUNT, 1);
    return true;
}

/* The VM itself went wrong: best effort, a stray write may have hit a neighbour before. The
 * kill signal is blocked meanwhile, so it sees the slice as it was, or finds none. A fault in
 * here is blocked, too: the system ends the program at once. */
NO_SANITIZE static void on_fault(int signal, siginfo_t *info, void *context) {
    struct neap_cell *cell = current;
    if (is_sent(info) || cell == NULL || !cell->active) {
        give_back(signal, info, context);
        return;
    }
    if (cell->last.is_reading) /* what can not be read is left without */
        leave_by_jump(cell, cell->leaving);
    note(cell, signal, info, context);
    if (cell->crit != 0 || !neap_cell_is_killable(neap_register_pc(context))) {
        if (!finish_first(cell))
            give_back(signal, info, context);
        return;
    }
    cell->reserve.open |= cell->fault.is_stack_end;
    leave_by_jump(cell, NEAP_LEAVE_FAULT);
}

static void close_all(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, NEAP_KILL_SIGNAL);
    for (int i = 0; i < FAULT_COUNT; i++)
        sigaddset(set, FAULTS[i].signal);
}

/* With a sanitizer as well: its own handlers come second, for what is none of ours. */
static void install_faults(void) {
    struct sigaction action = { .sa_sigaction = on_fault,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK };
    close_all(&action.sa_mask);
    for (int i = 0; i < FAULT_COUNT; i++) {
        struct sigaction former;
        int err = sigaction(FAULTS[i].signal, &action, &former);
        NEAP_ASSERT(err == 0);
        if (former.sa_sigaction != on_fault)
            before[i] = former;
    }
}

const char *neap_cell_last_trace(const struct neap_cell *cell) {
    return neap_last_trace_text(&cell->last);
}

const struct neap_fault *neap_cell_fault(const struct neap_cell *cell) {
    return &cell->fault;
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
    neap_signal_stack_start(&cell->stack);
    neap_reserve_start(&cell->reserve);
    neap_last_trace_init(&cell->last);
    current = cell;
}

void neap_cell_thread_stop(struct neap_cell *cell) {
    NEAP_ASSERT(current == cell && !cell->active);
    current = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    neap_last_trace_fini(&cell->last);
    neap_reserve_stop(&cell->reserve);
    neap_signal_stack_stop(&cell->stack);
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
    cell->asked = 0;
    neap_last_trace_clear(&cell->last);
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

static bool is_limit(enum neap_leave why) {
    return why == NEAP_LEAVE_MEMORY || why == NEAP_LEAVE_CPU ||
           why == NEAP_LEAVE_INSTRUCTIONS;
}

void neap_cell_leave(struct neap_cell *cell, enum neap_leave why) {
    NEAP_ASSERT(cell->active && cell->crit == 0);
    cell->leaving = (int)why;
    if (is_limit(why))
        neap_last_trace_read(&cell->last, neap_heap_main(cell->heap), cell->own);
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
