#include "base/error.h"

#include "test/test.h"

TEST(every_code_has_a_word_and_a_sentence) {
    for (int err = NEAP_ENOPROC; err >= NEAP_EDENIED; err--) {
        EXPECT_TRUE(strcmp(neap_error_kind(err), "system") != 0);
        EXPECT_TRUE(strlen(neap_strerror(err)) > 0);
    }
}

TEST(the_words_are_those_of_the_lua_library) {
    EXPECT_STR(neap_error_kind(NEAP_EFULL), "full");
    EXPECT_STR(neap_error_kind(NEAP_ENOPROC), "noproc");
    EXPECT_STR(neap_error_kind(NEAP_ETAKEN), "taken");
}

TEST(what_is_not_ours_is_of_the_system) {
    EXPECT_STR(neap_error_kind(-2), "system");
    EXPECT_TRUE(strlen(neap_strerror(-2)) > 0);
}
