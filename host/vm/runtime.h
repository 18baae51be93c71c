/* runtime.h - a node whose processes are Lua: what the command line starts and stops.
 * Owns:      the node, the slots, the exec arena, the modules' code, the configuration.
 * Threads:   see the headings.
 * Bounds:    those of the node.
 * Invariant: at most one runtime with an open exec arena in an OS process. */
#ifndef NEAP_VM_RUNTIME_H
#define NEAP_VM_RUNTIME_H

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/slots.h"
#include "vm/exec_arena.h"
#include "vm/host_table.h"
#include "vm/images.h"
#include "vm/suspicion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_runtime;
struct neap_modules;
struct neap_reload;
struct neap_node;
struct neap_poller;
struct neap_grants;

/* Of the program, as api.md has it. */
enum neap_exit_code {
    NEAP_EXIT_ORDERLY = 0,
    NEAP_EXIT_FAILED = 1, /* the root gave up, or a single-file program ended abnormally */
    NEAP_EXIT_INVALID = 2, /* usage, or an app that cannot be loaded or is not valid */
    NEAP_EXIT_HOST = 3,
    NEAP_EXIT_SUSPECT = 4, /* stopped in order, as a fault made it suspect: start it again */
};

struct neap_runtime_stats { /* a plain value */
    bool jit;               /* code can be compiled here */
    struct neap_exec_arena_stats code;
    struct neap_slots_stats memory;
    struct neap_images_stats images;
    struct neap_suspicion_stats faults;
};

struct neap_runtime_options { /* a plain value; texts are lent for the runtime's life */
    uint32_t workers;
    struct neap_log log;
    bool check;              /* load and validate, start nothing */
    bool wx;                 /* machine code is never writable and executable at once */
    neap_time rest_after;    /* see core/node.h */
    const char *app_path;    /* absolute: a directory with app.lua, or a .lua file */
    const char *name;        /* NULL: the app's own, or derived from the path */
    const char *const *args; /* ARGS after APP */
    size_t arg_count;
    const char *const *sets; /* "KEY=VALUE" */
    size_t set_count;
    struct neap_grants *allow; /* the most that the application may reach; NULL: no bound */

    struct neap_poller *(*new_poller)(void *context); /* see core/node.h */
    neap_host_table host_table;                       /* of the bindings: bind/host.h */

    /* The program's work is done: the first process ended, or refused the app. Called once,
     * on any thread; then stop and free the runtime and exit with `code`. */
    void (*ended)(void *context, enum neap_exit_code code);

    /* The app is valid and starts when this returns; `name` is the node's name from now on.
     * Once, on any thread. */
    void (*ready)(void *context, const char *name);

    /* A process faulted, and the app wants the node to be started again then (fault_policy):
     * stop the runtime. On any thread, once for each such process. May be NULL. */
    void (*suspect)(void *context);

    /* The reload under way got further: call neap_reload_advance. On any thread. */
    void (*reload_moved)(void *context);

    /* A module was loaded for the first time: `neap run --watch` looks after its file. On any
     * thread; may be NULL. */
    void (*module_loaded)(void *context);

    void *context;
};

/* --- the thread that makes the runtime ----------------------------------------- */
/* 0 with the runtime, or an error and one line that says what failed. */
NEAP_MUST_CHECK int neap_runtime_new(const struct neap_runtime_options *options,
                                     struct neap_runtime **runtime, char *why, size_t size);
/* The threads, then the first process. On an error, with one line, some threads may run, and
 * all that can be done is to end the program. */
NEAP_MUST_CHECK int neap_runtime_start(struct neap_runtime *r, char *why, size_t size);
void neap_runtime_free(struct neap_runtime *r); /* ends what runs, at once */

/* --- any thread ---------------------------------------------------------- */
/* Asks the first process to end in order ("shutdown"); `ended` follows. */
void neap_runtime_stop(struct neap_runtime *r);

/* Ends the first process at once; `ended` follows. */
void neap_runtime_kill(struct neap_runtime *r);

/* What the node has and has counted, but for what core has (core/spares.h). */
void neap_runtime_stats(struct neap_runtime *r, struct neap_runtime_stats *stats);

struct neap_node *neap_runtime_node(struct neap_runtime *r);
struct neap_modules *neap_runtime_modules(const struct neap_runtime *r);
struct neap_reload *neap_runtime_reload(const struct neap_runtime *r);

const char *neap_runtime_vm_version(void); /* "LuaJIT 2.1.0-beta3" */

/* Where the Lua code of a parked process stands, as text lines ("jobs.lua:12 in worker"),
 * or why that cannot be told ("it is running"). Waits at most 200 ms for its worker.
 * Gives a string, to be freed with neap_free. */
char *neap_runtime_stack(struct neap_runtime *r, uint32_t slot, uint64_t generation);

#endif
