#include "core/pid.h"

#include "test/test.h"

TEST(a_pid_is_written_as_slot_and_generation) {
    char text[NEAP_PID_TEXT];

    neap_pid_format((struct neap_pid){ .slot = 17, .generation = 3, .tag = 9 }, text);

    EXPECT_STR(text, "17.3");
}

TEST(no_process_is_written_as_a_dash) {
    char text[NEAP_PID_TEXT];

    EXPECT_STR(neap_pid_format((struct neap_pid){ 0 }, text), "-");
}

TEST(the_largest_pid_can_be_written_and_read) {
    struct neap_pid largest = { .slot = UINT32_MAX, .generation = UINT64_MAX };
    char text[NEAP_PID_TEXT];
    struct neap_pid read;

    EXPECT_TRUE(neap_pid_parse(neap_pid_format(largest, text), &read));

    EXPECT_TRUE(neap_pid_equal(read, largest));
}

TEST(parse_refuses_everything_else) {
    static const char *const WRONG[] = { "",      ".",    "1",    "1.",   ".1",
                                         "1.0",   " 1.1", "1.1 ", "-1.1", "+1.1",
                                         "1.1.1", "1. 1", "0x1.1" };
    struct neap_pid pid;

    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        if (neap_pid_parse(WRONG[i], &pid))
            test_failed(__FILE__, __LINE__, "\"%s\" was read as a pid", WRONG[i]);
}

TEST(parse_refuses_numbers_that_do_not_fit) {
    struct neap_pid pid;

    EXPECT_FALSE(neap_pid_parse("4294967296.1", &pid));
    EXPECT_FALSE(neap_pid_parse("1.18446744073709551616", &pid));
}

TEST(pids_of_another_node_are_not_equal) {
    struct neap_pid ours = { .slot = 1, .generation = 1, .tag = 5 };
    struct neap_pid theirs = { .slot = 1, .generation = 1, .tag = 6 };

    EXPECT_TRUE(neap_pid_equal(ours, ours));
    EXPECT_FALSE(neap_pid_equal(ours, theirs));
}
