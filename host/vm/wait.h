/* wait.h - what a process's code waits for, and what it gets then.
 * Owns:      none: what is waited for hangs on the process.
 * Threads:   the carrier of the process's worker.
 * Bounds:    one wait at a time: a process is one thread of execution.
 * Invariant: a wait ends with results on a Lua stack or with the process; while it lasts,
 *            nothing of it is on any C stack. */
#ifndef NEAP_VM_WAIT_H
#define NEAP_VM_WAIT_H

#include "base/clock.h"

#include <lua.h>
#include <stdbool.h>

struct neap_vm;

enum neap_wait_kind {
    NEAP_WAIT_NONE,
    NEAP_WAIT_MAIL, /* a message that matches the pattern, if it has one */
    NEAP_WAIT_LOOK, /* a message not seen yet; it stays queued */
    NEAP_WAIT_NEXT, /* any message, spread out for a service; or newer code of its module */
    NEAP_WAIT_CODE, /* nothing: there is newer code, and it is told before the next message */
    NEAP_WAIT_SLEEP, /* the deadline */
    NEAP_WAIT_ROOM,  /* the message being sent to be taken */
    NEAP_WAIT_ASK,   /* as ROOM, the message being a call; then REPLY */
    NEAP_WAIT_REPLY, /* the answer to the open call */
    NEAP_WAIT_ACK,   /* the answer of a process being started */
    NEAP_WAIT_IO,    /* what `io` says, of one of the process's resources */
    NEAP_WAIT_KEPT,  /* nothing: it was found, and only others run first */
};

struct neap_wait { /* embedded in the vm */
    enum neap_wait_kind kind;
    neap_time deadline; /* NEAP_FOREVER: none */
    bool yielded;       /* by the process's own coroutine, just now */
    int kept;           /* NEAP_WAIT_KEPT: how many results lie on the main stack */
    /* NEAP_WAIT_IO: pushes the results and gives their number, or NEAP_EWAIT if it has to
     * wait for the resource's next notice. `is_late`: the deadline has passed. */
    int (*io)(struct neap_vm *vm, lua_State *L, bool is_late);
    /* NEAP_WAIT_IO, may be NULL: told once whether the process does wait. If so, begins what
     * it waits for; if not, forgets it, as the call has raised. */
    void (*decided)(struct neap_vm *vm, bool waits);
};

/* --- the carrier ----------------------------------------------------------- */
/* For bindings: waits as vm->wait says. Either the results are there at once and are
 * pushed, or the coroutine yields and gets them later: `return neap_wait_start(vm, L);`.
 * Raises where it can not yield. `name` is the public function: "neap.receive". */
int neap_wait_start(struct neap_vm *vm, lua_State *L, const char *name);

/* Before something new is begun: gives up what a wait that could not happen left behind (a
 * coroutine inside a C function that cannot be yielded across). */
void neap_wait_clear(struct neap_vm *vm);

/* For the slice loop: pushes the results and gives their number, or NEAP_EWAIT after
 * telling the process what to wait for. */
int neap_wait_try(struct neap_vm *vm, lua_State *L);

/* Tells core what the slice that ends now waits for. */
void neap_wait_park(struct neap_vm *vm);

/* What a blocking call yields: the prelude's resume passes it up. */
void neap_wait_push_mark(lua_State *L);

/* True if the process's coroutine has just yielded in order to wait, not by a yield of the
 * script's own. */
bool neap_wait_has_begun(struct neap_vm *vm);

/* Pushes the results of a wait that is over already, where the process can not yield to let
 * others run; pushes the mark if it does have to wait. Gives their number. */
int neap_wait_take_kept(struct neap_vm *vm, lua_State *L);

#endif
