/* host_table.h - the door between the VM and the bindings above it.
 * Owns:      none.
 * Threads:   any: constants of the program.
 * Bounds:    none.
 * Invariant: vm knows no binding; the runtime's options carry this function down. */
#ifndef NEAP_VM_HOST_TABLE_H
#define NEAP_VM_HOST_TABLE_H

struct lua_State;

/* Pushes the `neap.host` table of the calling carrier's process. */
typedef void (*neap_host_table)(struct lua_State *L);

#endif
