#include "vm/selftest.h"

#include "test/child.h"
#include "test/test.h"

#include "base/error.h"
#include "vm/cell.h"
#include "vm/exec_arena.h"
#include "vm/runtime.h"

#include <pthread.h>
#include <unistd.h>

/* The threads that are made from now on hear no kill. */
static void deafen(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, NEAP_KILL_SIGNAL);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void start_deaf(int out) {
    char why[200] = "";
    struct neap_runtime *runtime = NULL;
    struct neap_runtime_options options = { .workers = 1, .log = { .fd = 2 } };
    deafen();
    int err = neap_runtime_new(&options, &runtime, why, sizeof why);
    if (err != NEAP_ETIMEOUT || write(out, why, strlen(why)) < 0)
        _exit(1);
}

/* In a child: nobody gets rid of a thread that is stuck, but with its program. */
TEST(a_kill_that_does_not_work_is_one_line_and_no_abort) {
    char said[200];

    EXPECT_INT(child_run(start_deaf, said, sizeof said), 0);

    EXPECT_STR(said, "self-test: \"kill\" does not work with the LuaJIT that was linked");
}

TEST(a_self_test_leaves_no_trace) {
    const char *what = "nothing";
    neap_cell_install();
    EXPECT_INT(neap_exec_arena_open(NEAP_EXEC_ARENA_BYTES, false), 0);

    EXPECT_INT(neap_selftest(&what), 0);

    EXPECT_STR(what, NULL);
    EXPECT_INT(neap_exec_arena_stats().used, 0);
    neap_exec_arena_close();
}
