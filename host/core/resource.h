/* resource.h - what a process holds outside of core: a connection, a file being read.
 * Owns:      nothing: a resource is embedded in what it stands for.
 * Threads:   see the headings.
 * Bounds:    none here; who makes them bounds them.
 * Invariant: each is released exactly once: taken back by who made it (neap_resource_drop),
 *            or by its kind's `release` when the process ends, however it ends. A process
 *            that holds some stays with its worker, on whose loop they live. */
#ifndef NEAP_CORE_RESOURCE_H
#define NEAP_CORE_RESOURCE_H

#include "base/list.h"

#include <stdbool.h>

struct neap_process;
struct neap_resource;

struct neap_resource_kind { /* one constant for each; its address tells them apart */
    const char *name;
    /* The process has ended and runs no more; `owner` is still readable. On its worker's
     * carrier. May not call neap_resource_drop. */
    void (*release)(struct neap_resource *resource);
};

struct neap_resource { /* embedded */
    struct neap_list link;
    const struct neap_resource_kind *kind;
    struct neap_process *owner; /* NULL: nobody's */
};

/* --- the owner's slice, or its worker between slices -------------------------- */
void neap_resource_add(struct neap_process *owner, struct neap_resource *resource,
                       const struct neap_resource_kind *kind);
void neap_resource_drop(struct neap_resource *resource); /* nothing if it has no owner */

/* The one of that kind that was added first, or NULL. */
struct neap_resource *neap_resource_find(const struct neap_process *owner,
                                         const struct neap_resource_kind *kind);

/* --- any thread that keeps the resource from being released meanwhile ---------- */
/* What the owner may wait for has happened: wakes it if it waits for NEAP_EVENT_IO. */
void neap_resource_notify(struct neap_resource *resource);

#endif
