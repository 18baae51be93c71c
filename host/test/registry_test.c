#include "core/registry.h"

#include "core/monitor.h"

#include "test/fake.h"

static struct neap_pid holder;

static struct neap_pid find(struct neap_node *node, const char *name) {
    return neap_registry_find(neap_node_registry(node), name);
}

TEST(REG_01_a_registered_name_is_found) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);

    EXPECT_INT(neap_register(node, "it", p->pid, &holder), 0);

    EXPECT_PID(find(node, "it"), p->pid);
    fake_free(node);
}

TEST(REG_02_a_taken_name_stays_with_its_holder) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    EXPECT_INT(neap_register(node, "it", a->pid, &holder), 0);

    EXPECT_INT(neap_register(node, "it", b->pid, &holder), NEAP_ETAKEN);

    EXPECT_PID(holder, a->pid);
    EXPECT_PID(find(node, "it"), a->pid);
    fake_free(node);
}

TEST(REG_03_a_process_may_have_several_names_and_shows_the_oldest) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_process_info info;
    EXPECT_INT(neap_register(node, "one", p->pid, &holder), 0);
    EXPECT_INT(neap_register(node, "two", p->pid, &holder), 0);

    EXPECT_TRUE(neap_process_inspect(node, p->pid, &info));

    EXPECT_INT(info.names, 2);
    EXPECT_STR(info.name, "one");
    EXPECT_INT(neap_unregister(node, "one"), 0);
    EXPECT_PID(find(node, "two"), p->pid);
    fake_free(node);
}

TEST(names_given_by_others_are_no_handles_and_as_many_as_those) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    char name[16] = "n0";
    uint64_t held, before;
    p->limits.handles = 3;
    EXPECT_INT(neap_process_check_handles(p, &before), 0);

    for (; name[1] < '3'; name[1]++)
        EXPECT_INT(neap_register_other(node, name, p->pid, &holder), 0);

    EXPECT_INT(neap_register_other(node, name, p->pid, &holder), NEAP_ELIMIT);
    EXPECT_INT(neap_process_check_handles(p, &held), 0);
    EXPECT_INT(held, before);
    EXPECT_INT(neap_unregister(node, "n0"), 0);
    EXPECT_INT(neap_register_other(node, name, p->pid, &holder), 0);
    fake_free(node);
}

TEST(REG_04_a_dead_process_gets_no_name) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_pid was = p->pid;
    fake_end_with(p, NEAP_REASON_NORMAL);
    fake_idler(node);

    EXPECT_INT(neap_register(node, "it", was, &holder), NEAP_ENOPROC);

    EXPECT_TRUE(neap_pid_is_none(find(node, "it")));
    fake_free(node);
}

TEST(REG_05_a_free_name_is_nobodys) {
    struct neap_node *node = fake_node(1);

    EXPECT_TRUE(neap_pid_is_none(find(node, "nobody")));
    EXPECT_INT(neap_unregister(node, "nobody"), NEAP_ENOPROC);

    fake_free(node);
}

TEST(REG_07_a_name_can_be_taken_again_once_its_holder_is_dead) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    EXPECT_INT(neap_register(node, "it", a->pid, &holder), 0);
    neap_monitor(b, a->pid, NULL);

    fake_end_with(a, NEAP_REASON_NORMAL);

    EXPECT_STR(fake_next(b), "DOWN normal");
    EXPECT_INT(neap_register(node, "it", b->pid, &holder), 0);
    EXPECT_PID(find(node, "it"), b->pid);
    fake_free(node);
}

static void take_name_meanwhile(struct fake_body *body) {
    struct neap_process *other = body->context;
    EXPECT_INT(neap_register(other->node, "it", other->pid, &holder), 0);
    EXPECT_INT(neap_register(other->node, "new", holder, &holder), NEAP_ENOPROC);
}

TEST(REG_06_the_name_is_free_while_its_former_holder_is_discarded) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    EXPECT_INT(neap_register(node, "it", a->pid, &holder), 0);
    holder = a->pid;
    fake_body_of(a)->context = b;
    fake_body_of(a)->on_discard = take_name_meanwhile;

    fake_end_with(a, NEAP_REASON_NORMAL);

    EXPECT_PID(find(node, "it"), b->pid);
    EXPECT_TRUE(neap_pid_is_none(find(node, "new")));
    fake_free(node);
}

TEST(many_names_are_all_found_and_all_freed) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    char name[16];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "name%d", i);
        EXPECT_INT(neap_register(node, name, p->pid, &holder), 0);
    }
    EXPECT_PID(find(node, "name321"), p->pid);

    fake_end_with(p, NEAP_REASON_NORMAL);

    EXPECT_TRUE(neap_pid_is_none(find(node, "name321")));
    fake_free(node);
}

static bool valid(const char *name) {
    return neap_name_is_valid(name, strlen(name));
}

TEST(names_are_words_of_letters_digits_and_a_few_signs) {
    char longest[NEAP_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);

    EXPECT_TRUE(valid("a") && valid("_") && valid("Room.1:a-b_c"));
    EXPECT_FALSE(valid("") || valid("1a") || valid(".a") || valid("a b") ||
                 valid("\xc3\xa9"));
    EXPECT_FALSE(neap_name_is_valid("a\0b", 3));
    EXPECT_TRUE(neap_name_is_valid(longest, NEAP_NAME_MAX));
    EXPECT_FALSE(neap_name_is_valid(longest, NEAP_NAME_MAX + 1));
}
