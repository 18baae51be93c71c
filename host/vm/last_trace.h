/* last_trace.h - where a script stood when a limit ended it, read just before the VM is left.
 * Owns:      its text, from _init until _fini.
 * Threads:   the carrier.
 * Bounds:    NEAP_TRACE_LEVELS lines.
 * Invariant: allocates nothing in the state and runs none of its code. There is a text only
 *            if all of it could be read.
 *
 * Whoever asks does not return to the VM. A limit is found where the VM calls us: its allocator,
 * a hook, a binding. There its stack can be read, as each of these calls could raise an error,
 * which walks it; only what machine code has in registers is missing: of the function whose
 * code that is, it is told where it begins. */
#ifndef NEAP_VM_LAST_TRACE_H
#define NEAP_VM_LAST_TRACE_H

#include "base/bytes.h"

#include <stdbool.h>

struct lua_State;

struct neap_last_trace { /* embedded in the cell */
    struct neap_bytes text;
    volatile int is_reading; /* a fault meanwhile is no one's but the reader's */
    bool is_whole;
};

/* --- the carrier ----------------------------------------------------------- */
void neap_last_trace_init(struct neap_last_trace *t);
void neap_last_trace_fini(struct neap_last_trace *t);

/* Forgets the former one. */
void neap_last_trace_clear(struct neap_last_trace *t);

/* Reads that of the coroutine that runs, then that of the process's own, if that is another.
 * `main` is the state's main thread. */
void neap_last_trace_read(struct neap_last_trace *t, struct lua_State *main,
                          struct lua_State *own);

/* The text, or NULL: nothing could be read, or there was no Lua function on the stack. Lent until
 * the next _clear. */
const char *neap_last_trace_text(const struct neap_last_trace *t);

#endif
