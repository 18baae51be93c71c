#include "core/child.h"

#include "test/fake.h"

static void put(struct neap_process *p, uint64_t key, const char *state) {
    struct neap_child child = { .key = key };
    snprintf(child.id, sizeof child.id, "child%llu", (unsigned long long)key);
    snprintf(child.state, sizeof child.state, "%s", state);
    neap_child_put(p, &child);
}

TEST(a_list_shows_children_in_the_order_they_were_first_put) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    size_t count;
    put(p, 7, "running");
    put(p, 3, "running");
    put(p, 7, "stopped");

    struct neap_child *all = neap_child_list(node, p->pid, &count);

    EXPECT_INT(count, 2);
    EXPECT_STR(all[0].id, "child7");
    EXPECT_STR(all[0].state, "stopped");
    EXPECT_STR(all[1].id, "child3");
    neap_free(all);
    fake_free(node);
}

TEST(a_removed_child_is_not_shown) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    size_t count;
    put(p, 1, "running");

    neap_child_remove(p, 1);
    neap_child_remove(p, 1);

    EXPECT_NULL(neap_child_list(node, p->pid, &count));
    EXPECT_INT(count, 0);
    fake_free(node);
}

TEST(the_records_end_with_the_supervisor) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_pid was = p->pid;
    size_t count = 7;
    put(p, 1, "running");

    fake_end_with(p, NEAP_REASON_SHUTDOWN);

    EXPECT_NULL(neap_child_list(node, was, &count));
    EXPECT_INT(count, 0);
    struct neap_process *successor = fake_idler(node);
    EXPECT_NULL(neap_child_list(node, successor->pid, &count));
    fake_free(node);
}
