#include "vm/free_blocks.h"

#include "test/test.h"

#include "base/slots.h"

static struct neap_free_blocks blocks;
static struct neap_block_span *span; /* of NEAP_SPAN_MIN bytes, as a heap's first one */
static char *room;                   /* behind its head */

static void begin(void) {
    memset(&blocks, 0, sizeof blocks);
    span = aligned_alloc(NEAP_SPAN_MIN, NEAP_SPAN_MIN);
    *span = (struct neap_block_span){ .bytes = NEAP_SPAN_MIN };
    room = (char *)(span + 1);
}

static size_t count_of(unsigned k) {
    size_t n = 0;
    for (struct neap_free_block *b = blocks.of[k]; b != NULL; b = b->next)
        n++;
    return n;
}

static size_t free_bytes(void) {
    size_t sum = 0;
    for (unsigned k = 0; k < NEAP_BLOCK_CLASSES; k++)
        sum += count_of(k) * neap_block_size(k);
    return sum;
}

static size_t free_count(void) {
    size_t n = 0;
    for (unsigned k = 0; k < NEAP_BLOCK_CLASSES; k++)
        n += count_of(k);
    return n;
}

TEST(a_class_is_the_smallest_that_holds_a_size) {
    for (size_t size = 1; size <= NEAP_BLOCK_MAX; size++) {
        unsigned k = neap_block_class(size);
        EXPECT_TRUE(k < NEAP_BLOCK_CLASSES && neap_block_size(k) >= size);
        EXPECT_TRUE(k == 0 || neap_block_size(k - 1) < size);
    }
    EXPECT_INT(neap_block_size(NEAP_BLOCK_CLASSES - 1), NEAP_BLOCK_MAX);
}

TEST(cutting_gives_the_largest_blocks_first_and_leaves_nothing) {
    begin();

    neap_free_blocks_cut(&blocks, room, room + 1024 + 512 + 48);

    EXPECT_PTR(blocks.of[neap_block_class(1536)], room);
    EXPECT_PTR(blocks.of[neap_block_class(48)], room + 1536);
    EXPECT_INT(free_bytes(), 1024 + 512 + 48);
    free(span);
}

TEST(joining_makes_one_block_of_neighbours_only) {
    begin();
    for (int i = 0; i < 8; i++) /* block 5 is in use */
        if (i != 5)
            neap_free_blocks_cut(&blocks, room + i * 64, room + (i + 1) * 64);
    EXPECT_INT(count_of(neap_block_class(64)), 7);

    neap_free_blocks_join(&blocks, span);

    EXPECT_PTR(blocks.of[neap_block_class(320)], room);
    EXPECT_PTR(blocks.of[neap_block_class(128)], room + 6 * 64);
    EXPECT_INT(free_count(), 2);
    free(span);
}

TEST(joining_does_not_cross_from_one_span_into_the_next) {
    begin();
    char *both = aligned_alloc(NEAP_SPAN_MIN, 2 * NEAP_SPAN_MIN);
    struct neap_block_span *second = (struct neap_block_span *)(both + NEAP_SPAN_MIN);
    struct neap_block_span *first = (struct neap_block_span *)both;
    *first = (struct neap_block_span){ .bytes = NEAP_SPAN_MIN };
    *second = (struct neap_block_span){ .next = first, .bytes = NEAP_SPAN_MIN };
    neap_free_blocks_cut(&blocks, both + NEAP_SPAN_MIN - 64, both + NEAP_SPAN_MIN);
    neap_free_blocks_cut(&blocks, (char *)(second + 1), (char *)(second + 1) + 64);

    neap_free_blocks_join(&blocks, second);

    EXPECT_INT(count_of(neap_block_class(64)), 2);
    EXPECT_INT(free_count(), 2);
    free(both);
    free(span);
}

/* What is free, in units of 16 bytes, before and after. */
TEST(joining_neither_loses_nor_makes_room_whatever_is_free) {
    begin();
    enum { UNITS = (NEAP_SPAN_MIN - sizeof *span) / 16 };
    static unsigned char is_free[UNITS];
    size_t units = 0;
    for (int i = 0; i < UNITS; i++) {
        is_free[i] = random_below(3) != 0;
        units += is_free[i];
        if (is_free[i])
            neap_free_blocks_cut(&blocks, room + (size_t)i * 16,
                                 room + (size_t)(i + 1) * 16);
    }

    neap_free_blocks_join(&blocks, span);

    EXPECT_INT(free_bytes(), units * 16);
    for (unsigned k = 0; k < NEAP_BLOCK_CLASSES; k++)
        for (struct neap_free_block *b = blocks.of[k]; b != NULL; b = b->next)
            for (size_t i = 0; i < neap_block_size(k) / 16; i++)
                EXPECT_INT(is_free[((char *)b - room) / 16 + (long)i]--, 1);
    free(span);
}
