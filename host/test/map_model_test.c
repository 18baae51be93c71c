#include "base/map.h"

#include "test/test.h"

enum { STEPS = 20000, MOST = 300 };

/* The naive version: pairs in an array. Keys are of all sizes, unlike in map_test.c, so the
 * table grows and empties while entries lie anywhere. */
static struct neap_map map;
static struct neap_map_cell naive[MOST];
static uint32_t count;

static struct neap_map_cell *naive_find(uint64_t key) {
    for (uint32_t i = 0; i < count; i++)
        if (naive[i].key == key)
            return &naive[i];
    return NULL;
}

/* Half of the time one that is there. */
static uint64_t any_key(void) {
    if (count > 0 && random_below(2) == 0)
        return naive[random_below(count)].key;
    return (random_u64() >> random_below(60)) | 1;
}

static void put(uint64_t key, void *value) {
    struct neap_map_cell *cell = naive_find(key);
    if (cell == NULL && count == MOST)
        return;
    EXPECT_PTR(neap_map_put(&map, key, value), cell != NULL ? cell->value : NULL);
    if (cell == NULL)
        cell = &naive[count++];
    *cell = (struct neap_map_cell){ key, value };
}

static void drop(uint64_t key) {
    struct neap_map_cell *cell = naive_find(key);
    EXPECT_PTR(neap_map_remove(&map, key), cell != NULL ? cell->value : NULL);
    if (cell != NULL)
        *cell = naive[--count];
}

static void compare_all(void) {
    uint32_t at = 0;
    uint32_t visited = 0;
    uint64_t key;
    void *value;
    while (neap_map_next(&map, &at, &key, &value)) {
        struct neap_map_cell *cell = naive_find(key);
        EXPECT_PTR(value, cell != NULL ? cell->value : NULL);
        visited++;
    }
    EXPECT_INT(visited, count);
}

MODEL_TEST(map_behaves_like_pairs_in_an_array, STEPS) {
    bool filling = step / 2000 % 2 == 0; /* grows and empties in turn */
    if (step == 0)
        neap_map_init(&map);

    if (random_below(3) != 0)
        filling ? put(any_key(), &naive[random_below(MOST)]) : drop(any_key());
    else
        filling ? drop(any_key()) : put(any_key(), &naive[random_below(MOST)]);
    EXPECT_INT(map.count, count);
    if (step % 64 == 0)
        compare_all();

    if (step == STEPS - 1)
        neap_map_fini(&map);
}
