/* process_fields.h - the inside of a process, for the files of core alone.
 * Owns:      see process.h.
 * Threads:   `lock` guards everything below it; what stands above says for itself.
 * Bounds:    see process.h.
 * Invariant: lock order: process, then registry or a worker's `doze` (placement.h). Never two
 *            processes but in link.c. */
#ifndef NEAP_CORE_PROCESS_FIELDS_H
#define NEAP_CORE_PROCESS_FIELDS_H

#include "base/lock.h"
#include "base/map.h"
#include "core/grants.h"
#include "core/mailbox.h"
#include "core/process.h"
#include "core/resource.h"
#include "core/runqueue.h"
#include "core/timers.h"

#include <stdatomic.h>

struct neap_sender {       /* a process that waits for room in another's mailbox */
    struct neap_list link; /* in the receiver's `senders`; its lock guards it */
    struct neap_process *receiver; /* written by the sender itself */
    struct neap_message *message;  /* the receiver's lock; NULL once it was delivered */
    bool queued;                   /* the receiver's lock */
};

struct neap_call {               /* the one call a process may wait for */
    uint64_t ref;                /* 0: none is open, or it is settled */
    struct neap_process *target; /* where `ref` is among the watchers, or NULL */
    struct neap_message *reply;
    struct neap_reason reason; /* the target's, when `failed` */
    bool failed;
};

struct neap_process {
    /* --- any thread: written once, before the process can be found --- */
    struct neap_node *node;
    uint32_t slot;

    /* Written under `lock` by whoever ends the process, read by the kill signal's handler
     * and by the monitor thread without it. Relaxed: it only ever makes them look again,
     * and whoever acts on it takes the lock (or is the process's own carrier) first. */
    _Atomic(int) doomed; /* enum neap_doom */

    /* Written by the carrier and the monitor thread, read by anybody for show: relaxed. */
    _Atomic(uint64_t) memory;
    _Atomic(uint64_t) memory_peak;
    _Atomic(uint64_t) cpu;
    _Atomic(uint64_t) turns;

    /* enum neap_process_state. Written under `lock`, but for READY to RUNNING, which is its
     * worker's alone and makes no difference to others; hence atomic, and relaxed. */
    _Atomic(int) state;

    /* 1 when anything is in the mailbox. Written under `lock`; read by the process itself
     * without it, to save the lock when there is nothing. Relaxed: a message that comes just
     * then leaves its event, which parking looks at under the lock. */
    _Atomic(int) has_mail;

    /* The message that woke it, if it waited for any: it did not go through the mailbox.
     * Written by the sender under `lock` while PARKED, taken back by the process's own
     * slice, which the run queue puts after; looked at by others for show. Relaxed. */
    _Atomic(struct neap_message *) handed;

    /* enum neap_jit_state. Written by the process's carrier, read by anybody for show:
     * relaxed. */
    _Atomic(int) jit;

    struct neap_lock lock;
    /* --- holder of the lock --- */
    struct neap_pid pid; /* while DEAD, of the process that was */
    struct neap_pid parent;
    unsigned events; /* since it was made READY, and not found out by itself meanwhile */
    unsigned waits;  /* while PARKED */
    struct neap_worker *worker;
    struct neap_task task;
    struct neap_mailbox mailbox;
    struct neap_list senders; /* struct neap_sender, served in order */
    struct neap_map links;    /* slot + 1 -> process */
    struct neap_map monitors; /* ref -> struct neap_monitor */
    struct neap_map watchers; /* ref -> process that made the monitor or call */
    struct neap_map timers;   /* id -> struct neap_alarm; changed by its worker only */
    struct neap_list names;   /* struct neap_name of registry.c */
    struct neap_list shown;   /* child.c: what a supervisor lets people see */
    struct neap_map shown_by_key;
    uint64_t alarm_bytes; /* of the messages in `timers` */
    uint32_t name_count;
    uint32_t given_names; /* of them: by other processes, so not its handles */
    uint32_t children;
    struct neap_call call;
    struct neap_reason doom; /* why it must end, when doomed */
    bool trap_exit;
    bool trap_parent;
    bool protected_; /* exit signals of other processes do not reach it */
    bool supervisor;
    bool resourceful;
    bool told_to_end; /* a supervisor, by its parent: it waits for no start any more */
    struct neap_version *version; /* version.c; or NULL */
    uint64_t code;                /* of its module, for people */
    char id[129];
    char module[129];
    char listen[64];
    const char *image;
    /* --- its own slice, or its worker while it ends --- */
    struct neap_body *body;
    struct neap_list resources; /* struct neap_resource */
    bool continues;       /* its last slice yielded: the next belongs to the same turn */
    neap_time turn_spent; /* in former slices of the turn, counted in ticks */
    struct neap_limits limits;
    struct neap_grants *grants; /* replaced by its own slice under `lock`: others may look */
    struct neap_sender sender;
    struct neap_timer deadline_timer;
    neap_time deadline;
    unsigned pending_waits;
    struct neap_reason reason;
    struct neap_list rest_link; /* rest.c, with the next three */
    neap_time parked_at;        /* or went to rest */
    uint8_t rest_level;
    bool rests;
    uint64_t ack_ref; /* the spawner waits for it, 0: nobody */
    neap_time started;
};

/* True while `p` is the process `pid`, alive. Holder of the lock. */
static inline bool neap_process_is(const struct neap_process *p, struct neap_pid pid) {
    return p->state != NEAP_PROCESS_DEAD && p->pid.generation == pid.generation;
}

/* Its process has ended. On its worker's carrier. */
void neap_resource_release_all(struct neap_process *p);

/* How many bytes of signals and timer messages may wait: what mailbox.bytes allows, and room
 * for a signal of each handle. Holder of the lock. */
uint64_t neap_process_urgent_max(const struct neap_process *p);

/* A signal was queued. It can not be dropped, or somebody would not be told of an end; a
 * process that does not read what it asked for ends instead. Holder of the lock. */
void neap_process_bound_signals(struct neap_process *p);

/* Wakes `p` with the message, if it is PARKED and takes any: then the mailbox is empty, and
 * a message through it would cost another lock. Holder of the lock. */
bool neap_process_hand(struct neap_process *p, struct neap_message *m);

/* The event happened: makes `p` READY if it waits for it. Holder of the lock. */
void neap_process_wake(struct neap_process *p, enum neap_event event);

/* `p` must end with `reason` (of which it takes a reference of its own). Holder of the
 * lock. The first reason stays. */
void neap_process_doom(struct neap_process *p, struct neap_reason reason);

/* The same because of a limit of its own. */
void neap_process_doom_over(struct neap_process *p, struct neap_reason reason);

#endif
