#include "core/reason.h"

#include "test/test.h"

TEST(words_have_texts_and_values_have_none) {
    EXPECT_STR(neap_reason_text(NEAP_REASON_NORMAL), "normal");
    EXPECT_STR(neap_reason_text(NEAP_REASON_KILLED), "killed");
    EXPECT_STR(neap_reason_text(NEAP_REASON_NOCONNECTION), "noconnection");
    EXPECT_NULL(neap_reason_text(NEAP_REASON_VALUE));
}

TEST(SRV_12_only_normal_and_shutdown_are_orderly_words) {
    for (int word = NEAP_REASON_NORMAL; word <= NEAP_REASON_VALUE; word++)
        EXPECT_INT(neap_reason_of((enum neap_reason_word)word).orderly,
                   word == NEAP_REASON_NORMAL || word == NEAP_REASON_SHUTDOWN);
}
