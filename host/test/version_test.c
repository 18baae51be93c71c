#include "core/version.h"

#include "test/fake.h"

static const struct neap_version SECOND = { .text = "second" };

TEST(a_process_has_no_version_until_it_says_one) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_version version;

    EXPECT_FALSE(neap_version_get(node, p->pid, &version));

    neap_version_set(p, &(struct neap_version){ .is_number = true, .number = 1.5 });
    EXPECT_TRUE(neap_version_get(node, p->pid, &version));
    EXPECT_TRUE(version.is_number);
    EXPECT_DOUBLE(version.number, 1.5);
    fake_free(node);
}

TEST(a_later_version_takes_the_place_of_the_one_before) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_version version;
    neap_version_set(p, &(struct neap_version){ .is_number = true, .number = 1 });

    neap_version_set(p, &SECOND);

    EXPECT_TRUE(neap_version_get(node, p->pid, &version));
    EXPECT_FALSE(version.is_number);
    EXPECT_STR(version.text, "second");
    fake_free(node);
}

TEST(the_next_process_in_the_slot_has_none) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_pid was = p->pid;
    struct neap_version version;
    neap_version_set(p, &SECOND);

    fake_end_with(p, NEAP_REASON_NORMAL);
    struct neap_process *next = fake_idler(node);

    EXPECT_PTR(next, p);
    EXPECT_FALSE(neap_version_get(node, was, &version));
    EXPECT_FALSE(neap_version_get(node, next->pid, &version));
    fake_free(node);
}
