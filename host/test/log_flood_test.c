#include "base/log_flood.h"

#include "test/test.h"

static struct neap_log_flood *flood;

static bool happens(const char *event, const char *kind, neap_time now) {
    return neap_log_flood_admit(flood, NEAP_LOG_ERROR, event, kind, strlen(kind), now);
}

static int admitted(const char *kind, int times, neap_time now) {
    int n = 0;
    for (int i = 0; i < times; i++)
        n += happens("crash", kind, now);
    return n;
}

/* How many the summary that is due tells of; 0: none is. */
static int told(neap_time now) {
    struct neap_log_summary summary;
    return neap_log_flood_take(flood, now, &summary) ? (int)summary.times : 0;
}

TEST(the_first_of_a_kind_are_written_and_the_others_counted) {
    flood = neap_log_flood_new();

    EXPECT_INT(admitted(" reason=boom", 10000, 5), NEAP_LOG_BURST);

    EXPECT_INT(told(5 + NEAP_LOG_WINDOW - 1), 0);
    EXPECT_INT(told(5 + NEAP_LOG_WINDOW), 10000 - NEAP_LOG_BURST);
    EXPECT_INT(told(NEAP_FOREVER), 0);
    neap_log_flood_free(flood);
}

TEST(a_summary_says_what_repeated) {
    struct neap_log_summary summary;
    flood = neap_log_flood_new();

    admitted(" reason=boom", NEAP_LOG_BURST + 1, 0);

    EXPECT_TRUE(neap_log_flood_take(flood, NEAP_FOREVER, &summary));
    EXPECT_STR(summary.event, "crash");
    EXPECT_TRUE(summary.size == 12 && memcmp(summary.kind, " reason=boom", 12) == 0);
    EXPECT_INT(summary.level, NEAP_LOG_ERROR);
    neap_log_flood_free(flood);
}

TEST(kinds_differ_by_their_event_and_by_their_text) {
    flood = neap_log_flood_new();

    EXPECT_INT(admitted("a", 50, 0), NEAP_LOG_BURST);
    EXPECT_INT(admitted("b", 50, 0), NEAP_LOG_BURST);
    EXPECT_TRUE(happens("restart", "a", 0));

    neap_log_flood_free(flood);
}

TEST(each_window_begins_anew) {
    flood = neap_log_flood_new();

    for (neap_time now = 0; now < 10 * NEAP_LOG_WINDOW; now += NEAP_LOG_WINDOW) {
        EXPECT_INT(told(now), now == 0 ? 0 : 90);
        EXPECT_INT(admitted("a", NEAP_LOG_BURST + 90, now), NEAP_LOG_BURST);
    }

    neap_log_flood_free(flood);
}

TEST(a_window_lasts_until_its_summary_is_taken) {
    flood = neap_log_flood_new();
    admitted("a", NEAP_LOG_BURST + 1, 0);

    EXPECT_FALSE(happens("crash", "a", 5 * NEAP_LOG_WINDOW));

    EXPECT_INT(told(5 * NEAP_LOG_WINDOW), 2);
    EXPECT_TRUE(happens("crash", "a", 5 * NEAP_LOG_WINDOW));
    neap_log_flood_free(flood);
}

TEST(nothing_is_due_while_nothing_is_held_back) {
    flood = neap_log_flood_new();
    EXPECT_TRUE(neap_log_flood_due(flood) == NEAP_FOREVER);

    admitted("a", NEAP_LOG_BURST, 7);
    EXPECT_TRUE(neap_log_flood_due(flood) == NEAP_FOREVER);
    admitted("a", 1, 9);
    EXPECT_TRUE(neap_log_flood_due(flood) == 7 + NEAP_LOG_WINDOW);
    told(NEAP_FOREVER);
    told(NEAP_FOREVER);

    EXPECT_TRUE(neap_log_flood_due(flood) == NEAP_FOREVER);
    neap_log_flood_free(flood);
}

TEST(kinds_beyond_the_table_share_a_place) {
    char kind[16];
    int written = 0;
    struct neap_log_summary summary;
    flood = neap_log_flood_new();

    for (int i = 0; i < 1000; i++) {
        snprintf(kind, sizeof kind, "%d", i);
        written += happens("crash", kind, 0);
    }

    EXPECT_INT(written, NEAP_LOG_KINDS + NEAP_LOG_BURST);
    EXPECT_TRUE(neap_log_flood_take(flood, NEAP_FOREVER, &summary));
    EXPECT_STR(summary.event, "others");
    EXPECT_INT(summary.size, 0);
    EXPECT_INT(summary.times, 1000 - written);
    neap_log_flood_free(flood);
}

TEST(a_place_is_free_again_after_a_quiet_window) {
    char kind[16];
    flood = neap_log_flood_new();
    for (int i = 0; i < NEAP_LOG_KINDS; i++) {
        snprintf(kind, sizeof kind, "%d", i);
        happens("crash", kind, 0);
    }

    EXPECT_INT(admitted("new", 100, NEAP_LOG_WINDOW), NEAP_LOG_BURST);
    struct neap_log_summary summary;

    EXPECT_TRUE(neap_log_flood_take(flood, NEAP_FOREVER, &summary));
    EXPECT_STR(summary.event, "crash");
    neap_log_flood_free(flood);
}

TEST(a_kind_that_is_too_long_is_one_of_the_others) {
    static char kind[NEAP_LOG_KIND + 2];
    struct neap_log_summary summary;
    memset(kind, 'x', sizeof kind - 1);
    flood = neap_log_flood_new();

    EXPECT_INT(admitted(kind, 100, 0), NEAP_LOG_BURST);

    EXPECT_TRUE(neap_log_flood_take(flood, NEAP_FOREVER, &summary));
    EXPECT_STR(summary.event, "others");
    neap_log_flood_free(flood);
}

/* Whatever happens when, and however late summaries are taken: what was written and what is
 * told add up, and a window's bound holds. */
enum { STEPS = 20000 };
static neap_time model_now;
static uint64_t happened, written, counted;

static void take_due(neap_time at) {
    struct neap_log_summary summary;
    while (neap_log_flood_take(flood, at, &summary)) {
        EXPECT_TRUE(summary.times > 0);
        counted += summary.times;
    }
}

MODEL_TEST(no_event_is_missing_from_the_sum, STEPS) {
    char kind[16];
    if (step == 0)
        flood = neap_log_flood_new();

    model_now += random_below(NEAP_LOG_WINDOW / 50);
    snprintf(kind, sizeof kind, "%d", (int)random_below(random_below(2) ? 3 : 200));
    uint64_t times = random_below(30);
    happened += times;
    written += (uint64_t)admitted(kind, (int)times, model_now);
    if (random_below(20) == 0)
        take_due(model_now);

    EXPECT_TRUE(written + counted <= happened);
    if (step < STEPS - 1)
        return;
    take_due(NEAP_FOREVER);
    EXPECT_INT(written + counted, happened);
    neap_log_flood_free(flood);
}
