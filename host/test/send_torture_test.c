#include "core/send.h"

#include "test/torture.h"

/* Many senders, one narrow receiver, on three carriers. */
enum { SENDERS = 8, MESSAGES = 400 * NEAP_TORTURE, ROOM = 5 };

struct letter { /* the payload */
    int sender;
    int number;
};

struct sender {
    struct neap_pid to;
    uint64_t random;
    int id;
    int next; /* the number of its next letter */
    bool waiting;
    bool impatient; /* gives up now and then, and sends the same letter again */
};

struct receiver {
    uint64_t random;
    int next[SENDERS]; /* what has to come from each */
    int received;
};

static struct sender senders[SENDERS];
static struct receiver receiver;

static struct neap_message *letter_of(const struct sender *s) {
    struct letter letter = { s->id, s->next };
    return neap_message_new(NEAP_MESSAGE_VALUE, &letter, sizeof letter, NULL, 0);
}

static enum neap_slice wait_for_room(struct sender *s, struct neap_process *self) {
    neap_time patience = s->impatient ? torture_random(&s->random, 100000) : NEAP_FOREVER;
    s->waiting = true;
    neap_process_wait(self, NEAP_EVENT_ROOM,
                      s->impatient ? neap_node_now(self->node) + patience : NEAP_FOREVER);
    return NEAP_SLICE_WAITING;
}

/* 0, NEAP_EFULL or NEAP_EWAIT. */
static int send_or_go_on(struct sender *s, struct neap_process *self) {
    if (!s->waiting)
        return neap_send(self->node, self, s->to, letter_of(s));
    int err = neap_send_result(self);
    if (err == NEAP_EWAIT && neap_process_is_late(self))
        err = neap_send_cancel(self);
    s->waiting = err == NEAP_EWAIT;
    return err;
}

static enum neap_slice send_letters(struct fake_body *body, struct neap_process *self) {
    struct sender *s = body->context;
    while (s->next < MESSAGES) {
        int err = send_or_go_on(s, self);
        if (err == NEAP_EWAIT)
            return wait_for_room(s, self);
        if (err == NEAP_EFULL)
            return NEAP_SLICE_YIELDED;
        s->next++;
    }
    return NEAP_SLICE_EXITED;
}

static void check_letter(struct receiver *r, struct neap_message *m) {
    struct letter letter;
    memcpy(&letter, m->payload, sizeof letter);
    TORTURE_EXPECT(letter.number == r->next[letter.sender]);
    r->next[letter.sender] = letter.number + 1;
    r->received++;
    neap_message_free(m);
}

/* Often there is only mail of others: then it waits with mail in its box. */
static bool is_of(const struct neap_message *m, const void *context) {
    return ((const struct letter *)(const void *)m->payload)->sender ==
           *(const int *)context;
}

static enum neap_slice receive_letters(struct fake_body *body, struct neap_process *self) {
    struct receiver *r = body->context;
    int favourite = (int)torture_random(&r->random, SENDERS);
    struct neap_message *m;
    neap_mail_rewind(self);
    while ((m = neap_mail_take(self, is_of, &favourite)) != NULL)
        check_letter(r, m);
    neap_mail_rewind(self);
    if ((m = neap_mail_take(self, NULL, NULL)) != NULL) {
        check_letter(r, m);
        return NEAP_SLICE_YIELDED;
    }
    if (r->received == SENDERS * MESSAGES)
        return NEAP_SLICE_EXITED;
    return fake_wait(self, NEAP_EVENT_MAIL);
}

static struct neap_pid start_receiver(struct neap_node *node, enum neap_policy policy) {
    memset(&receiver, 0, sizeof receiver);
    receiver.random = random_u64();
    struct neap_spawn_options options = torture_options(NULL, receive_letters, &receiver);
    options.limits.mailbox_messages = ROOM;
    options.limits.policy = policy;
    return torture_spawn(node, &options);
}

static void start_senders(struct neap_node *node, struct neap_pid to, bool impatient) {
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){ .to = to, .id = i, .random = random_u64() };
        senders[i].impatient = impatient && i % 2 == 0;
        torture_start(node, send_letters, &senders[i]);
    }
}

static void expect_everything_came(void) {
    EXPECT_INT(receiver.received, SENDERS * MESSAGES);
    for (int i = 0; i < SENDERS; i++)
        EXPECT_INT(receiver.next[i], MESSAGES);
}

TEST(NEAP_01_MSG_01_blocked_senders_lose_nothing_and_keep_their_order) {
    struct neap_node *node = fake_threads(3);

    start_senders(node, start_receiver(node, NEAP_POLICY_BLOCK), false);

    torture_end(node);
    expect_everything_came();
}

TEST(NEAP_01_MSG_01_senders_that_give_up_know_what_was_delivered) {
    struct neap_node *node = fake_threads(3);

    start_senders(node, start_receiver(node, NEAP_POLICY_BLOCK), true);

    torture_end(node);
    expect_everything_came();
}

TEST(NEAP_02_MSG_01_rejected_senders_know_what_was_delivered) {
    struct neap_node *node = fake_threads(3);

    start_senders(node, start_receiver(node, NEAP_POLICY_REJECT), false);

    torture_end(node);
    expect_everything_came();
}

static enum neap_slice receive_few(struct fake_body *body, struct neap_process *self) {
    (void)body;
    neap_message_free(neap_mail_take(self, NULL, NULL));
    return atomic_load(&self->turns) > 20 ? NEAP_SLICE_EXITED : fake_wait_any(self);
}

TEST(NEAP_01_no_sender_is_left_behind_when_receivers_end) {
    struct neap_node *node = fake_threads(3);
    for (int round = 0; round < 20 * NEAP_TORTURE; round++) {
        struct neap_spawn_options options = torture_options(NULL, receive_few, NULL);
        options.limits.mailbox_messages = 1;

        start_senders(node, torture_spawn(node, &options), round % 2 == 0);

        fake_await_quiet(node);
    }
    torture_end(node);
}
