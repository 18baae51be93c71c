#include "core/exit.h"

#include "core/alarm.h"
#include "core/call.h"
#include "core/child.h"
#include "core/link.h"
#include "core/monitor.h"

#include "test/fake.h"

static const struct neap_pid NONE;

static void send_exit(struct neap_process *from, struct neap_process *to,
                      enum neap_reason_word word) {
    neap_exit_signal(to->node, from->pid, to->pid, neap_reason_of(word));
    fake_run(to->node);
}

TEST(SIG_01_normal_from_another_is_dropped) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);

    send_exit(a, b, NEAP_REASON_NORMAL);

    EXPECT_TRUE(fake_is_alive(node, b->pid));
    EXPECT_STR(fake_next(b), "");
    fake_free(node);
}

TEST(SIG_02_normal_to_a_trapping_process_is_a_message) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_trapper(node);

    send_exit(a, b, NEAP_REASON_NORMAL);

    EXPECT_STR(fake_next(b), "EXIT normal");
    EXPECT_PID(fake.from, a->pid);
    fake_free(node);
}

TEST(SIG_03_normal_to_oneself_ends) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *trapper = fake_trapper(node);

    send_exit(a, a, NEAP_REASON_NORMAL);
    send_exit(trapper, trapper, NEAP_REASON_NORMAL);

    EXPECT_FALSE(fake_is_alive(node, a->pid));
    EXPECT_STR(fake.reason, "normal");
    EXPECT_STR(fake_next(trapper), "EXIT normal");
    fake_free(node);
}

TEST(SIG_04_kill_ends_a_trapping_process_and_others_see_killed) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_trapper(node);
    struct neap_process *b = fake_trapper(node);
    neap_link(a, b->pid);
    neap_monitor(a, b->pid, NULL);

    send_exit(a, b, NEAP_REASON_KILL);

    EXPECT_STR(fake_next(a), "EXIT killed");
    EXPECT_STR(fake_next(a), "DOWN killed");
    fake_free(node);
}

TEST(SIG_07_any_other_reason_is_the_one_it_ends_with) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_idler(node);
    struct neap_reason reason = fake_reason("why");

    neap_exit_signal(node, a->pid, b->pid, reason);
    neap_reason_unref(reason);
    fake_run(node);

    EXPECT_FALSE(fake_is_alive(node, b->pid));
    EXPECT_STR(fake.reason, "why");
    fake_free(node);
}

TEST(SIG_16_a_signal_to_the_dead_does_nothing) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_process *dead = fake_idler(node);
    struct neap_pid was = dead->pid;
    fake_end_with(dead, NEAP_REASON_NORMAL);
    struct neap_process *successor = fake_idler(node);

    neap_exit_signal(node, a->pid, was, neap_reason_of(NEAP_REASON_KILL));
    neap_exit_signal(node, a->pid, NONE, neap_reason_of(NEAP_REASON_KILL));
    fake_run(node);

    EXPECT_PTR(successor, dead);
    EXPECT_TRUE(fake_is_alive(node, successor->pid));
    fake_free(node);
}

static void expect_all_released(struct neap_process *p) {
    EXPECT_INT(atomic_load(&fake_bodies), 1); /* the watcher's */
    EXPECT_INT(p->timers.count, 0);
    EXPECT_INT(p->name_count, 0);
    EXPECT_TRUE(neap_pid_is_none(neap_registry_find(neap_node_registry(p->node), "it")));
}

/* Runs in a watcher's slice as soon as the first signal is there. */
static enum neap_slice look_at_leftovers(struct fake_body *body, struct neap_process *self) {
    if (self->mailbox.urgent > 0)
        expect_all_released(body->context);
    return fake_idle(body, self);
}

TEST(SIG_22_names_timers_and_body_are_released_before_signals) {
    struct neap_node *node = fake_node(2);
    struct neap_process *watcher = fake_trapper(node);
    struct neap_process *p = fake_idler(node);
    struct neap_pid holder;
    EXPECT_INT(neap_register(node, "it", p->pid, &holder), 0);
    struct neap_message *m = neap_message_new(NEAP_MESSAGE_TIMER, "x", 1, NULL, 0);
    neap_alarm_start(p, fake.clock.now + NEAP_MS, watcher->pid, NULL, m);
    neap_link(watcher, p->pid);
    fake_body_of(watcher)->context = p;
    fake_body_of(watcher)->script = look_at_leftovers;

    neap_exit_kill(node, p->pid);
    fake_run(node);
    fake_pass(node, 5);

    EXPECT_STR(fake_next(watcher), "EXIT killed");
    EXPECT_STR(fake_next(watcher), "");
    fake_free(node);
}

TEST(SIG_23_a_killed_process_runs_no_slice_any_more) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    uint64_t turns = atomic_load(&p->turns);

    neap_exit_kill(node, p->pid);
    fake_run(node);

    EXPECT_U64(atomic_load(&p->turns), turns);
    EXPECT_INT(fake.exits, 1);
    fake_free(node);
}

TEST(SIG_24_the_trap_flag_counts_when_the_signal_arrives) {
    struct neap_node *node = fake_node(2);
    struct neap_process *a = fake_idler(node);
    struct neap_process *b = fake_trapper(node);
    send_exit(a, b, NEAP_REASON_SHUTDOWN);

    EXPECT_TRUE(neap_process_trap_exit(b, false));
    EXPECT_STR(fake_next(b), "EXIT shutdown");
    send_exit(a, b, NEAP_REASON_SHUTDOWN);

    EXPECT_FALSE(fake_is_alive(node, b->pid));
    fake_free(node);
}

TEST(trap_parent_makes_messages_of_the_parents_signals_only) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_process *other = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    options.trap_parent = true;
    struct neap_process *child = fake_spawn(node, &options);

    send_exit(parent, child, NEAP_REASON_SHUTDOWN);
    EXPECT_STR(fake_next(child), "EXIT shutdown");
    send_exit(other, child, NEAP_REASON_SHUTDOWN);

    EXPECT_FALSE(fake_is_alive(node, child->pid));
    fake_free(node);
}

TEST(a_protected_process_ends_by_the_node_and_itself_only) {
    struct neap_node *node = fake_node(1);
    struct neap_process *a = fake_idler(node);
    struct neap_spawn_options options = fake_options(NULL);
    options.protected_ = true;
    struct neap_process *p = fake_spawn(node, &options);

    send_exit(a, p, NEAP_REASON_KILL);
    EXPECT_TRUE(fake_is_alive(node, p->pid));
    neap_exit_kill(node, p->pid);
    fake_run(node);

    EXPECT_FALSE(fake_is_alive(node, p->pid));
    EXPECT_STR(fake.reason, "killed");
    fake_free(node);
}

TEST(the_first_reason_stays) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    struct neap_reason first = fake_reason("first");

    neap_exit_signal(node, NONE, p->pid, first);
    neap_exit_kill(node, p->pid);
    neap_reason_unref(first);
    fake_run(node);

    EXPECT_STR(fake.reason, "first");
    fake_free(node);
}

/* A signal that comes between the choice of the reason and the end: its own is lost, and
 * must not leak (LeakSanitizer looks). */
static void signal_late(struct neap_process *p) {
    struct neap_reason late = fake_reason("late");
    neap_exit_signal(p->node, NONE, p->pid, late);
    neap_reason_unref(late);
}

TEST(a_signal_to_a_process_that_just_ended_by_itself_leaves_nothing) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    fake.on_exited = signal_late;

    fake_end(p, fake_reason("own"));

    EXPECT_STR(fake.reason, "own");
    fake.on_exited = NULL;
    struct neap_process *successor = fake_idler(node);
    EXPECT_PTR(successor, p);
    EXPECT_TRUE(fake_is_alive(node, successor->pid));
    fake_free(node);
}

TEST(its_own_reason_gives_way_to_the_one_it_was_doomed_with) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    neap_process_set_reason(p, fake_reason("own"));

    neap_exit_kill(node, p->pid);
    fake_run(node);

    EXPECT_STR(fake.reason, "killed");
    fake_free(node);
}

TEST(who_follows_its_parent_ends_with_that_reason_even_kill) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_trapper(node);

    neap_exit_follow(p, neap_reason_of(NEAP_REASON_KILL));
    fake_run(node);

    EXPECT_STR(fake.reason, "kill");
    fake_free(node);
}

TEST(NEAP_12_a_killed_process_holds_nothing) {
    struct neap_node *node = fake_node(2);
    struct neap_process *other = fake_trapper(node);
    struct neap_process *full = fake_narrow(node, 1, NEAP_POLICY_BLOCK);
    EXPECT_INT(neap_send(node, NULL, full->pid, fake_text("first")), 0);
    struct neap_spawn_options options = fake_options(other);
    options.name = "it";
    struct neap_process *p = fake_spawn(node, &options);
    fake_run(node);
    neap_monitor(p, other->pid, "other");
    EXPECT_TRUE(neap_call_open(p, other->pid) != 0);
    EXPECT_INT(neap_send(node, NULL, p->pid, fake_text("unread")), 0);
    EXPECT_INT(neap_send(node, p, full->pid, fake_text("never")), NEAP_EWAIT);
    neap_child_put(p, &(struct neap_child){ .key = 1, .id = "child" });
    neap_process_wait(p, NEAP_EVENT_MAIL, fake.clock.now + NEAP_MS);

    neap_exit_kill(node, p->pid);
    fake_pass(node, 5);

    EXPECT_INT(other->watchers.count + other->links.count + other->children, 0);
    EXPECT_TRUE(neap_list_empty(&full->senders));
    EXPECT_TRUE(neap_pid_is_none(neap_registry_find(neap_node_registry(node), "it")));
    EXPECT_U64(neap_timers_next(neap_worker_timers(p->worker)), NEAP_FOREVER);
    EXPECT_U64(neap_worker_load(neap_node_worker(node, 0)) +
                   neap_worker_load(neap_node_worker(node, 1)),
               2);
    fake_free(node);
}

TEST(MSG_12_mail_of_a_dead_process_is_not_its_successors) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_idler(node);
    EXPECT_INT(neap_send(node, NULL, p->pid, fake_text("old")), 0);
    fake_end_with(p, NEAP_REASON_NORMAL);

    struct neap_process *successor = fake_idler(node);

    EXPECT_PTR(successor, p);
    EXPECT_STR(fake_next(successor), "");
    fake_free(node);
}
