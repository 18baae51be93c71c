/* spares.h - all carriers of a node: those that drive workers, and spare ones to take over.
 * Owns:      the carriers.
 * Threads:   see the headings: the monitor thread makes, reserves and retires them, so it
 *            needs no lock, and never signals a thread that has ended.
 * Bounds:    a carrier for each worker, and `spares` more; each with the address space of
 *            its stack, and the memory that it has touched of it.
 * Invariant: a carrier is registered here from before its thread starts until after it ended.
 *
 * When no spare is left, a slice that lasts keeps its worker, as if there were none: others
 * wait. After half a second of its CPU time the process that was detached for longest is
 * discarded: its carrier is the next spare. At once would be too soon: thirteen requests that
 * each compute for 100 ms are no reason to end one of them. */
#ifndef NEAP_CORE_SPARES_H
#define NEAP_CORE_SPARES_H

#include <stdbool.h>
#include <stdint.h>

struct neap_carrier;
struct neap_node;
struct neap_spares;
struct neap_worker;

struct neap_spares_stats { /* a plain value; since the node started, but for the last two */
    uint64_t preemptions; /* slices that ended for the sake of others */
    uint64_t handovers;   /* slices that went on without their worker */
    uint64_t exhausted;   /* processes discarded, as no spare was left */
    uint64_t refused;     /* attempts to make a thread that the system refused */
    uint32_t carriers;    /* threads: workers and spares */
    uint32_t max;
};

/* --- the thread that makes and frees the node ------------------------------------- */
struct neap_spares *neap_spares_new(struct neap_node *node, uint32_t spares);
void neap_spares_free(struct neap_spares *s);

/* A carrier for a worker; before the node starts. Lent. */
struct neap_carrier *neap_spares_make(struct neap_spares *s, struct neap_worker *w);

/* All workers have stopped, and the monitor thread: ends the rest of the threads. */
void neap_spares_stop(struct neap_spares *s);

/* --- any thread ---------------------------------------------------------- */
void neap_spares_stats(const struct neap_spares *s, struct neap_spares_stats *stats);
void neap_spares_count_preemption(struct neap_spares *s);
uint64_t neap_spares_count_handover(struct neap_spares *s); /* how many there were before */

/* --- monitor thread ------------------------------------------------------ */
/* Judges each carrier's turn. True if one has to end. */
bool neap_spares_watch(struct neap_spares *s);

/* A process runs without a worker, or a carrier is asked to let one do. */
bool neap_spares_any_detached(const struct neap_spares *s);

/* Asks `c`, which drives `w`, to hand it to a spare, for the turn `token`; false: there is
 * none, but perhaps soon. `is_urgent`: then a process is discarded for it. */
bool neap_spares_offer(struct neap_spares *s, struct neap_carrier *c,
                       struct neap_worker *w, uint64_t token, bool is_urgent);

/* Nothing runs: a few spares stay for the next time, the threads of the others end. */
void neap_spares_retire(struct neap_spares *s);

/* Takes back what was asked of any carrier. */
void neap_spares_withdraw_all(struct neap_spares *s);

#endif
