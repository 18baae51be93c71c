#include "core/spawn.h"

#include "core/call.h"
#include "core/grants.h"

#include "test/fake.h"

static struct neap_message *ack_of(const char *text) {
    return neap_message_new(NEAP_MESSAGE_REPLY, text, strlen(text), NULL, 0);
}

static void expect_failed(struct neap_process *caller, const char *reason) {
    struct neap_call_result result;
    char text[32];
    EXPECT_INT(neap_call_result(caller, &result), 0);
    EXPECT_NULL(result.reply);
    EXPECT_STR(fake_reason_text(result.reason, text), reason);
    neap_reason_unref(result.reason);
}

TEST(SIG_17_a_child_that_ends_at_once_still_delivers_its_exit) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_trapper(node);
    struct neap_spawn_options options = fake_options(parent);
    options.link = true;
    struct neap_process *child = fake_spawn(node, &options);
    struct neap_pid was = child->pid;

    fake_end(child, fake_reason("at once"));

    EXPECT_STR(fake_next(parent), "EXIT at once");
    EXPECT_PID(fake.from, was);
    EXPECT_U64(atomic_load(&child->turns), 1);
    fake_free(node);
}

TEST(MON_13_a_child_that_ends_at_once_gives_its_reason) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    struct neap_spawned out;
    options.monitor = true;
    ((struct fake_body *)(void *)options.body)->script = fake_quit;
    EXPECT_INT(neap_spawn(node, &options, &out), 0);

    fake_run(node);

    EXPECT_STR(fake_next(parent), "DOWN normal");
    EXPECT_U64(fake.ref, out.ref);
    EXPECT_STR(fake_next(parent), "");
    fake_free(node);
}

TEST(a_child_that_is_killed_before_its_first_slice_runs_none) {
    struct neap_node *node = fake_node(1);
    struct neap_spawn_options options = fake_options(NULL);
    struct neap_process *p = fake_spawn(node, &options);

    neap_exit_kill(node, p->pid);
    fake_run(node);

    EXPECT_U64(atomic_load(&p->turns), 0);
    EXPECT_STR(fake.reason, "killed");
    fake_free(node);
}

TEST(the_name_is_there_before_the_first_slice) {
    struct neap_node *node = fake_node(1);
    struct neap_spawn_options options = fake_options(NULL);
    options.name = "it";

    struct neap_process *p = fake_spawn(node, &options);

    EXPECT_PID(neap_registry_find(neap_node_registry(node), "it"), p->pid);
    fake_free(node);
}

TEST(REG_02_a_taken_name_makes_no_process) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_trapper(node);
    struct neap_spawn_options options = fake_options(NULL);
    struct neap_spawned out;
    options.name = "it";
    struct neap_process *holder = fake_spawn(node, &options);
    options = fake_options(parent);
    options.name = "it";
    options.link = options.ack = true;

    EXPECT_INT(neap_spawn(node, &options, &out), NEAP_ETAKEN);

    EXPECT_PID(out.holder, holder->pid);
    EXPECT_U64(neap_processes_live(neap_node_processes(node)), 2);
    EXPECT_INT(parent->links.count + parent->children, 0);
    EXPECT_U64(parent->call.ref, 0);
    fake_free(node);
}

TEST(an_ack_answers_the_spawner_once) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    struct neap_call_result result;
    options.ack = true;
    struct neap_process *child = fake_spawn(node, &options);

    uint64_t ref = neap_spawn_take_ack(child);
    neap_reply(node, neap_process_parent(child), ref, ack_of("up"));

    EXPECT_U64(neap_spawn_take_ack(child), 0);
    EXPECT_INT(neap_call_result(parent, &result), 0);
    EXPECT_BYTES(result.reply->payload, result.reply->size, "up", 2);
    neap_message_free(result.reply);
    EXPECT_INT(child->watchers.count, 0);
    fake_free(node);
}

TEST(a_child_that_ends_before_its_ack_fails_the_wait_with_its_reason) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    options.ack = true;
    struct neap_process *child = fake_spawn(node, &options);

    fake_end(child, fake_reason("bad init"));

    expect_failed(parent, "bad init");
    EXPECT_STR(fake_next(parent), "");
    fake_free(node);
}

TEST(with_ack_and_monitor_a_child_that_ends_before_its_ack_does_both) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    options.ack = options.monitor = true;
    struct neap_process *child = fake_spawn(node, &options);

    fake_end(child, fake_reason("bad init"));

    expect_failed(parent, "bad init");
    EXPECT_STR(fake_next(parent), "DOWN bad init");
    fake_free(node);
}

TEST(with_ack_and_monitor_the_monitor_outlives_the_ack) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    struct neap_call_result result;
    options.ack = options.monitor = true;
    struct neap_process *child = fake_spawn(node, &options);
    neap_reply(node, parent->pid, neap_spawn_take_ack(child), ack_of("up"));
    EXPECT_INT(neap_call_result(parent, &result), 0);
    neap_message_free(result.reply);

    fake_end_with(child, NEAP_REASON_SHUTDOWN);

    EXPECT_STR(fake_next(parent), "DOWN shutdown");
    fake_free(node);
}

TEST(SRV_05_a_wait_for_the_ack_that_was_given_up_hears_nothing_later) {
    struct neap_node *node = fake_node(2);
    struct neap_process *parent = fake_idler(node);
    struct neap_spawn_options options = fake_options(parent);
    options.ack = true;
    struct neap_process *child = fake_spawn(node, &options);

    neap_call_close(parent);
    neap_reply(node, parent->pid, neap_spawn_take_ack(child), ack_of("up"));
    fake_end_with(child, NEAP_REASON_SHUTDOWN);

    EXPECT_NULL(parent->call.reply);
    EXPECT_FALSE(parent->call.failed);
    fake_free(node);
}

/* --- a supervisor that has to end does not wait for a start -------------------------- */

static struct neap_process *supervisor_of(struct neap_process *parent) {
    struct neap_spawn_options options = fake_options(parent);
    options.supervisor = true;
    struct neap_process *p = fake_spawn(parent->node, &options);
    neap_process_trap_exit(p, true);
    fake_run(parent->node);
    return p;
}

static struct neap_process *begin_start(struct neap_process *parent) {
    struct neap_spawn_options options = fake_options(parent);
    options.ack = true;
    return fake_spawn(parent->node, &options);
}

static void tell_to_end(struct neap_process *from, struct neap_process *to) {
    neap_exit_signal(to->node, from->pid, to->pid, neap_reason_of(NEAP_REASON_SHUTDOWN));
}

TEST(a_supervisor_stops_waiting_for_a_start_when_its_parent_tells_it_to_end) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_idler(node);
    struct neap_process *supervisor = supervisor_of(parent);
    struct neap_process *child = begin_start(supervisor);

    tell_to_end(parent, supervisor);

    expect_failed(supervisor, "shutdown");
    EXPECT_STR(fake_next(supervisor), "EXIT shutdown");
    EXPECT_TRUE(fake_is_alive(node, child->pid));
    neap_reply(node, supervisor->pid, neap_spawn_take_ack(child), ack_of("late"));
    fake_end_with(child, NEAP_REASON_SHUTDOWN);
    EXPECT_NULL(supervisor->call.reply);
    EXPECT_FALSE(supervisor->call.failed);
    fake_free(node);
}

TEST(a_supervisor_that_was_told_to_end_waits_for_no_later_start) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_idler(node);
    struct neap_process *supervisor = supervisor_of(parent);
    tell_to_end(parent, supervisor);

    struct neap_process *child = begin_start(supervisor);

    expect_failed(supervisor, "shutdown");
    fake_end_with(child, NEAP_REASON_SHUTDOWN);
    EXPECT_FALSE(supervisor->call.failed);
    fake_free(node);
}

TEST(a_supervisor_waits_on_for_a_start_whatever_others_tell_it) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_idler(node);
    struct neap_process *supervisor = supervisor_of(parent);
    struct neap_call_result result;
    begin_start(supervisor);

    tell_to_end(fake_idler(node), supervisor);

    EXPECT_INT(neap_call_result(supervisor, &result), NEAP_EWAIT);
    fake_free(node);
}

TEST(a_process_that_is_no_supervisor_waits_on_for_a_start) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_idler(node);
    struct neap_process *worker = supervisor_of(parent);
    struct neap_call_result result;
    neap_process_set_supervisor(worker, false);
    begin_start(worker);

    tell_to_end(parent, worker);

    EXPECT_INT(neap_call_result(worker, &result), NEAP_EWAIT);
    fake_free(node);
}

TEST(a_child_is_placed_where_fewest_are_and_with_its_parent_when_equal) {
    struct neap_node *node = fake_node(3);
    struct neap_process *first = fake_idler(node);
    struct neap_process *second = fake_idler(node);
    struct neap_process *third = fake_idler(node);
    struct neap_spawn_options options = fake_options(third);

    struct neap_process *child = fake_spawn(node, &options);

    EXPECT_INT(neap_worker_index(first->worker), 0);
    EXPECT_INT(neap_worker_index(second->worker), 1);
    EXPECT_INT(neap_worker_index(third->worker), 2);
    EXPECT_PTR(child->worker, third->worker);
    fake_free(node);
}

TEST(a_new_process_has_nothing_of_the_one_before_it) {
    struct neap_node *node = fake_node(1);
    struct neap_process *p = fake_trapper(node);
    neap_process_set_module(p, "old");
    neap_process_set_supervisor(p, true);
    neap_process_publish_memory(p, 5, 6);
    p->told_to_end = true;
    fake_end_with(p, NEAP_REASON_KILL);

    struct neap_process *next = fake_idler(node);

    struct neap_process_info info;
    EXPECT_PTR(next, p);
    EXPECT_TRUE(neap_process_inspect(node, next->pid, &info));
    EXPECT_FALSE(info.trap_exit || info.supervisor || p->told_to_end);
    EXPECT_STR(info.module, "");
    EXPECT_U64(info.memory + info.memory_peak, 0);
    fake_free(node);
}

/* --- what it may reach ----------------------------------------------------------------- */

static struct neap_process *spawn_with(struct neap_node *node, struct neap_process *parent,
                                       struct neap_grants *grants) {
    struct neap_spawn_options options = fake_options(parent);
    options.grants = grants;
    struct neap_process *p = fake_spawn(node, &options);
    neap_grants_unref(grants);
    return p;
}

TEST(a_child_has_the_grants_of_its_parent_or_those_it_is_given) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = spawn_with(node, NULL, neap_grants_default("/app", NULL));
    struct neap_process *same = spawn_with(node, parent, NULL);
    struct neap_process *less = spawn_with(node, parent, neap_grants_new());
    struct neap_process *nobodys = spawn_with(node, NULL, NULL);

    EXPECT_PTR(neap_process_grants(same), neap_process_grants(parent));
    EXPECT_TRUE(neap_grants_have(neap_process_grants(same), NEAP_GRANT_NET));
    EXPECT_FALSE(neap_grants_have(neap_process_grants(less), ~0u));
    EXPECT_FALSE(neap_grants_have(neap_process_grants(nobodys), ~0u));
    fake_free(node);
}

TEST(grants_live_as_long_as_somebody_has_them) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = spawn_with(node, NULL, neap_grants_default("/app", NULL));
    struct neap_process *child = spawn_with(node, parent, NULL);
    struct neap_pid was = parent->pid;
    struct neap_grants *held = neap_process_inspect_grants(node, was);

    fake_end_with(parent, NEAP_REASON_NORMAL);
    EXPECT_NULL(neap_process_inspect_grants(node, was));
    EXPECT_PTR(neap_process_grants(child), held);
    neap_process_set_grants(child, neap_grants_new());
    neap_grants_unref(child->grants); /* that of _new */

    EXPECT_TRUE(neap_grants_have(held, NEAP_GRANT_ENV));
    EXPECT_FALSE(neap_grants_have(neap_process_grants(child), NEAP_GRANT_ENV));
    neap_grants_unref(held);
    fake_free(node);
}

TEST(whose_child_a_process_is_and_whether_it_supervises) {
    struct neap_node *node = fake_node(1);
    struct neap_process *parent = fake_idler(node);
    struct neap_process *child = supervisor_of(parent);
    struct neap_pid was = child->pid;
    bool supervisor;

    EXPECT_FALSE(neap_process_is_foreign(node, was, parent->pid, &supervisor));
    EXPECT_TRUE(supervisor);
    EXPECT_FALSE(neap_process_is_foreign(node, was, was, &supervisor));
    EXPECT_TRUE(neap_process_is_foreign(node, parent->pid, was, &supervisor));
    EXPECT_FALSE(supervisor);
    EXPECT_TRUE(neap_process_is_foreign(node, was, (struct neap_pid){ 0 }, &supervisor));
    fake_end_with(child, NEAP_REASON_NORMAL);
    EXPECT_FALSE(neap_process_is_foreign(node, was, (struct neap_pid){ 0 }, &supervisor));
    EXPECT_FALSE(supervisor);
    fake_free(node);
}
