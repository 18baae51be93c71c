/* processes.h - every process of a node, by slot.
 * Owns:      the memory of all processes, for the node's life (type-stable).
 * Threads:   any; a mutex guards taking and giving slots, finding takes no lock.
 * Bounds:    NEAP_PROCESSES_MAX alive at once.
 * Invariant: a slot is free or held by one process; free slots are reused last in, first
 *            out, each time with the next generation. */
#ifndef NEAP_CORE_PROCESSES_H
#define NEAP_CORE_PROCESSES_H

#include "base/assert.h"
#include "core/pid.h"

#include <stdint.h>

struct neap_process;
struct neap_processes;
struct neap_node;

enum { NEAP_PROCESSES_MAX = 1 << 22 };

/* --- the thread that makes or frees the node ------------------------------- */
struct neap_processes *neap_processes_new(struct neap_node *node);
void neap_processes_free(struct neap_processes *all);

/* --- any thread ---------------------------------------------------------- */
/* Gives a slot, still DEAD: spawn.c fills it under its lock. NULL: all are taken. */
struct neap_process *neap_processes_take(struct neap_processes *all);
void neap_processes_give(struct neap_processes *all, struct neap_process *p);

/* Lends the process in the slot of `pid`, dead or another one as may be: lock it and ask
 * neap_process_is. NULL: the pid is none, of another node, or beyond every slot. */
struct neap_process *neap_processes_find(const struct neap_processes *all,
                                         struct neap_pid pid);

/* The process in slot i, whatever its state; NULL past the last. For listings. */
struct neap_process *neap_processes_at(const struct neap_processes *all, uint32_t i);

uint32_t neap_processes_slots(const struct neap_processes *all); /* made so far */
uint64_t neap_processes_live(const struct neap_processes *all);
uint32_t neap_processes_tag(const struct neap_processes *all);

#endif
