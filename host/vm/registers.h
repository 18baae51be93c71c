/* registers.h - the registers of a thread that a signal has interrupted.
 * Owns:      none.
 * Threads:   any, in a signal handler.
 * Bounds:    none.
 * Invariant: async-signal-safe; the one place that knows how a processor's context looks. */
#ifndef NEAP_VM_REGISTERS_H
#define NEAP_VM_REGISTERS_H

#include <stdint.h>
#include <ucontext.h>

/* The handler must not call what a sanitizer instruments. */
#define NEAP_REGISTER_INLINE                                                             \
    __attribute__((always_inline, no_sanitize("address", "thread", "undefined"))) static inline

#if defined(__x86_64__)

enum { NEAP_REGISTERS = 23 };

NEAP_REGISTER_INLINE uintptr_t neap_register_value(const ucontext_t *u, int i) {
    return (uintptr_t)u->uc_mcontext.gregs[i];
}

NEAP_REGISTER_INLINE uintptr_t neap_register_pc(const ucontext_t *u) {
    return neap_register_value(u, REG_RIP);
}

NEAP_REGISTER_INLINE uintptr_t neap_register_sp(const ucontext_t *u) {
    return neap_register_value(u, REG_RSP);
}

/* In the order of <sys/ucontext.h>. */
static inline const char *neap_register_name(int i) {
    static const char NAMES[NEAP_REGISTERS][8] = {
        "r8",  "r9",  "r10",    "r11", "r12",    "r13",     "r14", "r15",
        "rdi", "rsi", "rbp",    "rbx", "rdx",    "rax",     "rcx", "rsp",
        "rip", "efl", "csgsfs", "err", "trapno", "oldmask", "cr2",
    };
    return NAMES[i];
}

#elif defined(__aarch64__)

enum { NEAP_REGISTERS = 35 };

NEAP_REGISTER_INLINE uintptr_t neap_register_pc(const ucontext_t *u) {
    return (uintptr_t)u->uc_mcontext.pc;
}

NEAP_REGISTER_INLINE uintptr_t neap_register_sp(const ucontext_t *u) {
    return (uintptr_t)u->uc_mcontext.sp;
}

NEAP_REGISTER_INLINE uintptr_t neap_register_value(const ucontext_t *u, int i) {
    const uintptr_t others[] = { neap_register_sp(u), neap_register_pc(u),
                                 (uintptr_t)u->uc_mcontext.pstate,
                                 (uintptr_t)u->uc_mcontext.fault_address };
    return i < 31 ? (uintptr_t)u->uc_mcontext.regs[i] : others[i - 31];
}

static inline const char *neap_register_name(int i) {
    static const char NAMES[NEAP_REGISTERS][8] = {
        "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",     "x7",    "x8",
        "x9",  "x10", "x11", "x12", "x13", "x14", "x15",    "x16",   "x17",
        "x18", "x19", "x20", "x21", "x22", "x23", "x24",    "x25",   "x26",
        "x27", "x28", "x29", "x30", "sp",  "pc",  "pstate", "fault",
    };
    return NAMES[i];
}

#else
#error "neap knows x86_64 and aarch64"
#endif

#endif
