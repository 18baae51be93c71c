#include "vm/budget.h"

#include "test/test.h"

#include "base/error.h"
#include "base/slots.h"
#include "core/node.h"
#include "vm/exec_arena.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

TEST(without_a_limit_a_node_asks_for_all_it_could_use) {
    struct neap_budget b;

    EXPECT_INT(neap_budget_divide(SIZE_MAX, 4, &b), 0);

    EXPECT_FALSE(b.is_limited);
    EXPECT_TRUE(b.slots == NEAP_SLOTS_BYTES && b.arena == NEAP_EXEC_ARENA_BYTES);
}

TEST(less_than_what_is_needed_is_refused) {
    struct neap_budget b;
    EXPECT_INT(neap_budget_divide(0, 1, &b), NEAP_EMEMORY);
    size_t needed = b.needed;

    EXPECT_INT(neap_budget_divide(needed - 1, 1, &b), NEAP_EMEMORY);
    EXPECT_INT(neap_budget_divide(needed, 1, &b), 0);
    EXPECT_INT(neap_budget_divide(needed, 2, &b), NEAP_EMEMORY);

    EXPECT_TRUE(b.needed >= needed + neap_node_stack_bytes(1));
}

TEST(what_a_budget_gives_away_leaves_room_for_the_threads) {
    struct neap_budget b;
    for (uint32_t workers = 1; workers <= 64; workers *= 2)
        for (size_t room = 128 * MIB; room < 4096 * GIB; room += room / 3) {
            if (neap_budget_divide(room, workers, &b) != 0)
                continue;
            EXPECT_TRUE(b.is_limited);
            EXPECT_TRUE(b.slots >= 64 * MIB && b.slots <= NEAP_SLOTS_BYTES);
            EXPECT_TRUE(b.arena >= 4 * MIB && b.arena <= NEAP_EXEC_ARENA_BYTES);
            EXPECT_TRUE(b.slots + b.arena + neap_node_stack_bytes(workers) < room);
        }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* In a child, since a limit on address space can not be taken back. */
static bool sees_room_of(size_t limit) {
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_AS, &(struct rlimit){ limit, limit });
        size_t room = neap_budget_room();
        _exit(room > limit / 2 && room < limit ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(the_room_is_what_the_limit_leaves) {
    EXPECT_TRUE(sees_room_of(GIB));
    EXPECT_TRUE(sees_room_of(100 * GIB));
    EXPECT_TRUE(neap_budget_room() == SIZE_MAX);
}
#endif
