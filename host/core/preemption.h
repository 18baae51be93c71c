/* preemption.h - when the slice on a worker has to make way for others.
 * Owns:      none: it is embedded in the monitor thread's view of a worker.
 * Threads:   the monitor thread.
 * Bounds:    none.
 * Invariant: a slice is asked to yield when the worker's next timer is due, or when it has
 *            lasted for a tick. If it has not done so a little later, its carrier is asked to
 *            leave the worker to a spare one: at once if others are known to wait, else after
 *            some ticks, as not everything that waits can be known from outside. */
#ifndef NEAP_CORE_PREEMPTION_H
#define NEAP_CORE_PREEMPTION_H

#include "base/clock.h"

#include <stdint.h>

struct neap_carrier;
struct neap_spares;
struct neap_worker;

struct neap_preemption {          /* embedded */
    struct neap_carrier *carrier; /* that drove the worker at the last look */
    uint64_t turn;                /* that ran there then, 0: none */
    neap_time since;              /* when it was seen first */
    neap_time cpu;                /* that the carrier had used by then */
    neap_time asked;              /* when it was asked to yield first, 0: it was not */
    neap_time told;               /* when it was interrupted last */
};

/* --- monitor thread ---------------------------------------------------------- */
/* Looks at `w` and does what is due. Gives when to look again, at the latest. */
neap_time neap_preemption_look(struct neap_preemption *x, struct neap_worker *w,
                               struct neap_spares *spares, neap_time now);

#endif
