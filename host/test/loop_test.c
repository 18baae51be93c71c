#include "net/loop.h"

#include "test/test.h"

#include <sys/resource.h>

static neap_time now(void) {
    struct neap_clock *clock = neap_clock_system();
    return clock->now(clock);
}

static neap_time cpu(void) {
    return neap_clock_thread_cpu(pthread_self());
}

/* How often the thread went to sleep by itself. */
static long sleeps(void) {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

TEST(a_poll_without_a_time_out_does_not_wait) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);
    long before = sleeps();

    poller->ops->poll(poller, 0);

    EXPECT_INT(sleeps() - before, 0);
    poller->ops->free(poller);
}

TEST(a_poll_never_ends_before_its_time) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);

    for (neap_time wait = 1; wait < 20 * NEAP_MS; wait = wait * 3 + 12345) {
        neap_time start = now();
        poller->ops->poll(poller, wait);
        EXPECT_TRUE(now() - start >= wait);
    }

    poller->ops->free(poller);
}

TEST(a_waiting_poll_sleeps_once_and_uses_no_cpu) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);
    long before = sleeps();
    neap_time used = cpu();

    poller->ops->poll(poller, 50 * NEAP_MS);

    EXPECT_TRUE(sleeps() - before <= 2);
    EXPECT_TRUE(cpu() - used < 5 * NEAP_MS);
    poller->ops->free(poller);
}

TEST(a_wake_before_the_poll_is_not_lost) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);

    poller->ops->wake(poller);
    poller->ops->wake(poller);
    poller->ops->poll(poller, NEAP_FOREVER);

    poller->ops->free(poller);
}

static void *ring(void *poller) {
    ((struct neap_poller *)poller)->ops->wake(poller);
    return NULL;
}

TEST(another_thread_ends_a_poll_that_waits_for_ever) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);

    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, ring, poller);
        poller->ops->poll(poller, NEAP_FOREVER);
        pthread_join(thread, NULL);
    }

    poller->ops->free(poller);
}

TEST(a_time_that_nobody_lives_to_see_is_no_overflow) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);

    poller->ops->wake(poller);
    poller->ops->poll(poller, NEAP_FOREVER - 1);

    poller->ops->free(poller);
}
