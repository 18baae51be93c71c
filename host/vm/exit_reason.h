/* exit_reason.h - exit reasons made of Lua values, of C facts, and read back.
 * Owns:      nothing; a reason it gives holds one reference, see core/reason.h.
 * Threads:   with a lua_State: its carrier; the others any.
 * Bounds:    NEAP_REASON_BYTES encoded; a line is NEAP_REASON_LINE bytes.
 * Invariant: never fails. What can not be sent is replaced by its text, what is too much
 *            is cut; a reason holds no buffers and no functions. */
#ifndef NEAP_VM_EXIT_REASON_H
#define NEAP_VM_EXIT_REASON_H

#include "core/reason.h"
#include "vm/handle.h"
#include "vm/scratch.h"

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

enum { NEAP_REASON_LINE = 200 };

/* --- the carrier of the state --------------------------------------------- */
/* Gives the reason for the value at `index` (neap.exit). Nothing is held while Lua API
 * functions run; store the result before the next one. */
struct neap_reason neap_encode_reason(struct neap_scratch *s, lua_State *L,
                                      const struct neap_handles *h, int index);

/* Gives {kind="error", message=, traceback=, value=} for the Lua error value at `index`.
 * `traceback`: NULL, or text that lives outside the stack's garbage (or on the stack). */
struct neap_reason neap_encode_reason_error(struct neap_scratch *s, lua_State *L,
                                            const struct neap_handles *h, int index,
                                            const char *traceback);

/* Pushes one value. The caller's reference must outlive the call, also when it leaves. */
void neap_push_reason(lua_State *L, struct neap_handles *h, struct neap_reason reason);

/* --- any thread ------------------------------------------------------------ */
/* Each gives a reason with one reference. `traceback` may be NULL. */
struct neap_reason neap_reason_error(const char *message, const char *traceback);
/* `limit`: "memory", "cpu", "instructions", "mailbox", "carrier". `used` and `max` in bytes,
 * nanoseconds for "cpu" are the caller's to convert to milliseconds. */
struct neap_reason neap_reason_limit(const char *limit, double used, double max,
                                     const char *traceback);
struct neap_reason neap_reason_timeout(const char *message);
/* `address` as text, "0x8": a number of Lua does not hold all of them. `is_stack_end`: it is
 * the C stack that was used up. There is no traceback: the stack can not be read. */
struct neap_reason neap_reason_fault(const char *signal, uintptr_t address,
                                     bool is_stack_end);
struct neap_reason neap_reason_string(const char *text, size_t size);

/* Appends one readable line: a string as it is, an error object as "kind: message" (first
 * line), a table in short Lua notation. */
void neap_reason_line(struct neap_reason reason, struct neap_bytes *out);

/* Lends a string field of a reason that is a table ("kind", "message", "traceback"), while
 * the reason lives. False when there is none. */
bool neap_reason_field(struct neap_reason reason, const char *key, const char **text,
                       size_t *size);

#endif
