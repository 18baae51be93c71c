/* jit.h - from when on the code of a process is compiled.
 * Owns:      none.
 * Threads:   the carrier: in a slice, between two instructions of the process.
 * Bounds:    machine code lies in the exec arena; who finds no room there goes on interpreted.
 * Invariant: a state has no compiler until the policy of its process says so (core/limits.h):
 *            what lives shorter would pay for it and not profit. One whose instructions are
 *            counted never has one: a hook is not called in compiled code. */
#ifndef NEAP_VM_JIT_H
#define NEAP_VM_JIT_H

#include <lua.h>

struct neap_vm;

/* The process begins: from here on with NEAP_JIT_ALWAYS. */
void neap_jit_begin(struct neap_vm *vm);

/* Once the process has used NEAP_WARM_CPU: from here on with NEAP_JIT_AUTO. Never again, once
 * the arena had no room for it: LuaJIT would give up all that it has compiled, again and
 * again, for what it can not compile. Cheap. */
void neap_jit_look(struct neap_vm *vm, lua_State *L);

/* A slice has ended: says it, if the arena had no room for the process. */
void neap_jit_note(struct neap_vm *vm);

#endif
