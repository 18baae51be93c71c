#include "core/worker.h"

#include "test/torture.h"

/* A starter makes a ring of processes on its own worker. Each passes numbers on, and yields
 * again and again, so that there is always more than one to run: the other workers must get
 * some of them, and no number may be lost or change its place on the way. */
enum { RING = 12, WORKERS = 3, NUMBERS = 3000 * NEAP_TORTURE };

static struct neap_pid ring[RING];
static _Atomic(int) ring_ready;
static _Atomic(int) workers_seen; /* a bit for each */
static _Atomic(int) members_done;

struct member {
    int index;
    uint64_t sent;
    uint64_t received;
};

static void receive_all(struct member *me, struct neap_process *self) {
    struct neap_message *m;
    for (;;) {
        neap_mail_rewind(self);
        m = neap_mail_take(self, NULL, NULL);
        if (m == NULL)
            return;
        uint64_t number;
        memcpy(&number, m->payload, sizeof number);
        TORTURE_EXPECT(number == me->received);
        me->received++;
        neap_message_free(m);
    }
}

static void send_one(struct member *me, struct neap_process *self) {
    struct neap_message *m = neap_message_new(NEAP_MESSAGE_VALUE, &me->sent,
                                              sizeof me->sent, NULL, 0);
    if (neap_send(self->node, NULL, ring[(me->index + 1) % RING], m) == 0)
        me->sent++;
}

static bool all_workers_seen(void) {
    return atomic_load(&workers_seen) == (1 << WORKERS) - 1;
}

static enum neap_slice pass_on(struct fake_body *body, struct neap_process *self) {
    struct member *me = body->context;
    atomic_fetch_or(&workers_seen, 1 << neap_worker_index(neap_process_worker(self)));
    if (atomic_load(&ring_ready) == 0)
        return NEAP_SLICE_YIELDED;
    receive_all(me, self);
    if (me->sent < NUMBERS)
        send_one(me, self);
    if (me->received < NUMBERS || me->sent < NUMBERS || !all_workers_seen()) {
        if (me->sent % 7 != 3)
            return NEAP_SLICE_YIELDED;
        neap_process_wait(self, NEAP_EVENT_MAIL, neap_node_now(self->node) + NEAP_MS);
        return NEAP_SLICE_WAITING;
    }
    atomic_fetch_add(&members_done, 1);
    return NEAP_SLICE_EXITED;
}

static void free_member(struct fake_body *body) {
    neap_free(body->context);
}

static enum neap_slice start_ring(struct fake_body *body, struct neap_process *self) {
    (void)body;
    for (int i = 0; i < RING; i++) {
        struct member *me = neap_calloc(1, sizeof *me);
        me->index = i;
        struct neap_spawn_options options = torture_options(self, pass_on, me);
        ((struct fake_body *)(void *)options.body)->on_discard = free_member;
        options.limits.mailbox_messages = NUMBERS + 1;
        ring[i] = torture_spawn(self->node, &options);
    }
    atomic_store(&ring_ready, 1);
    return NEAP_SLICE_EXITED;
}

TEST(a_worker_with_much_to_do_hands_over_to_those_asleep_and_nothing_is_lost) {
    struct neap_node *node = fake_threads(WORKERS);

    torture_start(node, start_ring, NULL);

    torture_end(node);
    EXPECT_INT(atomic_load(&members_done), RING);
    EXPECT_TRUE(all_workers_seen());
}
