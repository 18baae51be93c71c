#include "base/bytes.h"

#include "test/test.h"

static struct neap_bytes bytes;

TEST(new_bytes_hold_no_memory) {
    neap_bytes_init(&bytes);

    EXPECT_NULL(bytes.data);
    EXPECT_INT(bytes.len, 0);

    neap_bytes_fini(&bytes);
}

TEST(appending_keeps_what_was_there) {
    neap_bytes_init(&bytes);

    neap_bytes_text(&bytes, "one ");
    neap_bytes_put(&bytes, '2');
    neap_bytes_append(&bytes, NULL, 0);
    neap_bytes_printf(&bytes, " %s%d", "three", 4);

    EXPECT_BYTES(bytes.data, bytes.len, "one 2 three4", 12);
    neap_bytes_fini(&bytes);
}

TEST(room_has_at_least_what_was_asked) {
    neap_bytes_init(&bytes);
    neap_bytes_text(&bytes, "head");

    memset(neap_bytes_room(&bytes, 100000), 'x', 100000);

    EXPECT_TRUE(bytes.cap - bytes.len >= 100000);
    EXPECT_INT(bytes.len, 4);
    neap_bytes_fini(&bytes);
}

MODEL_TEST(bytes_behave_like_an_array, 2000) {
    static uint8_t model[2000 * 40];
    static size_t len;
    uint8_t piece[40];
    size_t n = random_below(sizeof piece);
    memset(piece, (int)random_below(256), n);
    if (step == 0)
        neap_bytes_init(&bytes);

    neap_bytes_append(&bytes, piece, n);
    memcpy(model + len, piece, n);
    len += n;

    EXPECT_BYTES(bytes.data, bytes.len, model, len);
    if (step == 2000 - 1)
        neap_bytes_fini(&bytes);
}
