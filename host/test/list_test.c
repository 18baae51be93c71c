#include "base/list.h"

#include "test/test.h"

static struct neap_list list;
static struct neap_list nodes[4];

static void fill(struct neap_list *l, int from, int count) {
    neap_list_init(l);
    for (int i = from; i < from + count; i++)
        neap_list_push(l, &nodes[i]);
}

TEST(pop_gives_the_oldest_and_null_at_last) {
    fill(&list, 0, 2);

    EXPECT_PTR(neap_list_pop(&list), &nodes[0]);
    EXPECT_PTR(neap_list_pop(&list), &nodes[1]);
    EXPECT_NULL(neap_list_pop(&list));
}

TEST(a_node_removed_from_the_middle_is_in_no_list) {
    fill(&list, 0, 3);

    neap_list_remove(&nodes[1]);

    EXPECT_TRUE(neap_list_empty(&nodes[1]));
    EXPECT_PTR(neap_list_pop(&list), &nodes[0]);
    EXPECT_PTR(neap_list_pop(&list), &nodes[2]);
}

TEST(move_appends_all_and_leaves_an_empty_list) {
    struct neap_list other;
    fill(&list, 0, 2);
    fill(&other, 2, 2);

    neap_list_move(&list, &other);

    EXPECT_TRUE(neap_list_empty(&other));
    for (int i = 0; i < 4; i++)
        EXPECT_PTR(neap_list_pop(&list), &nodes[i]);
}

TEST(move_of_an_empty_list_changes_nothing) {
    struct neap_list other;
    neap_list_init(&other);
    fill(&list, 0, 1);

    neap_list_move(&list, &other);

    EXPECT_PTR(neap_list_pop(&list), &nodes[0]);
    EXPECT_NULL(neap_list_pop(&list));
}
