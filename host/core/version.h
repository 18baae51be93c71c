/* version.h - which version of its code a process runs, as a service says of itself.
 * Owns:      the version of each process that has one, until it ends.
 * Threads:   see the headings; guarded by the process's lock.
 * Bounds:    a text is cut at NEAP_VERSION_TEXT bytes.
 * Invariant: for show only: no decision of the host depends on it. */
#ifndef NEAP_CORE_VERSION_H
#define NEAP_CORE_VERSION_H

#include "core/pid.h"

#include <stdbool.h>

enum { NEAP_VERSION_TEXT = 64 };

struct neap_process;
struct neap_node;

struct neap_version { /* a plain value */
    bool is_number;
    double number;
    char text[NEAP_VERSION_TEXT + 1]; /* when it is no number */
};

/* --- the process's own slice ---------------------------------------------------- */
void neap_version_set(struct neap_process *self, const struct neap_version *version);
void neap_version_drop(struct neap_process *self); /* it has none; also when it ends */

/* --- any thread ---------------------------------------------------------- */
/* False: there is no such process, or it has none. */
bool neap_version_get(struct neap_node *node, struct neap_pid pid,
                      struct neap_version *version);

#endif
