/* pause.h - interrupts a turn that lasts: others run.
 * Owns:      none.
 * Threads:   the carrier; _arm on it in a signal handler.
 * Bounds:    at most once a tick.
 * Invariant: the process notices nothing. It is paused between two instructions, by a count
 *            hook that is armed for this one time: an armed hook slows the VM down. Where it
 *            can not yield (below a C function) or is compiled code, it goes on: without its
 *            worker, if others wait (core/carrier.h).
 *
 * A pause inside a script's coroutine yields nothing out of it; the prelude's resume and wrap
 * see that (host.is_paused) and pass it up to the slice loop, or resume at once where that
 * is not possible. Until it has arrived there, no other pause begins. */
#ifndef NEAP_VM_PAUSE_H
#define NEAP_VM_PAUSE_H

#include <lua.h>
#include <stdbool.h>

struct neap_vm;

/* --- the carrier, in a signal handler ------------------------------------------- */
/* The process that `L` is the state of pauses at its next instruction. */
void neap_pause_arm(lua_State *L);

/* --- the carrier ----------------------------------------------------------- */
/* True if the slice that just yielded did so for a pause; the next one has to resume it
 * without anything. */
bool neap_pause_has_begun(const struct neap_vm *vm);

/* The process goes on: where it yielded to the slice loop, or at once. */
void neap_pause_end(struct neap_vm *vm);

/* Yields for a pause if others have waited for a tick, from the hook that calls it, which
 * must hold nothing and have disarmed or set itself: it may not return. */
void neap_pause_maybe(struct neap_vm *vm, lua_State *L);

#endif
