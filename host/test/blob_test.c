#include "core/blob.h"

#include "test/test.h"

TEST(a_blob_copies_its_bytes) {
    char bytes[] = "hello";
    struct neap_blob *blob = neap_blob_new(bytes, 5);

    memset(bytes, 'x', 5);

    EXPECT_BYTES(neap_blob_data(blob), neap_blob_size(blob), "hello", 5);
    neap_blob_unref(blob);
}

TEST(a_blob_lives_until_its_last_reference_is_gone) {
    struct neap_blob *blob = neap_blob_new("hello", 5);
    EXPECT_PTR(neap_blob_ref(blob), blob);

    neap_blob_unref(blob);

    EXPECT_BYTES(neap_blob_data(blob), 5, "hello", 5);
    neap_blob_unref(blob);
}

TEST(an_empty_blob_is_fine) {
    struct neap_blob *blob = neap_blob_new(NULL, 0);

    EXPECT_INT(neap_blob_size(blob), 0);

    neap_blob_unref(blob);
    neap_blob_unref(NULL);
}
