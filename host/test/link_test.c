#include "core/link.h"

#include "test/fake.h"

TEST(SIG_08_a_normal_end_leaves_a_linked_process_alone) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);

    fake_end_with(b, NEAP_REASON_NORMAL);

    EXPECT_TRUE(fake_is_alive(node, a->pid));
    EXPECT_STR(fake_next(a), "");
    EXPECT_INT(a->links.count, 0);
    fake_free(node);
}

TEST(SIG_09_an_abnormal_end_spreads_with_the_same_reason) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);

    fake_end(b, fake_reason("boom"));

    EXPECT_FALSE(fake_is_alive(node, a->pid));
    EXPECT_STR(fake.reason, "boom");
    EXPECT_INT(fake.exits, 2);
    fake_free(node);
}

TEST(SIG_05_kill_from_a_link_is_trappable) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);

    struct neap_pid was = b->pid;
    fake_end_with(b, NEAP_REASON_KILL);

    EXPECT_STR(fake_next(a), "EXIT kill");
    EXPECT_PID(fake.from, was);
    fake_free(node);
}

TEST(SIG_06_kill_from_a_link_ends_with_kill) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);

    fake_end_with(b, NEAP_REASON_KILL);

    EXPECT_FALSE(fake_is_alive(node, a->pid));
    EXPECT_STR(fake.reason, "kill");
    fake_free(node);
}

TEST(SIG_10_a_link_to_the_dead_is_noproc) {
    struct neap_node *node = fake_node(1);
    struct neap_process *trapper = fake_trapper(node);
    struct neap_process *other = fake_idler(node);
    struct neap_process *dead = fake_idler(node);
    struct neap_pid was = dead->pid;
    fake_end_with(dead, NEAP_REASON_NORMAL);

    neap_link(trapper, was);
    neap_link(other, was);
    fake_run(node);

    EXPECT_STR(fake_next(trapper), "EXIT noproc");
    EXPECT_PID(fake.from, was);
    EXPECT_FALSE(fake_is_alive(node, other->pid));
    EXPECT_STR(fake.reason, "noproc");
    fake_free(node);
}

TEST(SIG_10_a_link_to_the_former_process_of_a_slot_is_noproc) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *dead = fake_idler(node);
    struct neap_pid was = dead->pid;
    fake_end_with(dead, NEAP_REASON_NORMAL);
    struct neap_process *successor = fake_idler(node);
    EXPECT_PTR(successor, dead); /* the slot is used again */

    neap_link(a, was);

    EXPECT_STR(fake_next(a), "EXIT noproc");
    EXPECT_INT(successor->links.count, 0);
    fake_free(node);
}

TEST(a_link_to_oneself_is_nothing) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_trapper(node);

    neap_link(a, a->pid);
    neap_unlink(a, a->pid);

    EXPECT_INT(a->links.count, 0);
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(SIG_11_two_links_are_one) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    struct neap_process *c = fake_idler(node);
    neap_link(a, b->pid);
    neap_link(b, a->pid);
    neap_link(a, c->pid);
    neap_link(a, c->pid);

    neap_unlink(a, b->pid);
    fake_end_with(b, NEAP_REASON_SHUTDOWN);
    fake_end_with(c, NEAP_REASON_KILL);

    EXPECT_STR(fake_next(a), "EXIT kill");
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(SIG_12_either_side_may_unlink) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);

    neap_unlink(b, a->pid);

    EXPECT_INT(a->links.count + b->links.count, 0);
    fake_end_with(a, NEAP_REASON_SHUTDOWN);
    EXPECT_TRUE(fake_is_alive(node, b->pid));
    fake_free(node);
}

TEST(SIG_13_an_unlink_before_the_end_leaves_nothing) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);

    neap_unlink(a, b->pid);
    fake_end_with(b, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(SIG_14_an_exit_that_is_queued_stays_after_an_unlink) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid was = b->pid;
    neap_link(a, was);
    fake_end_with(b, NEAP_REASON_SHUTDOWN);

    neap_unlink(a, was);

    EXPECT_STR(fake_next(a), "EXIT shutdown");
    fake_free(node);
}

/* What another worker may do while a process ends: after nobody finds it any more, before
 * its links are told. */
static struct {
    struct neap_process *self;
    struct neap_pid ending;
} meanwhile;

static void unlink_meanwhile(struct fake_body *body) {
    (void)body;
    neap_unlink(meanwhile.self, meanwhile.ending);
}

TEST(SIG_15_an_exit_that_arrives_after_the_unlink_is_dropped) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);
    meanwhile.self = a;
    meanwhile.ending = b->pid;
    fake_body_of(b)->on_discard = unlink_meanwhile;

    fake_end_with(b, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(a), "");
    EXPECT_INT(a->links.count, 0);
    fake_free(node);
}

static void link_meanwhile(struct fake_body *body) {
    (void)body;
    neap_link(meanwhile.self, meanwhile.ending);
}

TEST(SIG_11_a_second_link_while_the_partner_ends_is_one_exit_still) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    neap_link(a, b->pid);
    meanwhile.self = a;
    meanwhile.ending = b->pid;
    fake_body_of(b)->on_discard = link_meanwhile;

    fake_end_with(b, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(a), "EXIT shutdown");
    EXPECT_STR(fake_next(a), "");
    fake_free(node);
}

TEST(SIG_10_a_first_link_while_the_partner_ends_is_noproc) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    meanwhile.self = a;
    meanwhile.ending = b->pid;
    fake_body_of(b)->on_discard = link_meanwhile;

    fake_end_with(b, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(a), "EXIT noproc");
    EXPECT_STR(fake_next(a), "");
    EXPECT_INT(a->links.count, 0);
    fake_free(node);
}

TEST(an_unlink_of_a_slots_former_process_keeps_the_link_to_the_present_one) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_idler(node);
    struct neap_pid former = b->pid;
    fake_end_with(b, NEAP_REASON_NORMAL);
    struct neap_process *present = fake_idler(node);
    neap_link(a, present->pid);

    neap_unlink(a, former);

    EXPECT_INT(a->links.count, 1);
    EXPECT_INT(present->links.count, 1);
    fake_free(node);
}
