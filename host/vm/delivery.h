/* delivery.h - a message as receive returns it.
 * Owns:      nothing; the message stays its owner's, who must be on the process's C side:
 *            pushing may leave the VM for good.
 * Threads:   the carrier of the state.
 * Bounds:    none beyond the message's.
 * Invariant: one value per message, never nil. */
#ifndef NEAP_VM_DELIVERY_H
#define NEAP_VM_DELIVERY_H

#include "core/message.h"
#include "vm/handle.h"

#include <lua.h>

/* --- the carrier of the state --------------------------------------------- */
/* Pushes the value of VALUE and TIMER, {"EXIT", pid, reason}, {"DOWN", ref, pid or name,
 * reason}, {"CALL", from, name, args...}, {"CAST", name, args...}. Gives 1. */
int neap_push_message(lua_State *L, struct neap_handles *h, const struct neap_message *m);

/* Pushes the list in the payload of CALL, CAST (name, args...), REPLY (results) or REFUSED
 * (one error object); gives the number of values. */
int neap_push_arguments(lua_State *L, struct neap_handles *h, const struct neap_message *m);

#endif
