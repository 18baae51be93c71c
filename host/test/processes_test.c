#include "core/processes.h"

#include "test/fake.h"

TEST(a_slot_is_used_again_with_the_next_generation) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_pid first = p->pid;
    fake_end_with(p, NEAP_REASON_NORMAL);

    struct neap_process *next = fake_idler(node);

    EXPECT_PTR(next, p);
    EXPECT_INT(next->pid.slot, first.slot);
    EXPECT_U64(next->pid.generation, first.generation + 1);
    EXPECT_FALSE(fake_is_alive(node, first));
    fake_free(node);
}

TEST(no_generation_is_none) {
    struct neap_node *node = fake_node(1);

    struct neap_process *p = fake_idler(node);

    EXPECT_FALSE(neap_pid_is_none(p->pid));
    fake_free(node);
}

TEST(NEAP_13_find_refuses_what_no_pid_of_this_node_could_be) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_pid foreign = p->pid;
    struct neap_pid beyond = p->pid;
    foreign.tag ^= 2;
    beyond.slot = UINT32_MAX;

    EXPECT_NULL(fake_find(node, (struct neap_pid){ 0 }));
    EXPECT_NULL(fake_find(node, foreign));
    EXPECT_NULL(fake_find(node, beyond));
    EXPECT_PTR(fake_find(node, p->pid), p);
    fake_free(node);
}

TEST(the_table_grows_and_every_process_stays_where_it_is) {
    enum { MANY = 500 };
    struct neap_node *node = fake_node(1);
    struct neap_process *all[MANY];
    for (int i = 0; i < MANY; i++)
        all[i] = fake_idler(node);

    for (uint32_t i = 0; i < MANY; i++)
        EXPECT_PTR(fake_find(node, all[i]->pid), all[i]);

    EXPECT_U64(neap_processes_live(neap_node_processes(node)), MANY);
    fake_free(node);
}
