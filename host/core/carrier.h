/* carrier.h - an OS thread that drives a worker, or runs a process it was detached with.
 * Owns:      its thread and its pulse.
 * Threads:   see the headings. Its own thread includes the signal handler that runs on it.
 * Bounds:    core/spares.h makes them, and bounds them.
 * Invariant: each worker has one carrier, which has it: only that one touches the worker's
 *            queue, timers and I/O loop (of one that dozes, see placement.h). A worker changes hands by one step, `hand` in
 *            carrier.c, of the thread that has it, to one that is blocked.
 *
 *       .------------- its slice is over: it has no worker ------------.
 *       v                                                              |
 *     IDLE --offered--> OFFERED --hand--> DRIVES --detach--> DETACHED -'
 *       ^                 | ^               |  ^                 |
 *       |'---withdrawn----' |               |  |                 | attach
 *       '-----lends it------+---------------'  '----hand---.     v
 *                           '------offered---------------- WAITS
 *
 *  DRIVES:   it has a worker, and runs its main loop, or a slice below it.
 *  DETACHED: in the middle of a slice the worker was given to another carrier, for the sake
 *            of those that waited for it. The process goes on here, and touches no worker.
 *  WAITS:    blocked in that slice, until a worker is lent to it: the process has come to
 *            something that touches one. Its `lend` is queued at the process's worker; when
 *            it comes to the front, the carrier that runs it hands its worker over, and
 *            becomes a spare itself.
 *  IDLE:     a spare: blocked, and holds nothing.
 *  OFFERED:  blocked as before (IDLE or WAITS), but the monitor thread has reserved it for a
 *            carrier whose slice lasts too long.
 *
 * Why no lock: what is handed over is ordered by the semaphore `given`. The giver has the
 * worker, stores it, and posts; the taker was blocked, and reads it behind its wait. That
 * nobody is handed two workers is decided by `state`: a blocked carrier is taken out of IDLE
 * or WAITS by compare-and-swap, by the monitor thread (OFFERED) or by the carrier that runs
 * its `lend` (DRIVES), whoever is first. That no reserved carrier is used twice is decided by
 * `offer`: who exchanges it for NULL has it, the handler on the carrier that was asked or the
 * monitor thread that takes it back.
 *
 * Why in a signal handler: only there is it certain where the slice stands. It detaches only
 * at an instruction of the VM (cell.c), outside of critical sections, so no function of ours
 * is in the middle of something with the worker; and as the thread itself stores that it has
 * none any more, it needs not be told. */
#ifndef NEAP_CORE_CARRIER_H
#define NEAP_CORE_CARRIER_H

#include "base/clock.h"
#include "core/pid.h"
#include "core/pulse.h"

#include <stdbool.h>
#include <stdint.h>

struct neap_carrier;
struct neap_node;
struct neap_process;
struct neap_worker;

enum neap_carrier_state {
    NEAP_CARRIER_IDLE,
    NEAP_CARRIER_OFFERED,
    NEAP_CARRIER_DRIVES,
    NEAP_CARRIER_DETACHED,
    NEAP_CARRIER_WAITS,
};

/* --- spares.c: the thread that makes and frees the node, or the monitor thread ---- */
struct neap_carrier *neap_carrier_new(struct neap_node *node, int priority);
void neap_carrier_free(struct neap_carrier *c);

/* Gives it a worker before its thread starts: also for tests, which start none. */
void neap_carrier_take(struct neap_carrier *c, struct neap_worker *w);

/* Starts its thread, which drives the worker it has, or is IDLE. False: the system has no
 * thread left. */
bool neap_carrier_start(struct neap_carrier *c);
size_t neap_carrier_stack_bytes(void); /* address space that a thread takes */

/* Joins its thread: it is IDLE, or will be, or its worker stops; and nobody hands it one. */
void neap_carrier_stop(struct neap_carrier *c);

/* What runs on a carrier, as far as can be told without a lock. Lent by the process. */
struct neap_glimpse {
    bool drives;         /* a worker: */
    uint32_t worker;     /* its index */
    struct neap_pid pid; /* of the process whose slice runs; none */
    const char *id;      /* "" for none, as the next one */
    const char *module;
};

/* --- its own thread ---------------------------------------------------------- */
/* For a signal handler that ends the program. What it reads is written by this thread alone,
 * or before the process could be found: at worst one of the texts is half of a new one. */
void neap_carrier_glimpse(const struct neap_carrier *c, struct neap_glimpse *glimpse);

/* The calling thread's, or NULL. */
struct neap_carrier *neap_carrier_current(void);

/* For tests without threads: from now on the calling thread passes for `c`, or for none. */
struct neap_carrier *neap_carrier_pass_for(struct neap_carrier *c);

/* The worker it drives, or NULL. Not to be kept over anything that may detach it. */
struct neap_worker *neap_carrier_worker(const struct neap_carrier *c);

struct neap_pulse *neap_carrier_pulse(struct neap_carrier *c);
void *neap_carrier_context(const struct neap_carrier *c); /* the layer above's */
void neap_carrier_set_context(struct neap_carrier *c, void *context);

/* Around the slice of `p`. */
void neap_carrier_begin_slice(struct neap_carrier *c, struct neap_process *p);
void neap_carrier_end_slice(struct neap_carrier *c, struct neap_process *p,
                            bool has_yielded);

/* What runs here, if anything, computes: its slice goes on with an interrupted turn. */
bool neap_carrier_computes(const struct neap_carrier *c);

/* A turn of `p`, whose slice runs here, begins: the pulse gets a new token. */
void neap_carrier_begin_turn(struct neap_carrier *c, struct neap_process *p);

/* CPU time that the turn which was found over its limit had used. */
neap_time neap_carrier_due_cpu(const struct neap_carrier *c);

/* In a slice that may be detached here: if the monitor thread has asked for it, another
 * carrier gets the worker. Async-signal-safe. True if that happened. */
bool neap_carrier_detach(struct neap_carrier *c);

static inline bool neap_carrier_is_detached(struct neap_pulse *pulse) {
    return pulse->detached;
}

/* In a slice: blocks until it drives the worker of its process (again). For what touches the
 * worker; between this and that there may be no place where it can be detached. */
void neap_carrier_attach(struct neap_carrier *c);

/* --- monitor thread ---------------------------------------------------------- */
enum neap_carrier_state neap_carrier_state(const struct neap_carrier *c);

/* Ends the turn that has used too much CPU time, or whose process is doomed: signals it.
 * Charges the process. True if a turn has to end. */
bool neap_carrier_watch(struct neap_carrier *c);

/* CPU time of its thread, as of the last watch. */
neap_time neap_carrier_seen_cpu(const struct neap_carrier *c);

/* Interrupts it: its handler looks at what was asked. */
void neap_carrier_interrupt(struct neap_carrier *c);

/* Reserves `c`, which is IDLE, or WAITS for `w`; false: it is something else by now. */
bool neap_carrier_reserve(struct neap_carrier *c, struct neap_worker *w);

/* Asks `c` to hand its worker to `spare`, a reserved one, if the turn `token` still runs. */
void neap_carrier_ask(struct neap_carrier *c, struct neap_carrier *spare, uint64_t token);

/* Takes that back: true, and the spare is as it was before; false: it was not asked, or has
 * done it. */
bool neap_carrier_withdraw(struct neap_carrier *c);
bool neap_carrier_is_asked(const struct neap_carrier *c);

/* While DETACHED: its age, as the number of detachments in the node before it. */
uint64_t neap_carrier_detached_at(const struct neap_carrier *c);

/* True if the slice that it was detached with has to end, or has: it is a spare soon. */
bool neap_carrier_is_ending(const struct neap_carrier *c);

/* Ends the process that `c` was detached with. Takes `reason`. */
struct neap_reason;
void neap_carrier_discard(struct neap_carrier *c, const struct neap_reason *reason);

#endif
