/* process.h - one isolated process: its state, what it waits for, what it may spend.
 * Owns:      its mailbox, links, monitors, timers, names and body, until it ends.
 * Threads:   see the headings; fields are behind the process's own lock.
 * Bounds:    struct neap_limits.
 * Invariant: the memory is type-stable: a pointer stays a process (perhaps another one), so
 *            whoever comes with a pid locks first and compares (neap_process_is). No thread
 *            holds two process locks, except link.c, which takes them in slot order.
 *
 *   NEW --start--> READY --take--> RUNNING --park--> PARKED
 *                    ^               |  |              |
 *                    |<----yield-----'  '--end--> DEAD |
 *                    '--------------wake---------------'
 *   READY: on exactly one run queue.  RUNNING: one carrier runs it; it is on no queue.
 *   PARKED: on none; the next event of `waits` makes it READY.  DEAD: its slot is free or
 *   about to be; nobody finds it any more. */
#ifndef NEAP_CORE_PROCESS_H
#define NEAP_CORE_PROCESS_H

#include "base/clock.h"
#include "core/limits.h"
#include "core/pid.h"
#include "core/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_process;
struct neap_worker;
struct neap_grants;
struct neap_node;

enum neap_process_state {
    NEAP_PROCESS_NEW,
    NEAP_PROCESS_READY,
    NEAP_PROCESS_RUNNING,
    NEAP_PROCESS_PARKED,
    NEAP_PROCESS_DEAD,
};

/* What can wake a parked process; a set of bits. */
enum neap_event {
    NEAP_EVENT_MAIL = 1,
    NEAP_EVENT_REPLY = 2,     /* the open call was answered or failed */
    NEAP_EVENT_ROOM = 4,      /* the message it waited to send is gone */
    NEAP_EVENT_TIME = 8,      /* its deadline has passed */
    NEAP_EVENT_DOOM = 16,     /* it has to end; always waited for */
    NEAP_EVENT_IO = 64,       /* one of its resources has something for it */
    NEAP_EVENT_ANY_MAIL = 32, /* beside MAIL: it takes the next message, whatever it is */
    NEAP_EVENT_CODE = 128,    /* there is newer code for it: see vm/reload.h */
};

/* How a slice ended. */
enum neap_slice {
    NEAP_SLICE_YIELDED, /* it could go on */
    NEAP_SLICE_WAITING, /* for the events and the deadline given to neap_process_wait */
    NEAP_SLICE_EXITED,  /* with the reason given to neap_process_set_reason */
};

/* Whether the code of a process is compiled now. */
enum neap_jit_state {
    NEAP_JIT_OFF, /* not yet, or never */
    NEAP_JIT_ON,
    NEAP_JIT_REFUSED, /* there was no room for its machine code: it goes on interpreted */
};

/* What runs inside a process. Core knows no more about a Lua state than this. */
struct neap_body { /* embedded first in the real thing */
    const struct neap_body_ops *ops;
};

struct neap_body_ops {
    /* One slice, on the carrier of the process's worker. */
    enum neap_slice (*run)(struct neap_body *body, struct neap_process *process,
                           struct neap_worker *worker);
    /* Frees the body and all it holds; runs none of its code. On the worker's carrier, or
     * on the thread that frees the node. */
    void (*discard)(struct neap_body *body);
    /* It has waited for long: gives back what it does not need to wait. `run` follows, or
     * `discard`. On the worker's carrier; NULL: it can not. */
    void (*rest)(struct neap_body *body);
};

struct neap_process_info { /* a plain value: what neap.info and `neap info` show */
    struct neap_pid pid;
    struct neap_pid parent;
    enum neap_process_state state;
    struct neap_limits limits;
    uint64_t mail; /* messages in the mailbox, signals included */
    uint64_t mail_bytes;
    uint64_t refused;
    uint64_t memory; /* bytes now */
    uint64_t memory_peak;
    neap_time cpu; /* sampled by the monitor thread */
    uint64_t turns;
    neap_time started; /* on the node's clock */
    uint32_t links;
    uint32_t monitors;
    uint32_t timers;
    uint32_t names;
    uint32_t children;
    uint32_t worker;
    enum neap_jit_state jit;
    uint64_t code; /* which code of its module it runs, from 1 on; 0: of none */
    bool trap_exit;
    bool supervisor;
    bool resourceful; /* it was made for a resource, such as the requests of a server */
    char name[129];   /* one of its registered names, or "" */
    char id[129];     /* its id under its supervisor, or "" */
    char module[129]; /* what it runs, for people */
    char listen[64];  /* where it listens, or "" */
    const char *image; /* what it began as a clone of, for people; lent by the node, or "" */
};

/* --- any thread ---------------------------------------------------------- */
/* The event happened to `pid`: wakes it if it waits for that. Dead: nothing. */
void neap_process_rouse(struct neap_node *node, struct neap_pid pid, enum neap_event event);

struct neap_node *neap_process_node(const struct neap_process *p);
struct neap_body *neap_process_body(const struct neap_process *p);

/* --- the process's own slice (or, for the first three, holder of its lock) --- */
struct neap_pid neap_process_pid(const struct neap_process *p);
struct neap_pid neap_process_parent(const struct neap_process *p); /* none: the node */
const struct neap_limits *neap_process_limits(const struct neap_process *p);
struct neap_worker *neap_process_worker(const struct neap_process *p);

/* What it may reach beyond itself (grants.h). Lent. */
const struct neap_grants *neap_process_grants(const struct neap_process *p);

/* Who found that a process must end. */
enum neap_doom {
    NEAP_DOOM_NONE,
    NEAP_DOOM_SIGNAL, /* another process, or the node that stops */
    NEAP_DOOM_OVER,   /* the host: it is over a limit of its own */
};

/* The flag that the kill signal's handler reads, an enum neap_doom: not 0 when the process
 * must end. */
const _Atomic(int) *neap_process_doomed(const struct neap_process *p);

/* The slice goes on with the turn of the one before, which yielded. */
bool neap_process_continues(const struct neap_process *p);

/* It has used NEAP_WARM_CPU since its start, as sampled once a tick. */
#define NEAP_WARM_CPU (10 * NEAP_MS)
bool neap_process_is_warm(const struct neap_process *p);

/* A turn begins: from here `cpu` and `instructions` count anew. */
void neap_process_begin_turn(struct neap_process *p);

/* What the slice that is about to return WAITING waits for; `deadline` on the node's clock,
 * NEAP_FOREVER for none. */
void neap_process_wait(struct neap_process *p, unsigned events, neap_time deadline);
bool neap_process_is_late(const struct neap_process *p); /* the deadline has passed */

/* What the slice that is about to return EXITED ended with. Takes `reason`. */
void neap_process_set_reason(struct neap_process *p, struct neap_reason reason);

/* Sets trap_exit, gives the former value. */
bool neap_process_trap_exit(struct neap_process *p, bool on);

/* EXIT of the parent arrives as a message, though trap_exit is off. */
void neap_process_trap_parent(struct neap_process *p, bool on);

void neap_process_set_supervisor(struct neap_process *p, bool on);
/* From now on no other process can end it by a signal: the root supervisor is the node's. */
void neap_process_protect(struct neap_process *p);
void neap_process_set_handles(struct neap_process *p, uint64_t limit);
/* Of the first process, once the application has said what it wants. Takes a reference of its
 * own. */
void neap_process_set_grants(struct neap_process *p, struct neap_grants *grants);

/* Where it listens, for neap.info: "127.0.0.1:8080". */
void neap_process_set_listen(struct neap_process *p, const char *text);

/* What it began as a clone of. The text must stay as long as the node. */
void neap_process_set_image(struct neap_process *p, const char *text);

const char *neap_process_module(const struct neap_process *p); /* lent; before it changes it */
void neap_process_set_module(struct neap_process *p, const char *text);
void neap_process_set_code(struct neap_process *p, uint64_t code);

/* Memory in use, published by the body for neap.info; relaxed, for people only. */
void neap_process_publish_memory(struct neap_process *p, uint64_t now, uint64_t peak);

/* Whether its code is compiled now, published likewise. */
void neap_process_publish_jit(struct neap_process *p, enum neap_jit_state state);

/* 0, or NEAP_ELIMIT with the number held when one more handle is refused. */
int neap_process_check_handles(struct neap_process *p, uint64_t *held);

/* --- any thread: what a process looks like now ---------------------------- */
/* False: there is no such process. */
bool neap_process_inspect(struct neap_node *node, struct neap_pid pid,
                          struct neap_process_info *info);

/* What it may reach, with a reference; NULL: there is no such process. */
struct neap_grants *neap_process_inspect_grants(struct neap_node *node,
                                                struct neap_pid pid);

/* Whether `pid` is alive, and neither `self` nor spawned by it; and whether it supervises. */
bool neap_process_is_foreign(struct neap_node *node, struct neap_pid pid,
                             struct neap_pid self, bool *supervisor);

/* The same for whichever process is in the slot, for listings. */
bool neap_process_inspect_slot(struct neap_node *node, uint32_t slot,
                               struct neap_process_info *info);

#endif
