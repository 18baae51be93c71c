/* limits.h - what a process may ever hold or spend.
 * Owns:      none; a plain value.
 * Threads:   any.
 * Bounds:    these are the bounds.
 * Invariant: a value of NEAP_NO_LIMIT means none. */
#ifndef NEAP_CORE_LIMITS_H
#define NEAP_CORE_LIMITS_H

#include "base/clock.h"

#include <stddef.h>
#include <stdint.h>

#define NEAP_NO_LIMIT UINT64_MAX

/* What a full mailbox does with a sender. */
enum neap_policy {
    NEAP_POLICY_BLOCK,  /* it waits, with its time-out */
    NEAP_POLICY_REJECT, /* it is told at once */
};

/* From when on its code is compiled. What a process counts instructions of never is. */
enum neap_jit {
    NEAP_JIT_AUTO, /* once it has used enough CPU to profit */
    NEAP_JIT_ALWAYS,
    NEAP_JIT_NEVER,
};

struct neap_limits {           /* a plain value: copy it freely */
    uint64_t memory;           /* bytes: Lua heap, machine code, buffers held */
    neap_time cpu;             /* CPU time of one turn */
    uint64_t instructions;     /* VM instructions of one turn */
    uint64_t message;          /* bytes of one message sent */
    uint64_t handles;          /* timers, monitors, links, names, children, sockets */
    uint64_t mailbox_messages; /* waiting, not counting signals and timers */
    uint64_t mailbox_bytes;
    enum neap_policy policy;
    enum neap_jit jit;
};

/* The defaults of api.md. */
static inline struct neap_limits neap_limits_default(void) {
    return (struct neap_limits){
        .memory = 64u << 20,
        .cpu = 5000 * NEAP_MS,
        .instructions = NEAP_NO_LIMIT,
        .message = 16u << 20,
        .handles = 1000,
        .mailbox_messages = 10000,
        .mailbox_bytes = 16u << 20,
        .policy = NEAP_POLICY_BLOCK,
        .jit = NEAP_JIT_AUTO,
    };
}

#endif
