#include "core/resource.h"

#include "core/link.h"
#include "core/monitor.h"
#include "core/reset.h"
#include "test/fake.h"

static int released;

static void count_release(struct neap_resource *r) {
    EXPECT_TRUE(r->owner != NULL);
    released++;
}

static const struct neap_resource_kind KIND = { "thing", count_release };
static const struct neap_resource_kind OTHER = { "other", count_release };

TEST(a_process_that_is_killed_releases_what_it_holds_once) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_resource a = { 0 }, b = { 0 }, c = { 0 };
    released = 0;
    neap_resource_add(p, &a, &KIND);
    neap_resource_add(p, &b, &OTHER);
    neap_resource_add(p, &c, &KIND);

    EXPECT_TRUE(neap_resource_find(p, &OTHER) == &b);
    EXPECT_TRUE(neap_resource_find(p, &KIND) == &a);
    neap_resource_drop(&a);
    neap_resource_drop(&a);
    EXPECT_TRUE(neap_resource_find(p, &KIND) == &c);
    neap_exit_kill(node, p->pid);
    fake_run(node);

    EXPECT_INT(released, 2);
    fake_free(node);
}

static int slices;

static enum neap_slice wait_for_io(struct fake_body *body, struct neap_process *self) {
    (void)body;
    slices++;
    return fake_wait(self, NEAP_EVENT_IO);
}

TEST(a_notice_wakes_its_owner) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_resource r = { 0 };
    neap_resource_add(p, &r, &KIND);
    slices = 0;

    fake_play(p, wait_for_io);
    EXPECT_INT(slices, 1);
    neap_resource_notify(&r);
    fake_run(node);
    EXPECT_INT(slices, 2);

    neap_resource_notify(&r);
    neap_resource_notify(&r); /* it is READY already: what comes now it may not have seen */
    fake_run(node);
    EXPECT_INT(slices, 4);
    neap_resource_drop(&r);
    fake_free(node);
}

TEST(a_child_can_be_made_for_a_process_elsewhere) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(NULL);
    options.adopter = parent->pid;
    options.worker = neap_node_worker(node, 1);

    struct neap_process *child = fake_spawn(node, &options);

    EXPECT_TRUE(neap_pid_equal(child->parent, parent->pid));
    EXPECT_TRUE(child->worker == options.worker);
    EXPECT_INT(parent->children, 1);
    fake_run(node);
    fake_end_with(child, NEAP_REASON_NORMAL);
    EXPECT_INT(parent->children, 0);
    fake_free(node);
}

TEST(the_dead_adopt_nobody) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(NULL);
    struct neap_spawned out;
    options.adopter = parent->pid;
    fake_end_with(parent, NEAP_REASON_NORMAL);

    EXPECT_INT(neap_spawn(node, &options, &out), NEAP_ENOPROC);
    EXPECT_INT(atomic_load(&fake_bodies), 0);
    fake_free(node);
}

/* Between two requests a handler becomes as new. */
TEST(a_reset_process_has_no_dealings_left) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    struct neap_process *other = fake_trapper(node);
    struct neap_process *sender = fake_idler(node);
    struct neap_pid holder;
    neap_link(p, other->pid);
    EXPECT_TRUE(neap_monitor(p, other->pid, NULL) != 0);
    EXPECT_INT(neap_registry_add(neap_node_registry(node), "held", p, &holder), 0);
    neap_process_trap_exit(p, true);
    EXPECT_INT(neap_send(node, NULL, p->pid, fake_text("old")), 0);
    EXPECT_INT(neap_send(node, sender, p->pid, fake_text("older")), NEAP_EWAIT);

    neap_process_reset(p);

    EXPECT_STR(fake_next(p), "");
    EXPECT_INT(neap_send_result(sender), 0);
    EXPECT_STR(fake_next(other), "EXIT shutdown");
    EXPECT_INT(p->links.count + p->monitors.count + p->name_count + p->trap_exit, 0);
    EXPECT_INT(other->links.count + other->watchers.count, 0);
    EXPECT_INT(neap_send(node, NULL, p->pid, fake_text("new")), 0);
    EXPECT_STR(fake_next(p), "new");
    fake_free(node);
}
