/* state.h - making the Lua state of a process and getting its code under way.
 * Owns:      none; the state lies in the heap of the vm.
 * Threads:   the carrier, inside a slice.
 * Bounds:    the process's limits count from the first allocation on.
 * Invariant: scripts see an allow-list: what is opened here and not put into their
 *            environment by lua/neap/prelude.lua is out of their reach. */
#ifndef NEAP_VM_STATE_H
#define NEAP_VM_STATE_H

struct neap_vm;
struct lua_State;

/* --- the carrier, inside a slice ------------------------------------------- */
/* Opens the state of `vm`; vm->co then holds the function to resume without arguments.
 * Leaves the VM if anything fails. */
void neap_state_open(struct neap_vm *vm);

/* Lets the process begin anew with what it has loaded: its code does not run, and vm->co holds
 * the function to resume again. Collects. May leave the VM. */
void neap_state_rest(struct neap_vm *vm);

/* LuaJIT registers its whole ffi when it loads code with a literal such as 1LL: forget it
 * again (redteam A8). Called after every load. */
void neap_state_forget_ffi(struct lua_State *L);

#endif
