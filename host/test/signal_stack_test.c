#include "vm/signal_stack.h"

#include "test/child.h"
#include "test/test.h"

#include <stdint.h>

TEST(a_thread_has_it_from_start_to_stop) {
    struct neap_signal_stack s;
    stack_t before, during, after;
    sigaltstack(NULL, &before);

    neap_signal_stack_start(&s);
    sigaltstack(NULL, &during);
    neap_signal_stack_stop(&s);
    sigaltstack(NULL, &after);

    EXPECT_U64(during.ss_size, NEAP_SIGNAL_STACK_BYTES);
    EXPECT_INT(during.ss_flags, 0);
    EXPECT_TRUE(during.ss_sp != before.ss_sp);
    EXPECT_TRUE(after.ss_sp == before.ss_sp);
    EXPECT_INT(after.ss_flags, before.ss_flags);
}

/* The first byte is there; the one below it is not. */
static void touch_the_guard(int out) {
    struct neap_signal_stack s;
    stack_t ours;
    neap_signal_stack_start(&s);
    sigaltstack(NULL, &ours);
    volatile char *first = ours.ss_sp;
    first[0] = 1;
    if (write(out, "in", 2) == 2)
        first[-1] = 1;
}

TEST(what_does_not_fit_hits_the_guard_page) {
    char said[8];

    EXPECT_INT(child_run(touch_the_guard, said, sizeof said), -SIGSEGV);

    EXPECT_STR(said, "in");
}
