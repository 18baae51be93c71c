#include "vm/limit_text.h"

#include "test/test.h"

static char text[NEAP_LIMIT_TEXT];

static const char *said(const char *limit, double used, double max) {
    size_t size = neap_limit_text(text, limit, used, max);
    EXPECT_INT(size, strlen(text));
    return text;
}

TEST(the_key_and_its_value_are_as_in_a_spec) {
    EXPECT_STR(said("memory", 67318579, 64 << 20),
               "limits.memory = \"64MB\" (used 64.2MB): raise limits.memory in its spec");
    EXPECT_STR(said("memory", 1000500, 1000000),
               "limits.memory = 1000000 (used 977.1KB): raise limits.memory in its spec");
    EXPECT_STR(
        said("cpu", 50.4, 50),
        "limits.cpu = \"50ms\" (used 50 ms in one turn): raise limits.cpu in its spec, "
        "or receive in between");
    EXPECT_STR(
        said("cpu", 5003.2, 5000),
        "limits.cpu = \"5s\" (used 5003 ms in one turn): raise limits.cpu in its spec, "
        "or receive in between");
    EXPECT_STR(said("instructions", 20000, 20000),
               "limits.instructions = 20000 (used 20000 in one turn): raise "
               "limits.instructions in its spec, or receive in between");
}

TEST(what_is_no_key_of_a_spec_says_what_to_do) {
    EXPECT_TRUE(strstr(said("mailbox", 2097152, 1048576),
                       "2.0MB of signals wait, of at most "
                       "1.0MB: receive them") != NULL);
    EXPECT_TRUE(strstr(said("carrier", 9, 10), "limits.cpu") != NULL);
    EXPECT_STR(said("other", 1.5, 1), "other limit: used 1.5 of 1");
}

TEST(who_is_below_its_limit_is_not_told_to_raise_it) {
    EXPECT_STR(
        said("memory", 5 << 20, 64 << 20),
        "the node has no more memory for a process that holds 5.0MB: raise ulimit -v, or "
        "lower limits.memory of the largest");
}

TEST(the_largest_numbers_fit) {
    static const char *const limits[] = { "memory", "cpu", "instructions", "mailbox",
                                          "carrier" };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        EXPECT_TRUE(neap_limit_text(text, limits[i], 9e15, 9e15) < NEAP_LIMIT_TEXT);
}
