#include "core/node.h"

#include "core/alarm.h"
#include "core/call.h"
#include "core/link.h"

#include "test/torture.h"

/* Clients call servers that are killed under them, and by names that come and go. A keeper
 * starts each server anew, with an ack, until the clients are done. */
enum { SERVERS = 6, CLIENTS = 10, CALLS = 600 * NEAP_TORTURE };

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct neap_pid table[SERVERS];

static struct neap_pid table_get(int i) {
    pthread_mutex_lock(&table_lock);
    struct neap_pid pid = table[i];
    pthread_mutex_unlock(&table_lock);
    return pid;
}

static void table_set(int i, struct neap_pid pid) {
    pthread_mutex_lock(&table_lock);
    table[i] = pid;
    pthread_mutex_unlock(&table_lock);
}

static struct neap_message *next_message(struct neap_process *self) {
    neap_mail_rewind(self);
    return neap_mail_take(self, NULL, NULL);
}

static struct neap_message *number_message(enum neap_message_kind kind, uint64_t number) {
    return neap_message_new(kind, &number, sizeof number, NULL, 0);
}

static uint64_t number_of(const struct neap_message *m) {
    uint64_t number;
    memcpy(&number, m->payload, sizeof number);
    return number;
}

/* --- servers: answer each call with its number, sometimes twice, sometimes never --- */

struct server {
    uint64_t random;
    char name[8];
};

static void free_context(struct fake_body *body) {
    neap_free(body->context);
}

static void answer(struct server *me, struct neap_process *self, struct neap_message *m) {
    uint64_t answers = torture_random(&me->random, 3);
    for (uint64_t i = 0; i < answers; i++)
        neap_reply(self->node, m->from, m->ref,
                   number_message(NEAP_MESSAGE_REPLY, number_of(m)));
}

static enum neap_slice serve(struct fake_body *body, struct neap_process *self) {
    struct server *me = body->context;
    struct neap_pid holder;
    struct neap_message *m;
    uint64_t ref = neap_spawn_take_ack(self);
    if (ref != 0 && torture_random(&me->random, 8) == 0)
        return NEAP_SLICE_EXITED; /* without an ack */
    if (ref != 0) {
        int err = neap_register(self->node, me->name, neap_process_pid(self), &holder);
        TORTURE_EXPECT(err == 0); /* its predecessor's exit was heard: the name is free */
        neap_reply(self->node, neap_process_parent(self), ref,
                   number_message(NEAP_MESSAGE_REPLY, 0));
    }
    while ((m = next_message(self)) != NULL) {
        if (m->kind == NEAP_MESSAGE_CALL)
            answer(me, self, m);
        neap_message_free(m);
    }
    return torture_random(&me->random, 20) == 0 ? NEAP_SLICE_EXITED
                                                : fake_wait(self, NEAP_EVENT_MAIL);
}

/* --- the keeper: a supervisor of a kind --- */

struct keeper {
    uint64_t random;
    struct neap_pid servers[SERVERS]; /* as linked; none: to be started */
    int starting;                     /* the one whose ack is awaited, or -1 */
    int starts;
    int acks;
};

static _Atomic(int) clients_done;

static void start_server(struct keeper *me, struct neap_process *self, int i) {
    struct server *server = neap_calloc(1, sizeof *server);
    server->random = me->random + (uint64_t)me->starts++;
    snprintf(server->name, sizeof server->name, "s%d", i);
    struct neap_spawn_options options = torture_options(self, serve, server);
    ((struct fake_body *)(void *)options.body)->on_discard = free_context;
    options.link = options.ack = true;
    options.limits.mailbox_messages = 2;
    options.limits.policy = i % 2 == 0 ? NEAP_POLICY_BLOCK : NEAP_POLICY_REJECT;
    me->servers[i] = torture_spawn(self->node, &options);
    me->starting = i;
}

static void note_exits(struct keeper *me, struct neap_process *self) {
    struct neap_message *m;
    while ((m = next_message(self)) != NULL) {
        int i = 0;
        while (i < SERVERS && !neap_pid_equal(me->servers[i], m->from))
            i++;
        TORTURE_EXPECT(m->kind == NEAP_MESSAGE_EXIT && i < SERVERS);
        if (i < SERVERS)
            me->servers[i] = (struct neap_pid){ 0 };
        neap_message_free(m);
    }
}

static void note_ack(struct keeper *me, const struct neap_call_result *result) {
    me->acks += result->reply != NULL;
    if (result->reply != NULL)
        table_set(me->starting, me->servers[me->starting]);
    neap_message_free(result->reply);
    neap_reason_unref(result->reason);
    me->starting = -1;
}

static enum neap_slice keep_servers(struct fake_body *body, struct neap_process *self) {
    struct keeper *me = body->context;
    struct neap_call_result result;
    neap_process_trap_exit(self, true);
    if (me->starting >= 0) {
        if (neap_call_result(self, &result) != 0)
            return fake_wait(self, NEAP_EVENT_REPLY);
        note_ack(me, &result);
    }
    note_exits(me, self);
    if (atomic_load(&clients_done) == CLIENTS) {
        neap_process_set_reason(self, neap_reason_of(NEAP_REASON_SHUTDOWN));
        return NEAP_SLICE_EXITED; /* and its servers with it */
    }
    for (int i = 0; i < SERVERS; i++) {
        if (!neap_pid_is_none(me->servers[i]))
            continue;
        start_server(me, self, i);
        return NEAP_SLICE_YIELDED;
    }
    return fake_wait(self, NEAP_EVENT_MAIL);
}

/* --- clients --- */

enum phase { IDLE, SENDING, AWAITING };

struct client {
    struct neap_pid keeper;
    uint64_t random;
    uint64_t calls;   /* opened; the number of the last */
    uint64_t settled; /* by a reply, the server's end, or by giving up */
    uint64_t replies;
    uint64_t failures;
    enum phase phase;
};

static enum neap_slice wait_a_little(struct client *me, struct neap_process *self,
                                     unsigned events) {
    neap_time patience = torture_random(&me->random, 300000);
    neap_process_wait(self, events, neap_node_now(self->node) + patience);
    return NEAP_SLICE_WAITING;
}

static void give_up(struct client *me, struct neap_process *self) {
    neap_call_close(self);
    me->settled++;
    me->phase = IDLE;
}

static void take_result(struct client *me, const struct neap_call_result *result) {
    TORTURE_EXPECT(result->reply == NULL || number_of(result->reply) == me->calls);
    *(result->reply != NULL ? &me->replies : &me->failures) += 1;
    neap_message_free(result->reply);
    neap_reason_unref(result->reason);
    me->settled++;
    me->phase = IDLE;
}

static enum neap_slice send_call(struct client *me, struct neap_process *self, int err) {
    if (err == NEAP_EWAIT) {
        me->phase = SENDING;
        return wait_a_little(me, self, NEAP_EVENT_ROOM | NEAP_EVENT_REPLY);
    }
    me->phase = AWAITING;
    if (err == NEAP_EFULL)
        give_up(me, self);
    return NEAP_SLICE_YIELDED;
}

static enum neap_slice open_call(struct client *me, struct neap_process *self) {
    int i = (int)torture_random(&me->random, SERVERS);
    struct neap_pid server = table_get(i);
    if (torture_random(&me->random, 2) == 0) {
        char name[8];
        snprintf(name, sizeof name, "s%d", i);
        server = neap_registry_find(neap_node_registry(self->node), name);
    }
    uint64_t ref = neap_call_open(self, server);
    if (ref == 0)
        return NEAP_SLICE_YIELDED;
    struct neap_message *m = number_message(NEAP_MESSAGE_CALL, ++me->calls);
    m->from = neap_process_pid(self);
    m->ref = ref;
    return send_call(me, self, neap_send(self->node, self, server, m));
}

static enum neap_slice go_on_sending(struct client *me, struct neap_process *self) {
    int err = neap_send_result(self);
    if (err == NEAP_EWAIT && neap_process_is_late(self))
        err = neap_send_cancel(self);
    return send_call(me, self, err);
}

static enum neap_slice await_answer(struct client *me, struct neap_process *self) {
    struct neap_call_result result;
    if (neap_call_result(self, &result) == 0)
        take_result(me, &result);
    else if (neap_process_is_late(self))
        give_up(me, self);
    else
        return wait_a_little(me, self, NEAP_EVENT_REPLY);
    return NEAP_SLICE_YIELDED;
}

/* Kills a server, or sets an alarm that nobody waits for. */
static void do_harm(struct client *me, struct neap_process *self) {
    struct neap_pid pid = table_get((int)torture_random(&me->random, SERVERS));
    neap_time at = neap_node_now(self->node) + torture_random(&me->random, 100000);
    switch (torture_random(&me->random, 12)) {
    case 0:
        neap_exit_signal(self->node, self->pid, pid, neap_reason_of(NEAP_REASON_KILL));
        break;
    case 1:
        neap_alarm_start(self, at, pid, NULL, number_message(NEAP_MESSAGE_TIMER, 0));
        break;
    default: break;
    }
}

static enum neap_slice finish(struct client *me, struct neap_process *self) {
    TORTURE_EXPECT(next_message(self) == NULL); /* an answer is no mail */
    if (atomic_fetch_add(&clients_done, 1) + 1 == CLIENTS)
        neap_exit_signal(self->node, self->pid, me->keeper,
                         neap_reason_of(NEAP_REASON_KILL));
    return NEAP_SLICE_EXITED;
}

static enum neap_slice be_client(struct fake_body *body, struct neap_process *self) {
    struct client *me = body->context;
    if (me->phase == SENDING)
        return go_on_sending(me, self);
    if (me->phase == AWAITING)
        return await_answer(me, self);
    if (me->calls >= CALLS)
        return finish(me, self);
    do_harm(me, self);
    return open_call(me, self);
}

TEST(CALL_01_REG_07_every_call_is_settled_once_whoever_is_killed) {
    static struct keeper keeper;
    static struct client clients[CLIENTS];
    struct neap_node *node = fake_threads(3);
    memset(table, 0, sizeof table);
    atomic_store(&clients_done, 0);
    keeper = (struct keeper){ .random = random_u64(), .starting = -1 };
    struct neap_pid pid = torture_start(node, keep_servers, &keeper);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){ .keeper = pid, .random = random_u64() };
        torture_start(node, be_client, &clients[i]);
    }

    torture_end(node);

    uint64_t replies = 0, failures = 0;
    for (int i = 0; i < CLIENTS; i++) {
        EXPECT_U64(clients[i].settled, clients[i].calls);
        replies += clients[i].replies;
        failures += clients[i].failures;
    }
    EXPECT_TRUE(replies > 0 && failures > 0); /* all together: one alone may meet no end */
    EXPECT_TRUE(keeper.acks > SERVERS && keeper.acks < keeper.starts);
}

/* --- the node stops in the middle of it --- */

static enum neap_slice breed(struct fake_body *body, struct neap_process *self) {
    uint64_t *generation = body->context;
    if (*generation > 6)
        return fake_wait(self, NEAP_EVENT_MAIL);
    for (int i = 0; i < 2; i++) {
        uint64_t *next = neap_calloc(1, sizeof *next);
        *next = *generation + 1;
        struct neap_spawn_options options = torture_options(self, breed, next);
        ((struct fake_body *)(void *)options.body)->on_discard = free_context;
        options.link = i == 0;
        options.monitor = true;
        torture_spawn(self->node, &options);
    }
    return fake_wait(self, NEAP_EVENT_MAIL);
}

TEST(NEAP_12_a_node_that_stops_while_processes_are_made_leaves_nothing) {
    for (int i = 0; i < 25 * NEAP_TORTURE; i++) {
        struct neap_node *node = fake_threads(3);
        struct neap_spawn_options options = torture_options(
            NULL, breed, neap_calloc(1, sizeof(uint64_t)));
        ((struct fake_body *)(void *)options.body)->on_discard = free_context;
        torture_spawn(node, &options);
        for (volatile uint64_t k = random_below(200000); k > 0; k--)
            ;

        fake_stop(node);
    }
    EXPECT_INT(atomic_exchange(&torture_wrongs, 0), 0);
}
