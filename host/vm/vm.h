/* vm.h - the Lua state of one process and what the C side holds for it.
 * Owns:      its heap (and so the state), machine-code slots, buffers held, the message
 *            being decoded, and what it is to run until it has taken it.
 * Threads:   the carrier of the process's worker.
 * Bounds:    the process's limits.
 * Invariant: everything that must be released when the process is discarded at any
 *            instruction hangs here or on the heap; nothing hangs on a C stack. */
#ifndef NEAP_VM_VM_H
#define NEAP_VM_VM_H

#include "base/clock.h"
#include "core/process.h"
#include "vm/cell.h"
#include "vm/exec_arena.h"
#include "vm/handle.h"
#include "vm/match.h"
#include "vm/scratch.h"
#include "vm/upgrade.h"
#include "vm/wait.h"

#include <lua.h>

struct neap_runtime;
struct neap_draft;
struct neap_heap;
struct neap_build;
struct neap_state_image;
struct neap_grants;

/* What a new process is to run. */
enum neap_start_kind {
    NEAP_START_MODULE,
    NEAP_START_FUNCTION,
    NEAP_START_SERVICE,
    NEAP_START_HTTP,   /* a handler: lua/neap/http/handler.lua */
    NEAP_START_BOOT,   /* the first process: lua/neap/app.lua */
    NEAP_START_RELOAD, /* the trial of a reload: lua/neap/reload.lua */
    NEAP_START_IMAGE,  /* loads what an image shall hold: lua/neap/start.lua */
};

struct neap_vm_carrier {   /* what a carrier has for slices: its context */
    struct neap_cell cell; /* first: the calling thread's cell leads here */
    struct neap_scratch scratch;
    struct neap_bytes text; /* file contents, bytecode, tracebacks: for the moment */
    struct neap_vm *vm;     /* whose slice runs, or NULL */
    uint64_t random;        /* for what is to be unguessable; see neap_carrier_random */
};

/* Values that C keeps in the registry of a state, by reference. */
enum neap_slot {
    NEAP_SLOT_SIGNALS, /* weak set of the tables that receive built from signals */
    NEAP_SLOT_NAMES,   /* function that gives the by-name table of snapshots */
    NEAP_SLOT_RESOLVE, /* function that finds a value by such a name */
    NEAP_SLOT_START,   /* function that runs the process */
    NEAP_SLOT_TO,      /* of the call being waited for: whom */
    NEAP_SLOT_CALL,    /* and what */
    NEAP_SLOTS,
};

struct neap_vm {
    struct neap_body body; /* first */
    struct neap_runtime *runtime;
    struct neap_process *process;    /* NULL before its first slice */
    struct neap_vm_carrier *carrier; /* during a slice */
    struct neap_heap *heap;
    struct neap_state_image *image; /* that it began as a clone of, or NULL */
    struct neap_bytes dormant;      /* dormant.h */
    struct neap_exec_slots exec;
    lua_State *main; /* NULL until the first slice made it */
    lua_State *co;   /* the coroutine that the process's code runs in */
    void *generator; /* of math.random, in the state */
    bool has_begun;  /* its code ran */
    struct neap_handles handles;
    int slots[NEAP_SLOTS];
    struct neap_wait wait;
    struct neap_pattern pattern;       /* of the receive being waited in */
    struct neap_message *message;      /* being decoded */
    struct neap_message *half_spawned; /* encoded for a spawn that is not done yet */
    struct neap_grants *granting;      /* being read: what a list is to lie within */
    struct neap_grants *granted;       /* and what it says */
    enum neap_start_kind start_kind;
    struct neap_message *start_what; /* NULL for boot and reload */
    struct neap_message *start_args;
    struct neap_bytes trace; /* where the error being raised came from, if it was noted */
    bool is_paused;          /* from its hook on, until it goes on: pause.h */
    bool jit_is_decided; /* jit.h: whether its code is compiled; the next two likewise */
    bool jit_is_off;     /* again, as there was no room for machine code */
    bool jit_is_noted;   /* that was told */
    bool turn_is_fresh;  /* the slice's first turn has just begun */
    bool turn_has_begun; /* by the wait that was just tried */
    bool is_stuck;       /* below a C function, which it can not let others run from:
                                then no turn begins before the slice ends */
    uint64_t generation; /* of the modules (vm/modules.h) when its own were loaded */
    struct neap_blob *code;   /* being loaded */
    struct neap_build *build; /* NEAP_START_IMAGE: what it builds, lent by vm/images.h */
    bool is_first; /* of its module: vm/images.h knows of no process before it */
    struct neap_draft *draft; /* of the reload whose trial it is, lent; or NULL */
    struct neap_upgrader upgrader;
    uint64_t instructions_left; /* of this turn, beyond what the hook counts now */
};

/* --- any thread ---------------------------------------------------------- */
/* Gives a body for neap_spawn; takes the messages. */
struct neap_vm *neap_vm_new(struct neap_runtime *runtime, enum neap_start_kind kind,
                            struct neap_message *what, struct neap_message *args);

/* --- the carrier ----------------------------------------------------------- */
/* The VM whose slice runs on the calling thread: for bindings, which run nowhere else, and
 * hold nothing yet when they ask. Leaves the VM if the process is due. If the slice was
 * detached, it waits until it drives its worker again; it may be detached once more at any
 * Lua API call, so what touches the worker is in a critical section, which waits likewise. A
 * process that builds an image ends here: what the binding does would be done once, and not
 * in each clone. */
struct neap_vm *neap_vm_current(void);

/* The same for bindings that do and tell the same in every process. */
struct neap_vm *neap_vm_current_pure(void);

/* The same for hooks, and for bindings that hardly do more than they: detached or not. */
struct neap_vm *neap_vm_current_anywhere(void);

/* What its heap may hold, in bytes. */
size_t neap_vm_memory_limit(const struct neap_vm *vm);

/* A number that nobody can guess. */
uint64_t neap_carrier_random(struct neap_vm_carrier *carrier);

/* Ends the process now, from inside the VM; nothing of it runs any more. Takes `reason`. */
NEAP_NORETURN void neap_vm_exit(struct neap_vm *vm, struct neap_reason reason);

/* True until a reload replaces code: what is to run its module again and again, as a handler
 * of requests, asks in between, and makes way for a new process. Cheap: two reads. */
bool neap_vm_is_current(const struct neap_vm *vm);

/* A new turn begins: limits per turn count from here. */
void neap_vm_begin_turn(struct neap_vm *vm);

/* Pushes the registry value of `slot`, or sets it from the top of the stack. */
void neap_vm_push_slot(struct neap_vm *vm, lua_State *L, enum neap_slot slot);
void neap_vm_set_slot(struct neap_vm *vm, lua_State *L, enum neap_slot slot);

/* Frees a message that the process held. */
void neap_vm_free_message(struct neap_vm *vm, struct neap_message **m);

#endif
