/* match.h - patterns of selective receive, matched on encoded messages.
 * Owns:      a pattern owns its bytes.
 * Threads:   the carrier of the process; _matches needs no Lua state.
 * Bounds:    NEAP_PATTERN_BYTES encoded.
 * Invariant: equal as Lua's raw equality: 0 is -0, NaN equals nothing, handles by what they
 *            mean. Signals and calls match as the tables that receive would build. */
#ifndef NEAP_VM_MATCH_H
#define NEAP_VM_MATCH_H

#include "base/bytes.h"
#include "core/message.h"
#include "vm/handle.h"
#include "vm/scratch.h"

#include <lua.h>
#include <stdbool.h>

enum { NEAP_PATTERN_BYTES = 64 * 1024 };

struct neap_pattern { /* embedded per process: it outlives the slice that made it */
    struct neap_bytes bytes; /* count pairs of position and value */
    uint32_t count;
};

/* --- the carrier of the state --------------------------------------------- */
void neap_pattern_init(struct neap_pattern *p);
void neap_pattern_fini(struct neap_pattern *p);

/* Makes the pattern of the tag (string) or prefix (table) at `index`; a nil in a prefix
 * matches anything. NEAP_EINVALID: misuse, s->error says `match[2] is a table: ...`. */
NEAP_MUST_CHECK int neap_pattern_set(struct neap_pattern *p, struct neap_scratch *s,
                                     lua_State *L, const struct neap_handles *h, int index);

bool neap_pattern_matches(const struct neap_pattern *p, const struct neap_message *m);

#endif
