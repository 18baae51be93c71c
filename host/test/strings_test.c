#include "base/strings.h"

#include "test/test.h"

TEST(an_empty_list_has_nothing) {
    struct neap_strings s = { 0 };

    EXPECT_FALSE(neap_strings_has(&s, ""));
    EXPECT_NULL(s.items);

    neap_strings_fini(&s);
}

TEST(a_list_keeps_copies_in_order) {
    struct neap_strings s = { 0 };
    char text[] = "a0";

    for (int i = 0; i < 9; i++) {
        text[1] = (char)('0' + i);
        neap_strings_add(&s, text);
    }

    EXPECT_U64(s.count, 9);
    EXPECT_STR(s.items[0], "a0");
    EXPECT_STR(s.items[8], "a8");
    EXPECT_TRUE(neap_strings_has(&s, "a4"));
    EXPECT_FALSE(neap_strings_has(&s, "a"));
    neap_strings_fini(&s);
    EXPECT_U64(s.count, 0);
}
