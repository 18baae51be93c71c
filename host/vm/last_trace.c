#include "vm/last_trace.h"

#include "vm/layout.h"
#include "vm/trace.h"

#include <lua.h>
#include <stdatomic.h>

/* What the VM is about, in the global state. In other states it records and compiles, and its
 * stack is the recorder's. */
enum { INTERPRETS = ~0, CALLS_C = ~1, COLLECTS = ~2 };

void neap_last_trace_init(struct neap_last_trace *t) {
    neap_bytes_init(&t->text);
    t->is_reading = 0;
    t->is_whole = false;
}

void neap_last_trace_fini(struct neap_last_trace *t) {
    neap_bytes_fini(&t->text);
}

void neap_last_trace_clear(struct neap_last_trace *t) {
    t->text.len = 0;
    t->is_reading = 0;
    t->is_whole = false;
}

static bool runs_machine_code(const struct neap_lj_global *g) {
    return g->jit_base != 0;
}

static bool is_readable(const struct neap_lj_global *g) {
    return runs_machine_code(g) || g->vm_state == INTERPRETS || g->vm_state == CALLS_C ||
           g->vm_state == COLLECTS;
}

/* Machine code does not keep the thread's base up to date. What is set here stays: the state
 * does not go on. */
static void read_current(struct neap_last_trace *t, const struct neap_lj_global *g) {
    struct neap_lj_thread *current = (void *)(uintptr_t)g->current;
    if (runs_machine_code(g)) {
        current->base = g->jit_base;
        neap_trace_write_begun((lua_State *)current, &t->text);
    } else {
        neap_trace_write((lua_State *)current, 0, &t->text);
    }
}

/* The process's own coroutine waits for the one that it resumed, so all of it can be read. */
static void read_own(struct neap_last_trace *t, const struct neap_lj_global *g,
                     lua_State *own) {
    if (own == NULL || (uintptr_t)own == g->current)
        return;
    neap_bytes_text(&t->text, "\nresumed by");
    neap_trace_write(own, neap_trace_innermost(own), &t->text);
}

static void begin(struct neap_last_trace *t) {
    t->is_reading = 1;
    atomic_signal_fence(memory_order_seq_cst);
}

static void end(struct neap_last_trace *t) {
    atomic_signal_fence(memory_order_seq_cst);
    t->is_reading = 0;
}

void neap_last_trace_read(struct neap_last_trace *t, lua_State *main, lua_State *own) {
    const struct neap_lj_thread *thread = (const void *)main;
    neap_last_trace_clear(t);
    if (main == NULL)
        return;
    const struct neap_lj_global *g = (const void *)(uintptr_t)thread->global;
    if (!is_readable(g) || g->current == 0)
        return;
    begin(t);
    read_current(t, g);
    read_own(t, g, own);
    end(t);
    t->is_whole = t->text.len > 0;
    neap_bytes_put(&t->text, '\0');
}

const char *neap_last_trace_text(const struct neap_last_trace *t) {
    return t->is_whole ? (const char *)t->text.data : NULL;
}
