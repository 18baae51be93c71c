/* stand.h - what a carrier has, for tests that run Lua in a slice.
 * Owns:      the slots and the cell, from stand_init until stand_fini.
 * Threads:   a stand belongs to the thread that made it; stand_kill may come from another.
 * Bounds:    1 GiB of address space.
 * Invariant: a process of stand_run ends with the call, whatever ended it. */
#ifndef NEAP_TEST_STAND_H
#define NEAP_TEST_STAND_H

#include "base/slots.h"
#include "vm/cell.h"
#include "vm/exec_arena.h"
#include "vm/heap.h"

#include <lauxlib.h>
#include <lua.h>
#include <luajit.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { STAND_RAISED = -1, STAND_NO_STATE = -2 };

struct stand {
    struct neap_slots *slots;
    struct neap_cell cell;
    struct neap_pulse pulse;
    pthread_t thread;
    uint64_t token;     /* of the last turn */
    size_t limit;       /* of the next process */
    int jit;            /* LUAJIT_MODE_ON or LUAJIT_MODE_OFF */
    lua_CFunction open; /* more functions for it, or NULL */
    _Atomic int doomed; /* the next process's flag */
    size_t used;        /* of the last process, at its end, and so on */
    size_t peak;
    size_t asked;
    uint32_t exec_slots;
    char raised[200];
};

static inline void stand_init(struct stand *s, struct neap_slots *slots) {
    *s = (struct stand){ .slots = slots,
                         .limit = NEAP_HEAP_UNLIMITED,
                         .jit = LUAJIT_MODE_ON,
                         .thread = pthread_self() };
    if (!neap_exec_arena_is_open() &&
        neap_exec_arena_open(NEAP_EXEC_ARENA_BYTES, false) != 0)
        abort();
    neap_cell_install();
    neap_cell_thread_start(&s->cell, &s->pulse);
}

static inline void stand_fini(struct stand *s) {
    neap_cell_thread_stop(&s->cell);
}

/* Ends turn `token` if it still runs. */
static inline void stand_kill(struct stand *s, uint64_t token) {
    neap_pulse_expire(&s->pulse, token);
    pthread_kill(s->thread, NEAP_KILL_SIGNAL);
}

static inline int stand_slice(struct stand *s, lua_State *L, struct neap_heap *heap,
                              struct neap_exec_slots *exec) {
    int why = sigsetjmp(s->cell.env, 0);
    if (why != 0)
        return why;
    neap_cell_enter(&s->cell, heap, exec);
    int status = lua_pcall(L, 0, 0, 0);
    neap_cell_exit(&s->cell);
    if (status == 0)
        return 0;
    const char *text = lua_tostring(L, -1);
    snprintf(s->raised, sizeof s->raised, "%s", text != NULL ? text : "?");
    return STAND_RAISED;
}

/* Runs `script` as the one turn of a new process: 0, why it was left, or STAND_*. */
static inline int stand_run(struct stand *s, const char *script) {
    struct neap_heap *heap = neap_heap_new(s->slots, s->limit);
    if (heap == NULL)
        return STAND_NO_STATE;
    struct neap_exec_slots exec = { .heap = heap };
    lua_State *L = lua_newstate(neap_heap_alloc, heap);
    neap_heap_attach(heap, L, NULL);
    luaL_openlibs(L);
    luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | s->jit);
    if (s->open != NULL)
        lua_cpcall(L, s->open, s);
    int why = STAND_RAISED;
    if (luaL_loadstring(L, script) == 0) {
        neap_pulse_begin(&s->pulse, ++s->token, NEAP_CPU_FOREVER, &s->doomed);
        why = stand_slice(s, L, heap, &exec);
        neap_pulse_end(&s->pulse);
    }
    s->used = neap_heap_used(heap);
    s->peak = neap_heap_peak(heap);
    s->asked = neap_heap_asked(heap);
    s->exec_slots = exec.count;
    neap_exec_slots_release(&exec);
    neap_heap_free(heap);
    return why;
}

#endif
