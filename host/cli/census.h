/* census.h - the processes of a node as they are now, from C data only.
 * Owns:      the array until _fini.
 * Threads:   any; takes each process's lock for a moment, none for long.
 * Bounds:    the processes of the node.
 * Invariant: none of it asks a worker for anything: it answers when all are stuck. */
#ifndef NEAP_CLI_CENSUS_H
#define NEAP_CLI_CENSUS_H

#include "core/node.h"
#include "core/process.h"

#include <stdbool.h>
#include <stddef.h>

struct neap_census { /* a plain value */
    struct neap_process_info *items;
    size_t count;
};

/* --- any thread ---------------------------------------------------------- */
void neap_census_init(struct neap_census *census, struct neap_node *node);
void neap_census_fini(struct neap_census *census);

/* What all processes hold together. */
struct neap_census_sum { /* a plain value */
    uint64_t links;      /* each has two ends */
    uint64_t monitors;
    uint64_t timers;
    uint64_t names;
    uint64_t children;
    uint64_t messages;
    uint64_t message_bytes;
};

struct neap_census_sum neap_census_sum(struct neap_node *node);

/* The first process: the root supervisor, or `main` of a single file. False: it is over. */
bool neap_census_root(struct neap_node *node, struct neap_process_info *info);

/* "running", "ready" or "waiting", as neap.info says it. */
const char *neap_census_state(const struct neap_process_info *info);

/* What people call it: its name, else its id, else what it runs. Lent by `info`. */
const char *neap_census_title(const struct neap_process_info *info);

#endif
