#include "core/timers.h"

#include "test/test.h"

struct alarm_clock { /* a timer that writes down when it fired */
    struct neap_timer timer;
    char letter;
};

static struct neap_timers timers;
static char fired[16];

static void write_letter(struct neap_timer *timer) {
    size_t n = strlen(fired);
    fired[n] = ((struct alarm_clock *)(void *)timer)->letter;
    fired[n + 1] = '\0';
}

static void begin(void) {
    neap_timers_init(&timers);
    fired[0] = '\0';
}

#define CLOCK(letter_)                                                                   \
    { .timer.fire = write_letter, .letter = (letter_) }

TEST(an_empty_heap_waits_for_ever) {
    begin();

    EXPECT_U64(neap_timers_next(&timers), NEAP_FOREVER);
    neap_timers_fire(&timers, NEAP_FOREVER);

    neap_timers_fini(&timers);
}

TEST(TMR_01_a_timer_fires_once_and_not_before_its_time) {
    struct alarm_clock a = CLOCK('a');
    begin();
    neap_timers_add(&timers, &a.timer, 100);

    neap_timers_fire(&timers, 99);
    EXPECT_STR(fired, "");
    neap_timers_fire(&timers, 100);
    neap_timers_fire(&timers, 200);

    EXPECT_STR(fired, "a");
    EXPECT_FALSE(neap_timer_is_set(&a.timer));
    neap_timers_fini(&timers);
}

TEST(timers_fire_in_the_order_of_their_times) {
    struct alarm_clock clocks[] = { CLOCK('a'), CLOCK('b'), CLOCK('c'), CLOCK('d') };
    static const neap_time AT[] = { 30, 10, 40, 20 };
    begin();
    for (int i = 0; i < 4; i++)
        neap_timers_add(&timers, &clocks[i].timer, AT[i]);

    EXPECT_U64(neap_timers_next(&timers), 10);
    neap_timers_fire(&timers, 100);

    EXPECT_STR(fired, "bdac");
    neap_timers_fini(&timers);
}

TEST(TMR_03_a_removed_timer_does_not_fire_and_may_be_removed_again) {
    struct alarm_clock a = CLOCK('a');
    struct alarm_clock b = CLOCK('b');
    begin();
    neap_timers_add(&timers, &a.timer, 10);
    neap_timers_add(&timers, &b.timer, 20);

    neap_timers_remove(&timers, &a.timer);
    neap_timers_remove(&timers, &a.timer);
    neap_timers_fire(&timers, 100);

    EXPECT_STR(fired, "b");
    neap_timers_fini(&timers);
}

static void again(struct neap_timer *timer) {
    write_letter(timer);
    if (strlen(fired) < 3)
        neap_timers_add(&timers, timer, timer->at + 10);
}

TEST(a_timer_may_set_itself_again_while_it_fires) {
    struct alarm_clock a = { .timer.fire = again, .letter = 'a' };
    begin();
    neap_timers_add(&timers, &a.timer, 10);

    neap_timers_fire(&timers, 25);
    EXPECT_STR(fired, "aa");
    neap_timers_fire(&timers, 30);

    EXPECT_STR(fired, "aaa");
    neap_timers_fini(&timers);
}
