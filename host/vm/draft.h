/* draft.h - new code of modules that is not in effect yet: what a reload tries.
 * Owns:      the bytecode it holds, and the names in it.
 * Threads:   one at a time: the carrier of the trial, and the main thread once that ended.
 * Bounds:    the modules of the program.
 * Invariant: nothing of it reaches a process but the trial until neap_modules_commit. */
#ifndef NEAP_VM_DRAFT_H
#define NEAP_VM_DRAFT_H

#include "base/bytes.h"
#include "base/list.h"
#include "base/strings.h"

#include <stdbool.h>

struct neap_blob;
struct neap_draft;

struct neap_draft_module { /* open for modules.c, which takes the code over */
    struct neap_list link;
    char *name;
    char *path;
    uint64_t hash;
    struct neap_blob *bytecode;
    struct neap_strings requires; /* as far as the trial saw */
};

/* --- one thread at a time ------------------------------------------------- */
struct neap_draft *neap_draft_new(void);
void neap_draft_free(struct neap_draft *d); /* NULL is allowed */

/* New code of a module; it had none in the draft before. Copies all. */
void neap_draft_put(struct neap_draft *d, const char *name, const char *path,
                    uint64_t hash, const struct neap_bytes *bytecode);
struct neap_draft_module *neap_draft_find(struct neap_draft *d, const char *name);

/* Gives one after the other: start with NULL; NULL at the end. */
struct neap_draft_module *neap_draft_next(struct neap_draft *d,
                                          struct neap_draft_module *former);

/* With the draft, module `name` has new code: it is in the draft itself, or what it requires
 * is, directly or not. */
void neap_draft_affect(struct neap_draft *d, const char *name);
const struct neap_strings *neap_draft_affected(const struct neap_draft *d);

#endif
