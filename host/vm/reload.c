#include "vm/reload.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/error.h"
#include "core/exit.h"
#include "core/grants.h"
#include "core/node.h"
#include "core/spawn.h"
#include "vm/crash.h"
#include "vm/draft.h"
#include "vm/modules.h"
#include "vm/reload_inside.h"
#include "vm/runtime_inside.h"
#include "vm/upgrade.h"
#include "vm/vm.h"

struct neap_reload *neap_reload_new(struct neap_runtime *r) {
    struct neap_reload *reload = neap_calloc(1, sizeof *reload);
    reload->runtime = r;
    neap_mutex_init(&reload->lock);
    neap_list_init(&reload->upgraders);
    return reload;
}

/* What a reload leaves behind, but its phase. */
static void clear(struct neap_reload *reload) {
    neap_draft_free(reload->draft);
    reload->draft = NULL;
    neap_strings_fini(&reload->names);
    neap_free(reload->loading);
    reload->loading = NULL;
    reload->trial_has_ended = false;
    reload->trial = (struct neap_pid){ 0 };
}

void neap_reload_free(struct neap_reload *reload) {
    if (reload == NULL)
        return;
    NEAP_ASSERT(neap_list_empty(&reload->upgraders));
    clear(reload);
    neap_reload_report_fini(&reload->report);
    neap_mutex_fini(&reload->lock);
    neap_free(reload);
}

void neap_reload_tell(struct neap_reload *reload) {
    const struct neap_runtime_options *o = neap_runtime_options_of(reload->runtime);
    if (o->reload_moved != NULL)
        o->reload_moved(o->context);
}

/* --- the trial --- */

/* A child of the first process, as far as people can see: the node has but one root. */
static int spawn_trial(struct neap_reload *reload, struct neap_spawned *spawned) {
    struct neap_vm *vm = neap_vm_new(reload->runtime, NEAP_START_RELOAD, NULL, NULL);
    struct neap_spawn_options options = {
        .adopter = neap_runtime_first(reload->runtime),
        .body = &vm->body,
        .limits = neap_limits_default(),
        .module = "neap.reload",
    };
    options.limits.memory = NEAP_RELOAD_MEMORY;
    options.grants = neap_process_inspect_grants(neap_runtime_node(reload->runtime),
                                                 options.adopter);
    vm->draft = reload->draft;
    int err = neap_spawn(neap_runtime_node(reload->runtime), &options, spawned);
    neap_grants_unref(options.grants);
    return err;
}

/* True: it was IDLE, and is TRYING from here on. */
static bool take_phase(struct neap_reload *reload) {
    neap_mutex_lock(&reload->lock);
    bool is_idle = reload->phase == NEAP_RELOAD_IDLE;
    if (is_idle)
        reload->phase = NEAP_RELOAD_TRYING;
    neap_mutex_unlock(&reload->lock);
    return is_idle;
}

int neap_reload_begin(struct neap_reload *reload, struct neap_strings *names) {
    struct neap_spawned spawned = { 0 };
    if (!take_phase(reload)) {
        neap_strings_fini(names);
        return NEAP_ETAKEN;
    }
    reload->draft = neap_draft_new();
    reload->names = *names;
    int err = spawn_trial(reload, &spawned);
    neap_mutex_lock(&reload->lock);
    reload->trial = spawned.pid;
    if (err != 0) {
        clear(reload);
        reload->phase = NEAP_RELOAD_IDLE;
    }
    neap_mutex_unlock(&reload->lock);
    return err;
}

const struct neap_strings *neap_reload_names(const struct neap_reload *reload) {
    return &reload->names;
}

struct neap_reload_report *neap_reload_trial_report(struct neap_reload *reload) {
    return &reload->report;
}

void neap_reload_note_loading(struct neap_reload *reload, const char *module) {
    neap_mutex_lock(&reload->lock);
    neap_free(reload->loading);
    reload->loading = neap_strdup(module);
    neap_mutex_unlock(&reload->lock);
}

/* Holder of the lock: a limit, a kill, or a mistake of ours. */
static void note_cut_off(struct neap_reload *reload, struct neap_reason reason) {
    struct neap_bytes line;
    neap_bytes_init(&line);
    neap_bytes_text(&line, "loading it for trial ended early: ");
    neap_crash_line(reason, &line);
    neap_bytes_put(&line, '\0');
    neap_reload_report_add(&reload->report, NEAP_RELOAD_PROBLEM, reload->loading,
                           (const char *)line.data, NULL);
    neap_bytes_fini(&line);
}

void neap_reload_ended(struct neap_reload *reload, struct neap_reason reason) {
    neap_mutex_lock(&reload->lock);
    reload->trial_has_ended = true;
    if (reason.word != NEAP_REASON_NORMAL)
        note_cut_off(reload, reason);
    neap_mutex_unlock(&reload->lock);
    neap_reload_tell(reload);
}

/* --- switching --- */

/* Holder of the lock. */
static void number_changes(struct neap_reload *reload) {
    struct neap_modules *modules = neap_runtime_modules(reload->runtime);
    for (size_t i = 0; i < reload->report.count; i++) {
        struct neap_reload_line *line = &reload->report.lines[i];
        if (line->word == NEAP_RELOAD_CHANGED)
            line->code = neap_module_code(neap_modules_find(modules, line->module));
    }
}

static struct neap_upgrader *upgrader_of(struct neap_list *node) {
    return NEAP_LIST_ITEM(node, struct neap_upgrader, link);
}

/* Holder of the lock, from before the commit: no service can answer before it is asked. */
static void await_all(struct neap_reload *reload, uint64_t generation) {
    for (struct neap_list *at = reload->upgraders.next; at != &reload->upgraders;
         at = at->next) {
        struct neap_upgrader *up = upgrader_of(at);
        if (up->code == neap_module_code(up->module))
            continue;
        up->awaited = generation;
        reload->awaited++;
    }
}

/* Holder of the lock, which comes before that of a process. */
static void rouse_all(struct neap_reload *reload) {
    struct neap_node *node = neap_runtime_node(reload->runtime);
    for (struct neap_list *at = reload->upgraders.next; at != &reload->upgraders;
         at = at->next)
        if (upgrader_of(at)->awaited != 0)
            neap_process_rouse(node, upgrader_of(at)->pid, NEAP_EVENT_CODE);
}

/* Holder of the lock. */
static enum neap_reload_phase judge_trial(struct neap_reload *reload) {
    bool failed = neap_reload_report_has(&reload->report, NEAP_RELOAD_PROBLEM);
    if (failed || neap_draft_affected(reload->draft)->count == 0)
        return NEAP_RELOAD_DONE;
    reload->report.generation = neap_modules_commit(neap_runtime_modules(reload->runtime),
                                                    reload->draft);
    number_changes(reload);
    await_all(reload, reload->report.generation);
    rouse_all(reload);
    return reload->awaited > 0 ? NEAP_RELOAD_SWITCHING : NEAP_RELOAD_DONE;
}

enum neap_reload_phase neap_reload_advance(struct neap_reload *reload) {
    neap_mutex_lock(&reload->lock);
    if (reload->phase == NEAP_RELOAD_TRYING && reload->trial_has_ended)
        reload->phase = judge_trial(reload);
    else if (reload->phase == NEAP_RELOAD_SWITCHING && reload->awaited == 0)
        reload->phase = NEAP_RELOAD_DONE;
    enum neap_reload_phase phase = reload->phase;
    neap_mutex_unlock(&reload->lock);
    return phase;
}

/* Holder of the lock. */
static void give_up_waiting(struct neap_reload *reload) {
    for (struct neap_list *at = reload->upgraders.next; at != &reload->upgraders;
         at = at->next) {
        struct neap_upgrader *up = upgrader_of(at);
        if (up->awaited == 0)
            continue;
        neap_reload_report_add(&reload->report, NEAP_RELOAD_BUSY,
                               neap_module_name(up->module), NULL, NULL)
            ->pid = up->pid;
        up->awaited = 0;
    }
    reload->awaited = 0;
    reload->phase = NEAP_RELOAD_DONE;
}

void neap_reload_finish(struct neap_reload *reload) {
    neap_mutex_lock(&reload->lock);
    struct neap_pid trial = reload->trial;
    bool is_trying = reload->phase == NEAP_RELOAD_TRYING;
    if (reload->phase == NEAP_RELOAD_SWITCHING)
        give_up_waiting(reload);
    neap_mutex_unlock(&reload->lock);
    if (is_trying)
        neap_exit_kill(neap_runtime_node(reload->runtime), trial);
}

void neap_reload_take(struct neap_reload *reload, struct neap_reload_report *report) {
    neap_mutex_lock(&reload->lock);
    NEAP_ASSERT(reload->phase == NEAP_RELOAD_DONE);
    *report = reload->report;
    reload->report = (struct neap_reload_report){ 0 };
    clear(reload);
    reload->phase = NEAP_RELOAD_IDLE;
    neap_mutex_unlock(&reload->lock);
}
