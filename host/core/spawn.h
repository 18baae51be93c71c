/* spawn.h - making a process.
 * Owns:      the body, from the call on, also when it fails.
 * Threads:   the parent's slice; any thread when there is no parent.
 * Bounds:    NEAP_PROCESSES_MAX; the parent's handles limit is asked by the caller.
 * Invariant: link, monitor and name are there before the first instruction runs, so a
 *            process that dies at once still tells whoever asked (SIG-17, MON-13). */
#ifndef NEAP_CORE_SPAWN_H
#define NEAP_CORE_SPAWN_H

#include "base/assert.h"
#include "core/limits.h"
#include "core/pid.h"

#include <stdbool.h>

struct neap_node;
struct neap_process;
struct neap_body;
struct neap_resource;
struct neap_worker;
struct neap_grants;

struct neap_spawn_options {      /* a plain value; the texts are lent for the call */
    struct neap_process *parent; /* whose slice this is; NULL: the node */
    struct neap_pid adopter; /* without `parent`: whose child it is; none: the node's */
    struct neap_worker *worker; /* where; NULL: where the fewest are */
    /* It holds this from the start; `kind` is set. Only on `worker`'s carrier. NULL: none. */
    struct neap_resource *resource;
    struct neap_body *body;
    struct neap_limits limits;
    struct neap_grants *grants; /* a reference is taken; NULL: the parent's; or nothing */
    bool link;
    bool monitor;
    bool ack; /* the parent opens a call that neap_spawn_ack of the child answers */
    bool trap_parent;   /* see neap_process_trap_parent */
    bool protected_;    /* no process can end it by a signal */
    const char *name;   /* to register, or NULL */
    const char *id;     /* under its supervisor, or NULL */
    const char *module; /* for people, or NULL */
    bool supervisor;
};

struct neap_spawned { /* a plain value */
    struct neap_pid pid;
    uint64_t ref;           /* of the monitor, or of the call that waits for the ack */
    struct neap_pid holder; /* NEAP_ETAKEN: who has the name */
};

/* --- the parent's slice, or any thread without a parent -------------------------- */
/* 0, NEAP_ETAKEN, NEAP_ELIMIT (the node is full) or NEAP_ENOPROC (the adopter has ended).
 * Takes options->body. */
NEAP_MUST_CHECK int neap_spawn(struct neap_node *node,
                               const struct neap_spawn_options *options,
                               struct neap_spawned *out);

/* --- the child's slice ------------------------------------------------------- */
/* The reference its spawner waits for, once: 0 afterwards, or when nobody does. */
uint64_t neap_spawn_take_ack(struct neap_process *self);

#endif
