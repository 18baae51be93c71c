#include "vm/exec_arena.h"

#include "test/stand.h"
#include "test/test.h"

#include <sys/mman.h>

#define COMPILED "local n = 0 for i = 1, 1000 do n = n + i end assert(n == 500500)"

extern char lj_vm_exit_handler[];

static struct neap_slots *slots;
static struct stand stand;

/* The arena is one per OS process: each test opens its own. */
static void begin(size_t bytes, bool wx) {
    slots = neap_slots_new((size_t)256 << 20);
    EXPECT_INT(neap_exec_arena_open(bytes, wx), 0);
    stand_init(&stand, slots);
}

static void end(void) {
    stand_fini(&stand);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

/* Takes a slot as LuaJIT would in a slice. */
static void *map_in_slice(struct neap_heap *heap, struct neap_exec_slots *exec, size_t n) {
    neap_cell_enter(&stand.cell, heap, exec);
    void *at = neap_vm_mmap((void *)&lj_vm_exit_handler, n, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    neap_cell_exit(&stand.cell);
    return at;
}

TEST(compiled_code_lies_in_the_arena_and_goes_with_its_process) {
    begin(NEAP_EXEC_ARENA_BYTES, false);

    EXPECT_INT(stand_run(&stand, COMPILED), 0);

    EXPECT_INT(stand.exec_slots, 1);
    EXPECT_INT(neap_exec_arena_stats().taken, 1);
    EXPECT_INT(neap_exec_arena_stats().used, 0);
    end();
}

TEST(protection_is_left_alone_unless_asked_for) {
    begin(NEAP_EXEC_ARENA_BYTES, false);

    EXPECT_INT(stand_run(&stand, COMPILED), 0);

    EXPECT_INT(neap_exec_arena_stats().flips, 0);
    EXPECT_FALSE(neap_exec_arena_stats().wx);
    end();
}

TEST(compiled_code_runs_with_write_xor_execute) {
    begin(NEAP_EXEC_ARENA_BYTES, true);

    EXPECT_INT(stand_run(&stand, COMPILED), 0);
    EXPECT_INT(stand_run(&stand, COMPILED), 0);

    EXPECT_TRUE(neap_exec_arena_stats().flips >= 2);
    EXPECT_FALSE(neap_exec_arena_stats().wx_forced);
    end();
}

TEST(errors_unwind_through_compiled_code) {
    for (int wx = 0; wx < 2; wx++) {
        begin(NEAP_EXEC_ARENA_BYTES, wx);
        int why = stand_run(
            &stand, "local t = setmetatable({}, {__index = function(_, k)"
                    " if k > 90 then error('boom') end return k end})"
                    "local function f(n) local x = 0 for i = 1, n do x = x + t[i] end"
                    " return x end local failed = 0 for i = 1, 200 do"
                    " if not pcall(f, 100) then failed = failed + 1 end end "
                    "assert(failed == 200)");
        EXPECT_INT(why, 0);
        EXPECT_TRUE(neap_exec_arena_stats().unwind);
        end();
    }
}

TEST(A17_both_ends_are_within_reach_of_the_interpreter) {
    begin((size_t)2 << 30, false); /* more than it gives */

    uintptr_t here = (uintptr_t)lj_vm_exit_handler;
    size_t bytes = (neap_exec_arena_stats().slots + 1) * NEAP_EXEC_SLOT;
    uintptr_t far = (uintptr_t)1022 << 20;

    EXPECT_TRUE(bytes <= (size_t)768 << 20);
    EXPECT_TRUE(neap_exec_arena_has(here - far) == false);
    EXPECT_TRUE(neap_exec_arena_has(here + far) == false);
    EXPECT_FALSE(neap_exec_arena_has(here));
    end();
}

TEST(A17_an_exhausted_arena_refuses_and_the_program_runs_on) {
    begin((size_t)4 << 20, false);
    struct neap_heap *heap = neap_heap_new(slots, NEAP_HEAP_UNLIMITED);
    struct neap_exec_slots all = { 0 };
    for (size_t i = 0; i < neap_exec_arena_stats().slots; i++)
        EXPECT_TRUE(map_in_slice(heap, &all, NEAP_EXEC_SLOT) != MAP_FAILED);

    EXPECT_TRUE(map_in_slice(heap, &all, NEAP_EXEC_SLOT) == MAP_FAILED);
    EXPECT_INT(stand_run(&stand, COMPILED), 0);

    EXPECT_INT(stand.exec_slots, 0);
    EXPECT_INT(neap_exec_arena_stats().refused, 2); /* processes, not probes */
    neap_exec_slots_release(&all);
    EXPECT_INT(stand_run(&stand, COMPILED), 0);
    EXPECT_INT(stand.exec_slots, 1);
    neap_heap_free(heap);
    end();
}

TEST(an_area_larger_than_a_slot_is_refused) {
    begin((size_t)4 << 20, false);
    struct neap_heap *heap = neap_heap_new(slots, NEAP_HEAP_UNLIMITED);
    struct neap_exec_slots list = { 0 };

    EXPECT_TRUE(map_in_slice(heap, &list, NEAP_EXEC_SLOT + 1) == MAP_FAILED);

    EXPECT_INT(list.count, 0);
    EXPECT_INT(neap_exec_arena_stats().refused, 1);
    neap_heap_free(heap);
    end();
}

TEST(machine_code_counts_against_the_memory_limit) {
    begin((size_t)4 << 20, false);
    struct neap_heap *heap = neap_heap_new(slots, (size_t)1 << 20);
    struct neap_exec_slots list = { .heap = heap };

    void *at = map_in_slice(heap, &list, NEAP_EXEC_SLOT);

    EXPECT_INT(neap_heap_used(heap), NEAP_EXEC_SLOT);
    neap_cell_enter(&stand.cell, heap, &list);
    EXPECT_INT(neap_vm_munmap(at, NEAP_EXEC_SLOT), 0);
    neap_cell_exit(&stand.cell);
    EXPECT_INT(neap_heap_used(heap), 0);
    EXPECT_INT(list.count, 0);
    neap_heap_free(heap);
    end();
}

TEST(machine_code_past_the_limit_ends_the_process_with_the_slot_on_its_list) {
    begin((size_t)4 << 20, false);
    struct neap_heap *heap = neap_heap_new(slots, NEAP_EXEC_SLOT / 2);
    struct neap_exec_slots list = { .heap = heap };

    int why = sigsetjmp(stand.cell.env, 0);
    if (why == 0)
        map_in_slice(heap, &list, NEAP_EXEC_SLOT);

    EXPECT_INT(why, NEAP_LEAVE_MEMORY);
    EXPECT_INT(list.count, 1);
    neap_exec_slots_release(&list);
    EXPECT_INT(neap_exec_arena_stats().used, 0);
    neap_heap_free(heap);
    end();
}

TEST(outside_a_slice_the_seams_are_the_system_s_own) {
    begin((size_t)4 << 20, false);

    void *at = neap_vm_mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    EXPECT_FALSE(neap_exec_arena_has((uintptr_t)at));
    EXPECT_INT(neap_vm_mprotect(at, 4096, PROT_NONE), 0);
    EXPECT_INT(neap_vm_munmap(at, 4096), 0);
    end();
}
