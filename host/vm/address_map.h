/* address_map.h - what lies at an address of this program, as the system tells it.
 * Owns:      none: a value on the handler's stack.
 * Threads:   belongs to the one that read it.
 * Bounds:    NEAP_ADDRESS_AREAS areas of code; those beyond are not known.
 * Invariant: async-signal-safe. Reads /proc/self/maps, so no loader's lock is needed.
 *
 * The calls that led to a place are found by looking through the stack for return addresses: a
 * word that points into code, behind a call instruction. Those are all there, and perhaps a few
 * more, that calls which are over have left. Exact would be to unwind, frame by frame: but there
 * are no frame pointers (neither LuaJIT nor libc has any), and libgcc's unwinder takes a lock,
 * up to its version 12, where code was registered, as that of LuaJIT's machine code is: a fault
 * inside it, or one that has written over the stack, would hang or fault there. A core
 * dump has the exact one. */
#ifndef NEAP_VM_ADDRESS_MAP_H
#define NEAP_VM_ADDRESS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEAP_ADDRESS_AREAS = 96, NEAP_ADDRESS_NAME = 32 };

struct neap_code_area {
    uintptr_t start;
    uintptr_t end;
    uintptr_t base; /* where its file begins: addr2line takes the distance from there */
    char name[NEAP_ADDRESS_NAME]; /* of its file, without folders; "" for none */
};

struct neap_address_map {
    struct neap_code_area areas[NEAP_ADDRESS_AREAS];
    size_t count;
    uintptr_t stack;     /* the stack pointer that was given to _read */
    uintptr_t stack_end; /* of the readable area that it points into; 0: it does not */
};

/* --- its thread, in a signal handler ----------------------------------------- */
/* False: the system does not tell. */
bool neap_address_map_read(struct neap_address_map *map, uintptr_t stack);

/* The code at `address`, or NULL. */
const struct neap_code_area *neap_address_map_find(const struct neap_address_map *map,
                                                   uintptr_t address);

/* The next return address on the stack, from `*at` on, which moves behind it; 0: there is no
 * more. Looks no further than `max` bytes from the stack pointer. */
uintptr_t neap_address_map_next_return(const struct neap_address_map *map, uintptr_t *at,
                                       size_t max);

#endif
