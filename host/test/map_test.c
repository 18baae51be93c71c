#include "base/map.h"

#include "test/test.h"

static struct neap_map map;
static int values[64];

TEST(an_empty_map_finds_nothing) {
    neap_map_init(&map);

    EXPECT_NULL(neap_map_get(&map, 1));
    EXPECT_NULL(neap_map_remove(&map, 1));

    neap_map_fini(&map);
}

TEST(put_gives_the_former_value) {
    neap_map_init(&map);

    EXPECT_NULL(neap_map_put(&map, 7, &values[0]));
    EXPECT_PTR(neap_map_put(&map, 7, &values[1]), &values[0]);

    EXPECT_PTR(neap_map_get(&map, 7), &values[1]);
    EXPECT_INT(map.count, 1);
    neap_map_fini(&map);
}

TEST(next_visits_every_entry_once) {
    neap_map_init(&map);
    for (uint64_t key = 1; key <= 20; key++)
        neap_map_put(&map, key, &values[key]);

    uint32_t at = 0;
    uint64_t key;
    void *value;
    uint64_t seen = 0;
    while (neap_map_next(&map, &at, &key, &value)) {
        EXPECT_PTR(value, &values[key]);
        EXPECT_FALSE(seen & (1ull << key));
        seen |= 1ull << key;
    }

    EXPECT_U64(seen, 0x1ffffe);
    neap_map_fini(&map);
}

/* Few keys, so that removals shift entries back over all kinds of neighbours. */
MODEL_TEST(map_behaves_like_an_array, 20000) {
    static void *model[64];
    uint64_t key = 1 + random_below(63);
    void *value = &values[random_below(64)];
    if (step == 0)
        neap_map_init(&map);

    switch (random_below(3)) {
    case 0:
        EXPECT_PTR(neap_map_put(&map, key, value), model[key]);
        model[key] = value;
        break;
    case 1:
        EXPECT_PTR(neap_map_remove(&map, key), model[key]);
        model[key] = NULL;
        break;
    case 2: EXPECT_PTR(neap_map_get(&map, key), model[key]); break;
    }

    if (step == 20000 - 1)
        neap_map_fini(&map);
}
