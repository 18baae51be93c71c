#include "core/message.h"

#include "test/test.h"

TEST(a_message_copies_its_payload) {
    char payload[] = "hello";
    struct neap_message *m = neap_message_new(NEAP_MESSAGE_VALUE, payload, 5, NULL, 0);

    memset(payload, 'x', 5);

    EXPECT_BYTES(m->payload, m->size, "hello", 5);
    EXPECT_TRUE(m->cost >= sizeof *m + 5);
    neap_message_free(m);
}

TEST(a_message_keeps_its_blobs_after_their_first_holder_let_go) {
    struct neap_blob *blob = neap_blob_new("bytes", 5);
    struct neap_message *m = neap_message_new(NEAP_MESSAGE_VALUE, "abc", 3, &blob, 1);

    neap_blob_unref(blob);

    EXPECT_BYTES(m->payload, m->size, "abc", 3);
    EXPECT_BYTES(neap_blob_data(m->blobs[0]), neap_blob_size(m->blobs[0]), "bytes", 5);
    neap_message_free(m);
}

TEST(the_cost_counts_blobs) {
    struct neap_blob *blob = neap_blob_new("0123456789", 10);
    struct neap_message *bare = neap_message_new(NEAP_MESSAGE_VALUE, NULL, 0, NULL, 0);
    struct neap_message *full = neap_message_new(NEAP_MESSAGE_VALUE, NULL, 0, &blob, 1);

    EXPECT_INT(full->cost - bare->cost, 10);

    neap_message_free(bare);
    neap_message_free(full);
    neap_blob_unref(blob);
}

TEST(a_signal_holds_a_reference_to_its_reason) {
    struct neap_pid from = { .slot = 1, .generation = 2, .tag = 3 };
    struct neap_reason reason = { .word = NEAP_REASON_VALUE,
                                  .value = neap_blob_new("boom", 4) };
    struct neap_message *m = neap_message_signal(NEAP_MESSAGE_EXIT, from, reason);

    neap_reason_unref(reason);

    EXPECT_TRUE(neap_pid_equal(m->from, from));
    EXPECT_BYTES(neap_blob_data(m->reason.value), 4, "boom", 4);
    neap_message_free(m);
}

TEST(signals_and_timers_are_urgent) {
    struct neap_message *m = neap_message_new(NEAP_MESSAGE_TIMER, NULL, 0, NULL, 0);

    EXPECT_TRUE(neap_message_is_urgent(m));
    EXPECT_FALSE(neap_message_is_signal(m));
    m->kind = NEAP_MESSAGE_DOWN;
    EXPECT_TRUE(neap_message_is_urgent(m));
    m->kind = NEAP_MESSAGE_CALL;
    EXPECT_FALSE(neap_message_is_urgent(m));

    neap_message_free(m);
}

TEST(free_allows_null) {
    neap_message_free(NULL);
}
