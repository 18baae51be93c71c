/* upgrade.h - a running service and the new code of its module.
 * Owns:      none: a struct neap_upgrader is embedded in the vm of a service.
 * Threads:   the carrier of the service; the lists are behind the reload's mutex.
 * Bounds:    one per service.
 * Invariant: a service whose module has newer code is told so between two messages, once for
 *            each generation, and answers once: it runs the new code, or why not. */
#ifndef NEAP_VM_UPGRADE_H
#define NEAP_VM_UPGRADE_H

#include "base/list.h"
#include "core/pid.h"

#include <stdbool.h>
#include <stdint.h>

struct neap_vm;
struct neap_module;

struct neap_upgrader { /* embedded in the vm */
    struct neap_list link;
    const struct neap_module *module; /* its own; NULL: it has none and is told nothing */
    struct neap_pid pid;
    uint64_t code;     /* which of the module it runs */
    uint64_t awaited;  /* the generation a reload waits for; 0: none */
    bool is_switching; /* it was told, and has not answered */
};

/* --- the carrier ----------------------------------------------------------- */
/* The service runs that code of module `name`, and can switch. Unknown names: nothing. */
void neap_upgrade_join(struct neap_vm *vm, const char *name, uint64_t code);

/* The process ends. On its worker's carrier, or the thread that frees the node. */
void neap_upgrade_leave(struct neap_vm *vm);

/* True if it has to switch now. Cheap: two reads, as long as nothing was reloaded. */
bool neap_upgrade_is_due(struct neap_vm *vm);

/* It is told now. */
void neap_upgrade_begin(struct neap_vm *vm);

/* The service runs the code of that generation, which is number `code` of its module; with
 * `refusal` it stays with what it had, and says why. */
void neap_upgrade_answer(struct neap_vm *vm, uint64_t generation, uint64_t code,
                         const char *refusal);

#endif
