#include "core/node.h"

#include "core/link.h"

#include "test/fake.h"

TEST(a_node_that_is_freed_discards_its_processes) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    struct neap_spawn_options options = fake_options(NULL);
    options.protected_ = true;
    fake_spawn(node, &options); /* not run yet */
    neap_link(a, b->pid);
    EXPECT_INT(neap_send(node, NULL, a->pid, fake_text("unread")), 0);

    fake_free(node);

    EXPECT_INT(fake.exits, 3);
}

static enum neap_slice spawn_for_ever(struct fake_body *body, struct neap_process *self) {
    struct neap_spawn_options options = fake_options(self);
    ((struct fake_body *)(void *)options.body)->script = body->script;
    fake_spawn(self->node, &options);
    return NEAP_SLICE_YIELDED;
}

TEST(a_node_that_is_freed_discards_processes_that_make_others) {
    struct neap_node *node = fake_node(2);
    fake_body_of(fake_idler(node))->script = spawn_for_ever;
    struct neap_process *p = neap_processes_at(neap_node_processes(node), 0);
    EXPECT_INT(neap_send(node, NULL, p->pid, fake_text("go")), 0);
    for (int i = 0; i < 10; i++)
        neap_worker_step(neap_node_worker(node, (uint32_t)i % 2));

    fake_free(node);

    EXPECT_TRUE(fake.exits > 3);
}

TEST(two_nodes_live_side_by_side) {
    struct neap_node *one = fake_node(1);
    struct neap_node *two = fake_node(1);
    struct neap_process *a = fake_trapper(one);
    struct neap_process *b = fake_idler(two);

    neap_link(a, b->pid);
    neap_exit_kill(two, a->pid);
    fake_run(one);
    fake_run(two);

    EXPECT_STR(fake_next(a), "EXIT noproc");
    EXPECT_TRUE(fake_is_alive(one, a->pid) && fake_is_alive(two, b->pid));
    neap_node_free(one);
    fake_free(two);
}

TEST(a_node_without_processes_can_be_freed) {
    fake_free(fake_node(3));
}
