/* grants.h - whether a process may do what a binding was asked for.
 * Owns:      none; sets that are being read hang on the vm.
 * Threads:   the carrier of the state.
 * Bounds:    those of core/grants.h.
 * Invariant: what is refused is raised, as misuse: it names the capability and the key of the
 *            spec that would grant it. A process that builds an image is never asked:
 *            bindings that ask are not pure (vm.h), or note that not everybody may have the
 *            image (vm/images.h). */
#ifndef NEAP_BIND_GRANTS_H
#define NEAP_BIND_GRANTS_H

#include "core/grants.h"
#include "core/pid.h"
#include "core/process.h"
#include "vm/vm.h"

#include <lua.h>

/* --- the carrier, holding nothing ------------------------------------------------ */
/* Raises: this process has not the capability "TEXT". */
NEAP_NORETURN void neap_refuse(lua_State *L, const char *where, const char *fmt, ...)
    NEAP_PRINTF(3, 4);

/* Returns if the process has one that is written without a colon; as cheap as a test of a bit. */
static inline void neap_need(const struct neap_vm *vm, lua_State *L,
                             enum neap_capability capability, const char *text,
                             const char *where) {
    if (!neap_grants_have(neap_process_grants(vm->process), capability))
        neap_refuse(L, where, "%s", text);
}

/* The same for using the registered name `name`. */
static inline void neap_need_name(const struct neap_vm *vm, lua_State *L,
                                  const char *name, const char *where) {
    if (!neap_grants_have_name(neap_process_grants(vm->process), name))
        neap_refuse(L, where, "names:%.128s", name);
}

/* The same for ending `pid`, or being able to by a link: without `control`, only itself and its
 * own children. */
void neap_need_control(const struct neap_vm *vm, lua_State *L, struct neap_pid pid,
                       const char *where);

/* The same for a call of `pid` by the name `what`: without `control`, none that stops a service
 * and none of a supervisor, which starts what it is told with more than the caller may have. */
void neap_need_control_to_call(const struct neap_vm *vm, lua_State *L,
                               struct neap_pid pid, const char *what, const char *where);

/* Reads the list of texts at `index` into a set of at most what `within` (NULL: everything)
 * has, which hangs on `*to`, a field of the vm, and pushes a table of what is wrong, by index:
 * { [2] = "expected ..." }. Gives how much that is. */
int neap_grants_read(struct neap_vm *vm, lua_State *L, int index,
                     const struct neap_grants *within, struct neap_grants **to);

/* Pushes the list of its texts. */
void neap_grants_push(lua_State *L, const struct neap_grants *g);

#endif
