#include "core/worker.h"

#include "test/torture.h"

/* Tokens that go round rings of processes on different carriers, so that carriers fall
 * asleep and are woken all the time. One lost wake-up stops a ring for ever. Every second
 * process has a resource, and so stays where it is; the others are taken along. */
enum { RINGS = 3, MEMBERS = 4, LAPS = 700 * NEAP_TORTURE };

struct member {
    struct neap_pid next;
    int laps;
    struct neap_resource resource;
};

static struct member members[RINGS][MEMBERS];

static enum neap_slice pass_tokens(struct fake_body *body, struct neap_process *self) {
    struct member *me = body->context;
    struct neap_message *m;
    neap_mail_rewind(self);
    while (me->laps < LAPS && (m = neap_mail_take(self, NULL, NULL)) != NULL) {
        me->laps++;
        TORTURE_EXPECT(neap_send(self->node, self, me->next, m) == 0);
    }
    return me->laps == LAPS ? NEAP_SLICE_EXITED : fake_wait_any(self);
}

static void release_nothing(struct neap_resource *resource) {
    (void)resource;
}

static void start_ring(struct neap_node *node, struct member ring[MEMBERS]) {
    static const struct neap_resource_kind KIND = { "nothing", release_nothing };
    struct neap_pid pids[MEMBERS];
    for (int i = 0; i < MEMBERS; i++) {
        ring[i] = (struct member){ .resource.kind = &KIND };
        struct neap_spawn_options options = torture_options(NULL, pass_tokens, &ring[i]);
        options.resource = i % 2 == 0 ? &ring[i].resource : NULL;
        pids[i] = torture_spawn(node, &options);
    }
    for (int i = 0; i < MEMBERS; i++)
        ring[i].next = pids[(i + 1) % MEMBERS];
    EXPECT_INT(neap_send(node, NULL, pids[0], fake_text("token")), 0);
}

TEST(no_wake_up_is_lost_between_carriers) {
    struct neap_node *node = fake_threads(3);

    for (int i = 0; i < RINGS; i++)
        start_ring(node, members[i]);

    torture_end(node);
}

/* The main thread drips messages, each a little later than the carrier took the last one: so
 * every moment of its way to sleep is met. */
enum { DRIPS = 6000 * NEAP_TORTURE };
static _Atomic(int) drips_seen;

static enum neap_slice count_drips(struct fake_body *body, struct neap_process *self) {
    (void)body;
    struct neap_message *m;
    neap_mail_rewind(self);
    while ((m = neap_mail_take(self, NULL, NULL)) != NULL) {
        neap_message_free(m);
        atomic_fetch_add(&drips_seen, 1);
    }
    return atomic_load(&drips_seen) == DRIPS ? NEAP_SLICE_EXITED : fake_wait_any(self);
}

TEST(no_wake_up_is_lost_from_a_thread_that_is_no_carrier) {
    struct neap_node *node = fake_threads(1);
    atomic_store(&drips_seen, 0);
    struct neap_pid pid = torture_start(node, count_drips, NULL);
    neap_time deadline = neap_node_now(node) + 20000 * NEAP_MS;

    for (int i = 0; i < DRIPS; i++) {
        EXPECT_INT(neap_send(node, NULL, pid, fake_text("drip")), 0);
        while (atomic_load(&drips_seen) <= i && neap_node_now(node) < deadline)
            ;
        for (volatile uint64_t k = random_below(1500); k > 0; k--)
            ;
    }

    torture_end(node);
    EXPECT_INT(atomic_load(&drips_seen), DRIPS);
}

/* Deadlines and mail race: each wait ends by one or the other. */
enum { NAPPERS = 6, NAPS = 300 * NEAP_TORTURE };

struct napper {
    struct neap_pid friend;
    uint64_t random;
    int naps;
};

static struct napper nappers[NAPPERS];

static enum neap_slice nap(struct fake_body *body, struct neap_process *self) {
    struct napper *n = body->context;
    neap_mail_rewind(self);
    neap_message_free(neap_mail_take(self, NULL, NULL));
    if (++n->naps > NAPS)
        return NEAP_SLICE_EXITED;
    if (torture_random(&n->random, 3) == 0)
        TORTURE_EXPECT(neap_send(self->node, self, n->friend, fake_text("wake up")) == 0);
    neap_time nap = torture_random(&n->random, 200000);
    neap_process_wait(self, NEAP_EVENT_MAIL, neap_node_now(self->node) + nap);
    return NEAP_SLICE_WAITING;
}

TEST(TMR_01_no_deadline_is_lost) {
    struct neap_node *node = fake_threads(2);
    for (int i = 0; i < NAPPERS; i++) {
        nappers[i] = (struct napper){ .random = random_u64() };
        struct neap_pid pid = torture_start(node, nap, &nappers[i]);
        nappers[i].friend = i > 0 ? nappers[i - 1].friend : pid;
    }
    torture_end(node);
}

/* Nodes that start and stop while their carriers are on the way to sleep. */
TEST(a_node_stops_whenever_it_is_told_to) {
    for (int i = 0; i < 30 * NEAP_TORTURE; i++) {
        struct neap_node *node = fake_threads(3);
        for (int k = 0; k < 5; k++)
            torture_start(node, fake_idle, NULL);

        fake_stop(node);
    }
}
