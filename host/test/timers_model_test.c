#include "core/timers.h"

#include "test/test.h"

enum { STEPS = 20000, CLOCKS = 100 };

static struct neap_timers timers;
static struct neap_timer clocks[CLOCKS];
static neap_time set_to[CLOCKS]; /* the naive version: 0 means not set */
static neap_time now;

static neap_time naive_next(void) {
    neap_time next = NEAP_FOREVER;
    for (int i = 0; i < CLOCKS; i++)
        if (set_to[i] != 0 && set_to[i] < next)
            next = set_to[i];
    return next;
}

static void fired(struct neap_timer *timer) {
    EXPECT_U64(timer->at, naive_next());
    EXPECT_U64(timer->at, set_to[timer - clocks]);
    EXPECT_TRUE(timer->at <= now);
    set_to[timer - clocks] = 0;
}

static void set(int i) {
    neap_timers_remove(&timers, &clocks[i]);
    set_to[i] = now + 1 + random_below(50);
    clocks[i].fire = fired;
    neap_timers_add(&timers, &clocks[i], set_to[i]);
}

MODEL_TEST(timers_behave_like_an_unsorted_array, STEPS) {
    int i = (int)random_below(CLOCKS);
    if (step == 0)
        neap_timers_init(&timers);

    switch (random_below(4)) {
    case 0:
    case 1: set(i); break;
    case 2:
        set_to[i] = 0;
        neap_timers_remove(&timers, &clocks[i]);
        break;
    case 3:
        now += random_below(4);
        neap_timers_fire(&timers, now);
        EXPECT_TRUE(naive_next() > now);
        break;
    }
    EXPECT_U64(neap_timers_next(&timers), naive_next());
    EXPECT_INT(neap_timer_is_set(&clocks[i]), set_to[i] != 0);

    if (step == STEPS - 1)
        neap_timers_fini(&timers);
}
