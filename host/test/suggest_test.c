#include "base/suggest.h"

#include "test/test.h"

static const char *const WORDS[] = { "counter", NULL, "logger", "co" };
enum { COUNT = sizeof WORDS / sizeof *WORDS };

static void expect_hint(const char *given, const char *want) {
    char hint[NEAP_HINT];
    EXPECT_STR(neap_hint(hint, "--", given, WORDS, COUNT), want);
}

TEST(the_nearest_word_is_meant) {
    expect_hint("cuonter", ": did you mean \"--counter\"?");
    expect_hint("loger", ": did you mean \"--logger\"?");
}

TEST(a_beginning_means_its_word) {
    expect_hint("count", ": did you mean \"--counter\"?");
}

TEST(nothing_near_is_not_meant) {
    expect_hint("supervisor", "");
    expect_hint("", "");
}

/* A third of its letters may differ, which of a long one are more than a word has. */
TEST(a_word_that_is_too_long_means_none) {
    char given[400];
    for (size_t length = 65; length < sizeof given; length++) {
        memset(given, 'x', length);
        given[length] = '\0';
        EXPECT_NULL(neap_suggest(given, WORDS, COUNT));
    }
}
