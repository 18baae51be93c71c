/* rest.h - the processes of a worker that wait, so that those that wait long take less memory.
 * Owns:      none: processes embed their links.
 * Threads:   the worker's carrier.
 * Bounds:    32 processes go to rest at a time; others run in between.
 * Invariant: a process is on a list exactly while it is parked here, has no deadline soon, and
 *            does not rest. The timer is set exactly while a list has one.
 *
 * Resting takes 20 us, waking up 40, and more where the system is slow to give pages: 100,000
 * processes that are all woken at once would be late by seconds. So it is for those that wait
 * for many seconds, sooner only when memory is short; and for times when the worker has nothing
 * else to do, unless memory is short. One that is woken soon after it went to
 * rest waits four times longer before it does so again. */
#ifndef NEAP_CORE_REST_H
#define NEAP_CORE_REST_H

#include "base/list.h"
#include "core/timers.h"

#include <stdbool.h>

struct neap_node;
struct neap_process;

enum { NEAP_REST_LEVELS = 4 };

/* On level 0, four times as long on the next; a quarter of it when memory is short. The default
 * of neap_node_options.rest_after. */
#define NEAP_REST_AFTER (12000 * NEAP_MS)
#define NEAP_REST_WORTH (10000 * NEAP_MS) /* one that rests shorter goes up a level */

struct neap_rest {                              /* embedded in the worker */
    struct neap_list waiting[NEAP_REST_LEVELS]; /* by level, those that wait longest first */
    struct neap_timer timer;
    struct neap_timers *timers;
    struct neap_node *node;
    neap_time now;   /* when its timer is looked at */
    neap_time asked; /* when it was asked whether memory is short */
    bool is_short;
    bool was_idle; /* the worker had nothing to do since the last time */
};

/* --- the worker's carrier -------------------------------------------------- */
void neap_rest_init(struct neap_rest *rest, struct neap_node *node,
                    struct neap_timers *timers);

/* Timers fire at `now`; to be called before. */
void neap_rest_set_now(struct neap_rest *rest, neap_time now);

/* The worker found nothing to run. */
void neap_rest_note_idle(struct neap_rest *rest);

/* It was parked, and its lock is free again. */
void neap_rest_parked(struct neap_rest *rest, struct neap_process *p, neap_time now);

/* It runs, or goes to another worker. */
void neap_rest_taken(struct neap_process *p, neap_time now);

#endif
