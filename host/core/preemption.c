#include "core/preemption.h"

#include "core/carrier.h"
#include "core/spares.h"
#include "core/worker.h"

#include <stdbool.h>

static const neap_time SLICE = NEAP_MS;
static const neap_time GRACE = 100000;         /* ns, for a slice to yield of itself */
static const neap_time PATIENCE = 5 * NEAP_MS; /* while nobody is known to wait */

/* Of CPU time that the slice has used while no spare is left. The clock on the wall goes on
 * where other programs, or those that are away, take the processor: then processes that
 * compute for 200 ms were discarded. */
static const neap_time URGENT = 500 * NEAP_MS;

/* Another turn than at the last look, or none. */
static void begin(struct neap_preemption *x, struct neap_carrier *c, uint64_t turn,
                  neap_time now) {
    if (x->carrier != NULL && neap_carrier_is_asked(x->carrier))
        neap_carrier_withdraw(x->carrier);
    *x = (struct neap_preemption){
        .carrier = c, .turn = turn, .since = now, .cpu = neap_carrier_seen_cpu(c)
    };
}

static bool is_new(const struct neap_preemption *x, struct neap_carrier *c, uint64_t turn) {
    return c != x->carrier || turn != x->turn;
}

static void interrupt(struct neap_preemption *x, struct neap_worker *w, neap_time now) {
    if (x->asked == 0)
        x->asked = now;
    x->told = now;
    neap_worker_set_due(w);
    neap_pulse_pause(neap_carrier_pulse(x->carrier), x->turn);
    neap_carrier_interrupt(x->carrier);
}

static bool is_urgent(const struct neap_preemption *x, const struct neap_carrier *c) {
    return neap_carrier_seen_cpu(c) >= x->cpu + URGENT;
}

static bool should_detach(const struct neap_preemption *x, struct neap_worker *w,
                          bool timer_is_due, neap_time now) {
    if (x->asked == 0 || now < x->asked + GRACE)
        return false;
    return timer_is_due || now >= x->asked + PATIENCE || neap_worker_has_waiting(w);
}

static neap_time earlier(neap_time a, neap_time b) {
    return a < b ? a : b;
}

neap_time neap_preemption_look(struct neap_preemption *x, struct neap_worker *w,
                               struct neap_spares *spares, neap_time now) {
    struct neap_carrier *c = neap_worker_carrier(w);
    uint64_t limit;
    uint64_t turn = neap_pulse_look(neap_carrier_pulse(c), &limit);
    if (is_new(x, c, turn))
        begin(x, c, turn, now);
    if (neap_worker_is_asleep(w) || neap_carrier_state(c) != NEAP_CARRIER_DRIVES)
        return NEAP_FOREVER;
    neap_time timer = neap_worker_next_timer(w);
    if (turn == 0)
        return timer > now ? timer : NEAP_FOREVER; /* a slice may run by then */
    bool is_due = now >= timer || now >= x->since + SLICE;
    bool detaches = should_detach(x, w, now >= timer, now) &&
                    neap_spares_offer(spares, c, w, turn, is_urgent(x, c));
    bool repeats = x->asked == 0 || now >= x->told + SLICE;
    if (detaches || (is_due && repeats))
        interrupt(x, w, now);
    if (x->asked != 0)
        return now + GRACE;
    return earlier(timer, x->since + SLICE);
}
