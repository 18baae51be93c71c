#include "vm/unsafe_trace.h"

#include "vm/heap.h"
#include "vm/killable.h"
#include "vm/layout.h"

#include <stdbool.h>

enum {
    ASSEMBLING = ~6,            /* what the VM is about, in the global state */
    FIRST_INSTRUCTION = 0x8000, /* below are constants */
    CALL = 97,                  /* of a function that is not pure */
    NEXT = 37,                  /* which function */
    SMALLEST_TRACE = 120,       /* bytes: its head */
};

struct instruction { /* of a trace, before it is machine code */
    uint16_t operand;
    uint16_t function; /* of a CALL */
    uint8_t type;
    uint8_t code;
    uint16_t previous;
};

struct compiler { /* follows the global state; the trace that is made comes first */
    neap_lj_ref next;
    uint8_t marked;
    uint8_t kind;
    uint16_t snapshots;
    uint32_t end; /* of its instructions */
    uint32_t unused;
    neap_lj_ref gray;
    neap_lj_ref instructions; /* where the one of index 0 would be */
};

/* The selftest makes sure of the rest (vm/selftest.c). */
_Static_assert(sizeof(struct instruction) == 8, "an instruction takes 8 bytes");
_Static_assert(offsetof(struct compiler, end) == 12, "next to the number of snapshots");
_Static_assert(sizeof(struct neap_lj_global) % 8 == 0, "the compiler follows at once");

KILLABLE static bool has_next(const struct compiler *compiler) {
    const struct instruction *all = (const struct instruction *)compiler->instructions;
    for (uint32_t i = FIRST_INSTRUCTION; i < compiler->end; i++)
        if (all[i].code == CALL && all[i].function == NEXT)
            return true;
    return false;
}

KILLABLE static bool is_unsafe(const struct neap_heap *heap) {
    const struct neap_lj_thread *main = (const void *)neap_heap_main(heap);
    const struct neap_lj_global *global = (const void *)main->global;
    return global->vm_state == ASSEMBLING && has_next((const void *)(global + 1));
}

KILLABLE void *neap_unsafe_trace_alloc(void *heap, void *block, size_t old, size_t want) {
    if (block == NULL && want > SMALLEST_TRACE && is_unsafe(heap))
        return NULL;
    return neap_heap_alloc(heap, block, old, want);
}
