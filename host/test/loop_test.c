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

/* Of a poll whose time is just after a whole millisecond. */
static bool ends_soon_after_its_time(struct neap_poller *poller) {
    neap_time due = now() / NEAP_MS * NEAP_MS + 2 * NEAP_MS + NEAP_MS / 20;
    poller->ops->poll(poller, due - now());
    return now() - due < NEAP_MS / 2;
}

TEST(a_poll_ends_at_its_time_and_not_at_the_next_millisecond) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);
    int tries = 0;

    while (tries < 2000 && !ends_soon_after_its_time(poller))
        tries++;

    EXPECT_TRUE(tries < 2000); /* of a busy machine, too */
    poller->ops->free(poller);
}

TEST(the_time_out_of_an_earlier_poll_ends_one_poll_and_no_more) {
    struct neap_poller *poller = neap_loop_poller_new(NULL);
    poller->ops->wake(poller);
    poller->ops->poll(poller, 2 * NEAP_MS); /* ended by the bell, before its time */

    poller->ops->poll(poller, NEAP_FOREVER);

    neap_time start = now();
    poller->ops->poll(poller, 10 * NEAP_MS);
    EXPECT_TRUE(now() - start >= 10 * NEAP_MS);
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
