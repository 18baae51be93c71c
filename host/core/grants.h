/* grants.h - the capabilities of a process: what it may reach beyond itself.
 * Owns:      its grants (grant.h).
 * Threads:   whoever makes one has it alone until it gives it away; from then on it does not
 *            change, and any thread may read it that has a reference.
 * Bounds:    NEAP_GRANTS_MAX of at most NEAP_GRANT_BYTES each.
 * Invariant: a set that was made `within` another one never allows what that does not. */
#ifndef NEAP_CORE_GRANTS_H
#define NEAP_CORE_GRANTS_H

#include "core/grant.h"

#include <stdint.h>

enum { NEAP_GRANTS_MAX = 64 };

struct neap_grants;

/* --- any thread: making one ------------------------------------------------- */
struct neap_grants *neap_grants_new(void); /* nothing; one reference */
/* What an application has that asks for nothing: net, env, names, control, and fs in its own
 * `folder`, absolute; as far as `within` (NULL: everything) has it. One reference. */
struct neap_grants *neap_grants_default(const char *folder,
                                        const struct neap_grants *within);

/* Adds what `text` says, if `within` (NULL: everything) has it. 0; or what neap_grant_read
 * gives, NEAP_ETAKEN (it is there already), NEAP_ELIMIT (no more), NEAP_EDENIED (`within` has
 * it not), with what is wrong in `why`, as there. Not once it is given away. */
NEAP_MUST_CHECK int neap_grants_add(struct neap_grants *g, const char *folder,
                                    const struct neap_grants *within, const char *text,
                                    size_t size, char why[NEAP_GRANT_WHY]);

/* --- any thread -------------------------------------------------------------- */
struct neap_grants *neap_grants_ref(struct neap_grants *g); /* gives `g` */
void neap_grants_unref(struct neap_grants *g);              /* NULL is allowed */

/* Whether it has one of the capabilities in `bits`; of those that are for a folder, a module or
 * a prefix, any. */
bool neap_grants_have(const struct neap_grants *g, unsigned bits);
bool neap_grants_have_name(const struct neap_grants *g, const char *name);

/* The widest grant by which `path` may be read, or written. `path` is absolute and normalized.
 * NULL: none. */
const struct neap_grant *neap_grants_of_path(const struct neap_grants *g,
                                             const char *path, bool writes);

/* Whether `g` has all that `other` has. */
bool neap_grants_cover(const struct neap_grants *g, const struct neap_grants *other);

/* What it holds, in the order it was added; NULL behind the last. */
const char *neap_grants_text(const struct neap_grants *g, size_t i);

/* "net, env": cut to `size`, with "..." then; "nothing". */
void neap_grants_line(const struct neap_grants *g, char *to, size_t size);

#endif
