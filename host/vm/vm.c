#include "vm/vm.h"

#include "base/alloc.h"
#include "base/error.h"
#include "core/blob.h"
#include "core/carrier.h"
#include "core/grants.h"
#include "core/worker.h"
#include "vm/dormant.h"
#include "vm/exit_reason.h"
#include "vm/heap.h"
#include "vm/images.h"
#include "vm/jit.h"
#include "vm/modules.h"
#include "vm/pause.h"
#include "vm/runtime_inside.h"
#include "vm/state.h"
#include "vm/state_image.h"
#include "vm/trace.h"

#include <lauxlib.h>
#include <luajit.h>

static const struct neap_body_ops OPS;

struct neap_vm *neap_vm_new(struct neap_runtime *runtime, enum neap_start_kind kind,
                            struct neap_message *what, struct neap_message *args) {
    struct neap_vm *vm = neap_calloc(1, sizeof *vm);
    vm->body.ops = &OPS;
    vm->runtime = runtime;
    vm->start_kind = kind;
    vm->start_what = what;
    vm->start_args = args;
    neap_pattern_init(&vm->pattern);
    return vm;
}

/* Every binding begins here, holding nothing: a loop that is mostly in bindings, where a
 * signal finds no instruction to leave the VM at, ends as soon as it is due. */
struct neap_vm *neap_vm_current_anywhere(void) {
    struct neap_vm_carrier *carrier = (struct neap_vm_carrier *)(void *)neap_cell_current();
    struct neap_cell *cell = &carrier->cell;
    int why = cell->active && cell->crit == 0 ? neap_cell_due(cell) : 0;
    if (why != 0)
        neap_cell_leave(cell, (enum neap_leave)why);
    return carrier->vm;
}

/* What a detached process does on a thread of its own is bounded by this: beside the workers
 * only what can not be interrupted goes on. */
struct neap_vm *neap_vm_current_pure(void) {
    neap_cell_attach(neap_cell_current());
    return neap_vm_current_anywhere();
}

struct neap_vm *neap_vm_current(void) {
    struct neap_vm *vm = neap_vm_current_pure();
    if (__builtin_expect(vm->build != NULL, 0))
        neap_images_refuse(vm,
                           "the top level of its modules asks the host for something");
    return vm;
}

/* Seeds of generators must not be neighbours in the sequence of one. */
uint64_t neap_carrier_random(struct neap_vm_carrier *carrier) {
    carrier->random = carrier->random * 6364136223846793005u + 1442695040888963407u;
    uint64_t x = carrier->random;
    return (x ^ x >> 32) * 0xd6e8feb86659fd93u;
}

size_t neap_vm_memory_limit(const struct neap_vm *vm) {
    uint64_t limit = neap_process_limits(vm->process)->memory;
    return limit == NEAP_NO_LIMIT ? NEAP_HEAP_UNLIMITED : (size_t)limit;
}

void neap_vm_exit(struct neap_vm *vm, struct neap_reason reason) {
    neap_process_set_reason(vm->process, reason);
    neap_cell_leave(&vm->carrier->cell, NEAP_LEAVE_EXIT);
}

bool neap_vm_is_current(const struct neap_vm *vm) {
    return vm->generation == neap_modules_generation(neap_runtime_modules(vm->runtime));
}

void neap_vm_push_slot(struct neap_vm *vm, lua_State *L, enum neap_slot slot) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, vm->slots[slot]);
}

void neap_vm_set_slot(struct neap_vm *vm, lua_State *L, enum neap_slot slot) {
    lua_rawseti(L, LUA_REGISTRYINDEX, vm->slots[slot]);
}

/* No Lua API call in between, so it cannot be cut in half: no critical section. */
void neap_vm_free_message(struct neap_vm *vm, struct neap_message **m) {
    neap_scratch_recycle(&vm->carrier->scratch, *m);
    *m = NULL;
}

/* --- turns --- */

enum { COUNT_STEP = 1 << 16 }; /* so that others get their turn meanwhile */

static void count_hook(lua_State *L, lua_Debug *ar);

static void count_on(struct neap_vm *vm) {
    uint64_t left = vm->instructions_left;
    uint64_t step = left < COUNT_STEP ? left : COUNT_STEP;
    vm->instructions_left = left - step;
    lua_sethook(vm->main, count_hook, LUA_MASKCOUNT, step > 0 ? (int)step : 1);
}

static void count_hook(lua_State *L, lua_Debug *ar) {
    (void)ar;
    struct neap_vm *vm = neap_vm_current_anywhere();
    if (vm->instructions_left > 0) {
        count_on(vm);
        neap_pause_maybe(vm, L);
        return;
    }
    neap_cell_leave(&vm->carrier->cell, NEAP_LEAVE_INSTRUCTIONS);
}

/* Its count hook is not free for pauses: it makes them itself. */
static bool counts(const struct neap_vm *vm) {
    return neap_process_limits(vm->process)->instructions != NEAP_NO_LIMIT;
}

static void begin_counting(struct neap_vm *vm) {
    if (!counts(vm) || vm->main == NULL)
        return;
    vm->instructions_left = neap_process_limits(vm->process)->instructions;
    count_on(vm);
}

/* The slice began with a turn of its own, which the first piece of mail in it belongs to.
 * Where the process can not let others run, all is one turn, or it could stay for ever. */
void neap_vm_begin_turn(struct neap_vm *vm) {
    vm->turn_has_begun = true;
    if (vm->is_stuck)
        return;
    if (!vm->turn_is_fresh)
        neap_process_begin_turn(vm->process);
    vm->turn_is_fresh = false;
    begin_counting(vm);
}

/* --- a slice --- */

static enum neap_slice end_with(struct neap_vm *vm, struct neap_reason reason) {
    neap_process_set_reason(vm->process, reason);
    return NEAP_SLICE_EXITED;
}

/* Where a Lua function stood when it raised is only known while it raises, so the start of
 * the process notes it (lua/neap/start.lua); for what did not pass there, the stack as it is
 * now has to do. */
static enum neap_slice raised(struct neap_vm *vm) {
    struct neap_bytes *text = &vm->trace;
    if (text->len == 0)
        neap_trace_write(vm->co, 0, text);
    neap_bytes_put(text, '\0');
    return end_with(vm, neap_encode_reason_error(&vm->carrier->scratch, vm->co, &vm->handles,
                                                 -1, (const char *)text->data));
}

static enum neap_slice yielded(struct neap_vm *vm) {
    if (neap_pause_has_begun(vm)) {
        lua_settop(vm->co, 0); /* the mark, if it was passed up through coroutines */
        return NEAP_SLICE_YIELDED;
    }
    if (neap_wait_has_begun(vm)) {
        lua_settop(vm->co, 0); /* no mark: what is waited for comes in its place */
        if (vm->wait.kind == NEAP_WAIT_KEPT)
            return NEAP_SLICE_YIELDED;
        neap_cell_attach(&vm->carrier->cell);
        neap_wait_park(vm);
        return NEAP_SLICE_WAITING;
    }
    return end_with(vm,
                    neap_reason_error("attempt to yield outside a coroutine: the process "
                                      "itself is none",
                                      NULL));
}

static enum neap_slice finished(struct neap_vm *vm) {
    if (vm->build != NULL)
        neap_images_built(neap_runtime_images(vm->runtime), vm);
    return end_with(vm, neap_reason_of(NEAP_REASON_NORMAL));
}

/* Only inside of the resume the slice can lose its worker. */
static int resume_detachable(struct neap_vm *vm, int count) {
    struct neap_cell *cell = &vm->carrier->cell;
    cell->pin = 0; /* of a slice that an error or its end has jumped out of */
    cell->may_detach = 1;
    int status = lua_resume(vm->co, count);
    cell->may_detach = 0;
    return status;
}

static enum neap_slice resume(struct neap_vm *vm, int count) {
    switch (resume_detachable(vm, count)) {
    case 0: return finished(vm);
    case LUA_YIELD: return yielded(vm);
    default: return raised(vm);
    }
}

static enum neap_slice begin(struct neap_vm *vm) {
    if (vm->main == NULL) {
        neap_state_open(vm);
        neap_images_offer(neap_runtime_images(vm->runtime), vm);
        vm->carrier->cell.may_pause = !counts(vm);
    }
    vm->has_begun = true;
    neap_jit_begin(vm);
    neap_vm_begin_turn(vm);
    return resume(vm, 0);
}

static enum neap_slice run_inside(struct neap_vm *vm) {
    if (!vm->has_begun)
        return begin(vm);
    neap_jit_look(vm, vm->main);
    if (neap_pause_has_begun(vm)) {
        neap_pause_end(vm);
        return resume(vm, 0);
    }
    int count = neap_wait_try(vm, vm->co);
    if (count < 0) {
        neap_wait_park(vm);
        return NEAP_SLICE_WAITING;
    }
    return resume(vm, count);
}

static const char *last_trace(const struct neap_vm *vm) {
    return neap_cell_last_trace(&vm->carrier->cell);
}

static struct neap_reason over_cpu(struct neap_vm *vm) {
    double max = (double)neap_process_limits(vm->process)->cpu / 1e6;
    neap_time due = neap_carrier_due_cpu(neap_carrier_current());
    neap_time tenths = due / 100000; /* of a millisecond */
    double used = (double)tenths / 10;
    return neap_reason_limit("cpu", used > max ? used : max, max, last_trace(vm));
}

static struct neap_reason over_instructions(struct neap_vm *vm) {
    double max = (double)neap_process_limits(vm->process)->instructions;
    return neap_reason_limit("instructions", max, max, last_trace(vm));
}

static struct neap_reason faulted(struct neap_vm *vm) {
    const struct neap_fault *fault = neap_cell_fault(&vm->carrier->cell);
    neap_suspicion_note(neap_runtime_suspicion(vm->runtime), vm->runtime, vm->process,
                        fault);
    return neap_reason_fault(fault->signal, fault->address, fault->is_stack_end);
}

/* The VM was left in the middle of whatever it did: none of its code runs again. */
static enum neap_slice left(struct neap_vm *vm, enum neap_leave why) {
    const struct neap_limits *limits = neap_process_limits(vm->process);
    neap_reserve_restore(&vm->carrier->cell.reserve);
    vm->carrier->cell.may_detach = 0;
    switch (why) {
    case NEAP_LEAVE_MEMORY:
        return end_with(vm, neap_reason_limit("memory", (double)neap_heap_asked(vm->heap),
                                              (double)limits->memory, last_trace(vm)));
    case NEAP_LEAVE_CPU: return end_with(vm, over_cpu(vm));
    case NEAP_LEAVE_INSTRUCTIONS: return end_with(vm, over_instructions(vm));
    case NEAP_LEAVE_PANIC:
        return end_with(vm, neap_reason_error(vm->carrier->cell.panic, NULL));
    case NEAP_LEAVE_FAULT: return end_with(vm, faulted(vm));
    case NEAP_LEAVE_DOOMED: /* core has the reason */
    case NEAP_LEAVE_EXIT: break;
    }
    return NEAP_SLICE_EXITED;
}

static bool has_heap(struct neap_vm *vm) {
    if (vm->heap != NULL)
        return true;
    if (!neap_images_start(neap_runtime_images(vm->runtime), vm))
        vm->heap = neap_heap_new(neap_runtime_slots(vm->runtime), neap_vm_memory_limit(vm));
    vm->exec.heap = vm->heap;
    return vm->heap != NULL;
}

static enum neap_slice run_in_cell(struct neap_vm *vm, struct neap_cell *cell) {
    int why = sigsetjmp(cell->env, 0);
    if (why != 0)
        return left(vm, (enum neap_leave)why);
    cell->may_pause = vm->main != NULL && !counts(vm);
    cell->own = vm->co;
    neap_cell_enter(cell, vm->heap, &vm->exec);
    enum neap_slice end = run_inside(vm);
    neap_cell_exit(cell);
    return end;
}

static enum neap_slice run(struct neap_body *body, struct neap_process *process,
                           struct neap_worker *worker) {
    struct neap_vm *vm = (struct neap_vm *)(void *)body;
    struct neap_vm_carrier *carrier = neap_carrier_context(neap_carrier_current());
    (void)worker;
    vm->process = process;
    vm->carrier = carrier;
    neap_dormant_end(vm);
    carrier->vm = vm;
    vm->is_stuck = false;
    vm->turn_is_fresh = !neap_process_continues(process);
    if (!has_heap(vm))
        return end_with(vm, neap_reason_error("no memory is left for a process", NULL));
    enum neap_slice end = run_in_cell(vm, &carrier->cell);
    neap_jit_note(vm);
    neap_process_publish_memory(process, neap_heap_used(vm->heap),
                                neap_heap_peak(vm->heap));
    carrier->vm = NULL;
    return end;
}

static void discard(struct neap_body *body) {
    struct neap_vm *vm = (struct neap_vm *)(void *)body;
    neap_dormant_drop(vm);
    neap_upgrade_leave(vm);
    neap_blob_unref(vm->code);
    neap_exec_slots_release(&vm->exec);
    neap_handles_close(&vm->handles);
    neap_pattern_fini(&vm->pattern);
    neap_bytes_fini(&vm->trace);
    neap_message_free(vm->message);
    neap_message_free(vm->half_spawned);
    neap_grants_unref(vm->granting);
    neap_grants_unref(vm->granted);
    neap_message_free(vm->start_what);
    neap_message_free(vm->start_args);
    neap_heap_free(vm->heap);
    neap_state_image_unref(vm->image);
    neap_free(vm);
}

static void rest(struct neap_body *body) {
    neap_dormant_begin((struct neap_vm *)(void *)body);
}

static const struct neap_body_ops OPS = { run, discard, rest };
