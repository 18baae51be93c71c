#include "vm/runtime.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/machine_memory.h"
#include "base/random.h"
#include "base/slots.h"
#include "core/carrier.h"
#include "core/exit.h"
#include "core/grants.h"
#include "core/node.h"
#include "core/spawn.h"
#include "core/worker.h"
#include "vm/budget.h"
#include "vm/crash.h"
#include "vm/exit_reason.h"
#include "vm/images.h"
#include "vm/modules.h"
#include "vm/reload.h"
#include "vm/runtime_inside.h"
#include "vm/selftest.h"
#include "vm/stack.h"
#include "vm/vm.h"

#include <luajit.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct neap_runtime {
    struct neap_runtime_options options;
    size_t memory; /* that the program may use; bytes */
    struct neap_slots *slots;
    struct neap_modules *modules;
    struct neap_images *images;
    struct neap_reload *reload;
    struct neap_node *node;
    struct neap_suspicion suspicion;
    bool jit;
    bool started;
    bool stuck; /* a thread of the self-test uses the exec arena for ever */

    /* Set by the first process before any other exists; read by all afterwards, which the
     * spawn of each orders after it. */
    struct neap_message *config;
    struct neap_message *args;
    char name[NEAP_NAME_MAX + 1];

    /* Written by the first process, read by each that starts. Relaxed: whoever is to see it is
     * spawned after it was written. */
    _Atomic(int) strict;

    /* Written once by the thread that starts the runtime, before the first process runs. */
    struct neap_pid first;

    /* Written by the first process's carrier, read by it and, when it ended, by `exited`
     * on the same carrier; `stopping` is written by the main thread. Relaxed: they only
     * choose the exit code. */
    _Atomic(int) is_ready;
    _Atomic(int) refused;
    _Atomic(int) stopping;

    /* Set by the first carrier that has to say it: there is no room for machine code. An
     * exchange, relaxed: one of them gets the former 0. */
    _Atomic(int) arena_is_noted;
};

static void carrier_start(void *context, struct neap_carrier *core) {
    (void)context;
    struct neap_vm_carrier *carrier = neap_calloc(1, sizeof *carrier);
    neap_scratch_init(&carrier->scratch);
    neap_bytes_init(&carrier->text);
    carrier->random = neap_random();
    neap_carrier_set_context(core, carrier);
    neap_cell_thread_start(&carrier->cell, neap_carrier_pulse(core));
    carrier->cell.carrier = core;
}

static void carrier_stop(void *context, struct neap_carrier *core) {
    (void)context;
    struct neap_vm_carrier *carrier = neap_carrier_context(core);
    neap_cell_thread_stop(&carrier->cell);
    neap_scratch_fini(&carrier->scratch);
    neap_bytes_fini(&carrier->text);
    neap_free(carrier);
}

static void interrupt(pthread_t carrier) {
    pthread_kill(carrier, NEAP_KILL_SIGNAL);
}

static struct neap_poller *new_poller(void *context) {
    const struct neap_runtime *r = context;
    return r->options.new_poller(r->options.context);
}

/* --- the end of processes --- */

static bool is_set(const _Atomic(int) *flag) {
    return atomic_load_explicit(flag, memory_order_relaxed) != 0;
}

/* True until the tree starts, or a single file runs: an end here is the app's fault, such as
 * an app.lua that loops for ever. */
static bool is_loading(struct neap_runtime *r, const struct neap_process_info *first) {
    return !first->supervisor && !is_set(&r->is_ready);
}

static enum neap_exit_code code_for(struct neap_runtime *r,
                                    const struct neap_process_info *first,
                                    struct neap_reason reason) {
    bool in_order = reason.word == NEAP_REASON_NORMAL ||
                    reason.word == NEAP_REASON_SHUTDOWN;
    if (is_set(&r->refused))
        return NEAP_EXIT_INVALID;
    if (is_set(&r->stopping) && (in_order || reason.word == NEAP_REASON_KILLED))
        return NEAP_EXIT_ORDERLY;
    if (in_order && !(first->supervisor && is_set(&r->is_ready)))
        return NEAP_EXIT_ORDERLY;
    return is_loading(r, first) ? NEAP_EXIT_INVALID : NEAP_EXIT_FAILED;
}

static const char *what_ended(struct neap_runtime *r,
                              const struct neap_process_info *first) {
    if (is_loading(r, first))
        return "the app could not be loaded";
    return first->supervisor ? "the root supervisor gave up"
                             : "the program ended abnormally";
}

static void say_why(struct neap_runtime *r, const struct neap_process_info *first,
                    struct neap_reason reason) {
    struct neap_bytes line;
    neap_bytes_init(&line);
    neap_bytes_printf(&line, "neap: %s: ", what_ended(r, first));
    neap_crash_line(reason, &line);
    neap_log_say(neap_node_log(r->node), (const char *)line.data, line.len);
    neap_bytes_fini(&line);
}

/* What goes wrong before anything runs is one line, and no crash report. */
static void first_ended(struct neap_runtime *r, struct neap_process *p,
                        struct neap_reason reason) {
    struct neap_process_info info;
    bool found = neap_process_inspect(r->node, r->first, &info);
    NEAP_ASSERT(found);
    enum neap_exit_code code = code_for(r, &info, reason);
    if (code != NEAP_EXIT_INVALID)
        neap_crash_report(neap_node_log(r->node), p, reason);
    if (code != NEAP_EXIT_ORDERLY && !is_set(&r->refused))
        say_why(r, &info, reason);
    r->options.ended(r->options.context, code);
}

static struct neap_reason over_mailbox(uint64_t used, uint64_t max) {
    return neap_reason_limit("mailbox", (double)used, (double)max, NULL);
}

static struct neap_reason over_carriers(uint32_t used, uint32_t max) {
    return neap_reason_limit("carrier", used, max, NULL);
}

static void exited(void *context, struct neap_process *p, struct neap_reason reason) {
    struct neap_runtime *r = context;
    if (neap_runtime_is_first(r, p)) {
        first_ended(r, p, reason);
        return;
    }
    struct neap_vm *vm = (struct neap_vm *)(void *)neap_process_body(p);
    if (vm->start_kind == NEAP_START_IMAGE)
        neap_images_ended(r->images, vm, reason);
    else if (vm->start_kind == NEAP_START_RELOAD)
        neap_reload_ended(r->reload, reason);
    else if (!r->options.check) /* a module that is tried: its end is a finding */
        neap_crash_report(neap_node_log(r->node), p, reason);
}

/* --- life --- */

static void warn(const struct neap_runtime *r, const char *event, const char *what) {
    struct neap_log_field field = { "what", what, strlen(what), false };
    neap_log_write(&r->options.log, NEAP_LOG_WARN, "-", event, &field, 1);
}

static int refused_by_system(char *why, size_t size) {
    snprintf(why, size, "the system refuses memory or a thread: see ulimit -v, -d and -u");
    return NEAP_EMEMORY;
}

/* What the linked library can not do is found here, not in the first crash. */
static int check_seams(struct neap_runtime *r, const struct neap_budget *budget,
                       char *why, size_t size) {
    const char *what = NULL;
    if (neap_exec_arena_open(budget->arena, r->options.wx) != 0)
        warn(r, "jit.off", "no room for machine code near the interpreter");
    else
        r->jit = true;
    neap_cell_install();
    int err = neap_selftest(&what);
    if (err == 0)
        return 0;
    if (err == NEAP_EMEMORY)
        return refused_by_system(why, size);
    r->stuck = err == NEAP_ETIMEOUT;
    if (strcmp(what, "exec arena") == 0 || strcmp(what, "unwinding") == 0 ||
        strcmp(what, "unsafe traces") == 0) {
        r->jit = false;
        warn(r, "jit.off", what);
        return 0;
    }
    snprintf(why, size, "self-test: \"%s\" does not work with the LuaJIT that was linked",
             what);
    return err;
}

/* At half of it: the kernel, and other programs, need some, too. */
static bool is_short_of_memory(void *context) {
    const struct neap_runtime *r = context;
    return neap_resident_memory() > r->memory / 2;
}

static struct neap_node *make_node(struct neap_runtime *r) {
    r->memory = neap_machine_memory();
    return neap_node_new(&(struct neap_node_options){
        .workers = r->options.workers,
        .rest_after = r->options.rest_after,
        .is_short_of_memory = is_short_of_memory,
        .clock = neap_clock_system(),
        .log = r->options.log,
        .new_poller = new_poller,
        .carrier_start = carrier_start,
        .carrier_stop = carrier_stop,
        .exited = exited,
        .over_mailbox = over_mailbox,
        .over_carriers = over_carriers,
        .interrupt = interrupt,
        .context = r,
    });
}

static size_t in_mib(size_t bytes) {
    return bytes >> 20;
}

/* malloc would reserve 64 MiB for each thread. */
static void save_address_space(void) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, 1);
#endif
}

static int make_budget(struct neap_runtime *r, struct neap_budget *budget, char *why,
                       size_t size) {
    uint32_t workers = r->options.workers;
    int err = neap_budget_divide(neap_budget_room(), workers, budget);
    if (err != 0)
        snprintf(why, size,
                 "ulimit -v leaves %zu MiB of address space, and a node with %u worker%s "
                 "needs %zu: raise it%s",
                 in_mib(budget->room), (unsigned)workers, workers == 1 ? "" : "s",
                 in_mib(budget->needed) + 1,
                 workers > 1 ? ", or have fewer workers (-w)" : "");
    else if (budget->is_limited)
        save_address_space();
    return err;
}

/* It works, with fewer processes and less machine code: whoever set the limit should know. */
static void tell_reduced(const struct neap_runtime *r, const struct neap_budget *budget) {
    struct neap_slots_stats slots = neap_slots_stats(r->slots);
    char memory[24], code[24];
    if (!budget->is_limited && !slots.reduced)
        return;
    snprintf(memory, sizeof memory, "%zu", slots.reserved);
    snprintf(code, sizeof code, "%zu", neap_exec_arena_stats().slots * NEAP_EXEC_SLOT);
    static const char WHY[] = "the system limits memory (ulimit -v, -d)";
    struct neap_log_field fields[] = {
        { "memory", memory, strlen(memory), true },
        { "code", code, strlen(code), true },
        { "why", WHY, sizeof WHY - 1, false },
    };
    neap_log_write(&r->options.log, NEAP_LOG_WARN, "-", "memory.reduced", fields, 3);
}

static int open_memory(struct neap_runtime *r, char *why, size_t size) {
    struct neap_budget budget;
    int err = make_budget(r, &budget, why, size);
    if (err == 0)
        err = check_seams(r, &budget, why, size);
    if (err != 0)
        return err;
    r->slots = neap_slots_new(budget.slots);
    if (r->slots == NULL)
        return refused_by_system(why, size);
    tell_reduced(r, &budget);
    return 0;
}

int neap_runtime_new(const struct neap_runtime_options *options,
                     struct neap_runtime **runtime, char *why, size_t size) {
    struct neap_runtime *r = neap_calloc(1, sizeof *r);
    r->options = *options;
    int err = open_memory(r, why, size);
    if (err != 0) {
        neap_runtime_free(r);
        return err;
    }
    r->modules = neap_modules_new();
    r->images = neap_images_new(r);
    r->reload = neap_reload_new(r);
    r->node = make_node(r);
    *runtime = r;
    return 0;
}

int neap_runtime_start(struct neap_runtime *r, char *why, size_t size) {
    char none[NEAP_GRANT_WHY];
    struct neap_spawned spawned;
    struct neap_grants *grants = neap_grants_new();
    struct neap_spawn_options options = {
        .body = &neap_vm_new(r, NEAP_START_BOOT, NULL, NULL)->body,
        .limits = neap_limits_default(),
        .grants = grants,
        .module = "app",
    };
    /* It may have to be called `main`. The application's own come before any of its code. */
    int err = neap_grants_add(grants, "/", NULL, "names", strlen("names"), none);
    NEAP_ASSERT(err == 0);
    /* Not started yet: nothing runs, so `first` is set before anybody can end. */
    err = neap_spawn(r->node, &options, &spawned);
    NEAP_ASSERT(err == 0);
    neap_grants_unref(grants);
    r->first = spawned.pid;
    r->started = true;
    neap_slots_keep(r->slots);
    return neap_node_start(r->node) == 0 ? 0 : refused_by_system(why, size);
}

void neap_runtime_stats(struct neap_runtime *r, struct neap_runtime_stats *stats) {
    *stats = (struct neap_runtime_stats){
        .jit = r->jit,
        .code = neap_exec_arena_stats(),
        .memory = neap_slots_stats(r->slots),
        .images = neap_images_stats(r->images),
        .faults = neap_suspicion_stats(&r->suspicion),
    };
}

void neap_runtime_free(struct neap_runtime *r) {
    if (r == NULL)
        return;
    if (r->started)
        neap_node_stop(r->node);
    if (r->node != NULL)
        neap_node_free(r->node);
    neap_message_free(r->config);
    neap_message_free(r->args);
    neap_reload_free(r->reload);
    neap_images_free(r->images);
    neap_modules_free(r->modules);
    if (r->slots != NULL)
        neap_slots_free(r->slots);
    if (neap_exec_arena_is_open() && !r->stuck)
        neap_exec_arena_close();
    neap_free(r);
}

void neap_runtime_stop(struct neap_runtime *r) {
    atomic_store_explicit(&r->stopping, 1, memory_order_relaxed);
    neap_exit_signal(r->node, (struct neap_pid){ 0 }, r->first,
                     neap_reason_of(NEAP_REASON_SHUTDOWN));
}

void neap_runtime_kill(struct neap_runtime *r) {
    atomic_store_explicit(&r->stopping, 1, memory_order_relaxed);
    neap_exit_kill(r->node, r->first);
}

struct neap_node *neap_runtime_node(struct neap_runtime *r) {
    return r->node;
}

const char *neap_runtime_vm_version(void) {
    return LUAJIT_VERSION;
}

char *neap_runtime_stack(struct neap_runtime *r, uint32_t slot, uint64_t generation) {
    return neap_stack_read(r->node,
                           (struct neap_pid){
                               .generation = generation,
                               .slot = slot,
                               .tag = neap_processes_tag(neap_node_processes(r->node)),
                           });
}

/* --- inside --- */

struct neap_slots *neap_runtime_slots(const struct neap_runtime *r) {
    return r->slots;
}

struct neap_suspicion *neap_runtime_suspicion(struct neap_runtime *r) {
    return &r->suspicion;
}

struct neap_images *neap_runtime_images(const struct neap_runtime *r) {
    return r->images;
}

struct neap_modules *neap_runtime_modules(const struct neap_runtime *r) {
    return r->modules;
}

const struct neap_runtime_options *neap_runtime_options_of(const struct neap_runtime *r) {
    return &r->options;
}

struct neap_reload *neap_runtime_reload(const struct neap_runtime *r) {
    return r->reload;
}

static const char NO_ROOM[] =
    "no room for more machine code: this process and others go on interpreted";

bool neap_runtime_has_jit(const struct neap_runtime *r) {
    return r->jit;
}

void neap_runtime_note_arena(struct neap_runtime *r, const struct neap_process *p) {
    char who[NEAP_PID_TEXT], slots[24];
    if (atomic_exchange_explicit(&r->arena_is_noted, 1, memory_order_relaxed) != 0)
        return;
    neap_pid_format(neap_process_pid(p), who);
    snprintf(slots, sizeof slots, "%zu", neap_exec_arena_stats().slots);
    struct neap_log_field fields[] = {
        { "slots", slots, strlen(slots), true },
        { "what", NO_ROOM, sizeof NO_ROOM - 1, false },
    };
    neap_log_write(&r->options.log, NEAP_LOG_WARN, who, "jit.exhausted", fields, 2);
}

neap_host_table neap_runtime_host_table(const struct neap_runtime *r) {
    return r->options.host_table;
}

bool neap_runtime_is_strict(const struct neap_runtime *r) {
    return atomic_load_explicit(&r->strict, memory_order_relaxed) != 0;
}

void neap_runtime_set_strict(struct neap_runtime *r, bool strict) {
    atomic_store_explicit(&r->strict, strict, memory_order_relaxed);
}

const struct neap_message *neap_runtime_config(const struct neap_runtime *r) {
    return r->config;
}

const struct neap_message *neap_runtime_args(const struct neap_runtime *r) {
    return r->args;
}

void neap_runtime_note_module(const struct neap_runtime *r) {
    if (r->options.module_loaded != NULL)
        r->options.module_loaded(r->options.context);
}

struct neap_pid neap_runtime_first(const struct neap_runtime *r) {
    return r->first;
}

bool neap_runtime_is_first(const struct neap_runtime *r, struct neap_process *p) {
    return neap_pid_equal(neap_process_pid(p), r->first);
}

void neap_runtime_configure(struct neap_runtime *r, struct neap_message *config,
                            struct neap_message *args, const char *name) {
    neap_message_free(r->config);
    neap_message_free(r->args);
    r->config = config;
    r->args = args;
    snprintf(r->name, sizeof r->name, "%s", name);
}

void neap_runtime_ready(struct neap_runtime *r) {
    if (atomic_exchange_explicit(&r->is_ready, 1, memory_order_relaxed) == 0)
        r->options.ready(r->options.context, r->name);
}

void neap_runtime_refuse(struct neap_runtime *r) {
    atomic_store_explicit(&r->refused, 1, memory_order_relaxed);
}
