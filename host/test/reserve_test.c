#include "vm/reserve.h"

#include "test/test.h"

#include <pthread.h>

static struct neap_reserve seen; /* what the thread saw; it is joined before it is read */
static bool had_start, had_before, had_behind;

static void *use_it(void *arg) {
    struct neap_reserve r;
    (void)arg;
    neap_reserve_start(&r);
    had_start = neap_reserve_has(&r, r.start);
    had_before = neap_reserve_has(&r, r.start - 1);
    had_behind = neap_reserve_has(&r, r.start + NEAP_RESERVE_BYTES);
    neap_reserve_open(&r);
    *(volatile char *)r.start = 1; /* a fault if it were closed */
    neap_reserve_restore(&r);
    seen = r;
    neap_reserve_stop(&r);
    *(volatile char *)seen.start = 1;
    return NULL;
}

TEST(the_end_of_a_thread_s_stack_is_there_while_it_is_open) {
    pthread_t thread;

    pthread_create(&thread, NULL, use_it, NULL);
    pthread_join(thread, NULL);

    EXPECT_TRUE(seen.start != 0);
    EXPECT_TRUE(had_start);
    EXPECT_FALSE(had_before);
    EXPECT_FALSE(had_behind);
    EXPECT_FALSE(seen.open);
}

TEST(the_main_thread_has_none) {
    struct neap_reserve r;

    neap_reserve_start(&r);

    EXPECT_U64(r.start, 0);
    EXPECT_FALSE(neap_reserve_has(&r, 0));
    neap_reserve_restore(&r);
    neap_reserve_stop(&r);
}
