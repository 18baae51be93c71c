/* registry.h - from a name to a process.
 * Owns:      its entries; each is also on the list of names of its process.
 * Threads:   any; a read-write lock, taken after a process's lock, never before.
 * Bounds:    a name is at most NEAP_NAME_MAX bytes; the handles limit bounds how many a
 *            process takes, and once more how many it is given by others: those do not
 *            count as its handles, or who may name it could use them up.
 * Invariant: a name belongs to at most one process, alive or just ending. */
#ifndef NEAP_CORE_REGISTRY_H
#define NEAP_CORE_REGISTRY_H

#include "base/assert.h"
#include "core/pid.h"

#include <stdbool.h>
#include <stddef.h>

enum { NEAP_NAME_MAX = 128 };

struct neap_registry;
struct neap_process;
struct neap_node;

/* --- the thread that makes or frees the node ------------------------------- */
struct neap_registry *neap_registry_new(void);
void neap_registry_free(struct neap_registry *r);

/* --- any thread ---------------------------------------------------------- */
/* True for [A-Za-z_][A-Za-z0-9_.:-]* of at most NEAP_NAME_MAX bytes. */
bool neap_name_is_valid(const char *name, size_t size);

/* The process of that name, or a pid that is none. */
struct neap_pid neap_registry_find(struct neap_registry *r, const char *name);

/* 0; NEAP_ETAKEN with the `holder`; NEAP_ENOPROC: no such process. For the process itself,
 * whose handles limit is the caller's to ask. */
NEAP_MUST_CHECK int neap_register(struct neap_node *node, const char *name,
                                  struct neap_pid pid, struct neap_pid *holder);

/* The same for another process; NEAP_ELIMIT: it was given as many as it may have handles. */
NEAP_MUST_CHECK int neap_register_other(struct neap_node *node, const char *name,
                                        struct neap_pid pid, struct neap_pid *holder);

/* 0, or NEAP_ENOPROC when nobody has the name. */
NEAP_MUST_CHECK int neap_unregister(struct neap_node *node, const char *name);

/* --- holder of the process's lock ------------------------------------------ */
/* As neap_register, for a process that is being made. */
NEAP_MUST_CHECK int neap_registry_add(struct neap_registry *r, const char *name,
                                      struct neap_process *p, struct neap_pid *holder);
/* The oldest of its names, lent while the lock is held; "" for none. */
const char *neap_registry_name_of(const struct neap_process *p);
/* Frees all names of a process that ends. */
void neap_registry_drop(struct neap_registry *r, struct neap_process *p);

#endif
