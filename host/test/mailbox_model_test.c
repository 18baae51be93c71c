#include "core/mailbox.h"

#include "base/error.h"

#include "test/test.h"

enum { STEPS = 20000, MOST = 12, BYTES = 1500, CAP = 64 };

static struct neap_mailbox box;

static struct { /* the naive version: an array, searched and shifted */
    struct neap_message *m[CAP];
    int n;
    int seen;
} naive;

static uint64_t naive_sum(bool bytes) {
    uint64_t sum = 0;
    for (int i = 0; i < naive.n; i++)
        if (!neap_message_is_urgent(naive.m[i]))
            sum += bytes ? naive.m[i]->cost : 1;
    return sum;
}

static int naive_push(struct neap_message *m) {
    bool fits = naive_sum(false) < MOST && naive_sum(true) + m->cost <= BYTES;
    if (!neap_message_is_urgent(m) && !fits)
        return NEAP_EFULL;
    naive.m[naive.n++] = m;
    return 0;
}

static struct neap_message *naive_next(void) {
    return naive.seen < naive.n ? naive.m[naive.seen++] : NULL;
}

static void naive_take(int i) {
    memmove(&naive.m[i], &naive.m[i + 1], (size_t)(naive.n - i - 1) * sizeof naive.m[0]);
    naive.n--;
    naive.seen -= i < naive.seen;
}

static void push_one(void) {
    static const char BYTES_OF[200] = { 0 };
    enum neap_message_kind kind = random_below(4) == 0 ? NEAP_MESSAGE_TIMER
                                                       : NEAP_MESSAGE_VALUE;
    if (naive.n == CAP)
        return;
    struct neap_message *m = neap_message_new(kind, BYTES_OF,
                                              random_below(sizeof BYTES_OF), NULL, 0);

    int err = naive_push(m);

    EXPECT_INT(neap_mailbox_fits(&box, m), err == 0);
    EXPECT_INT(neap_mailbox_push(&box, m), err);
    if (err != 0)
        neap_message_free(m);
}

static void take_one(void) {
    if (naive.n == 0)
        return;
    int i = (int)random_below((uint64_t)naive.n);
    struct neap_message *m = naive.m[i];
    naive_take(i);
    neap_mailbox_take(&box, m);
    neap_message_free(m);
}

MODEL_TEST(mailbox_behaves_like_an_array, STEPS) {
    if (step == 0)
        neap_mailbox_init(&box, MOST, BYTES);

    switch (random_below(8)) {
    case 0 ... 2: push_one(); break;
    case 3: take_one(); break;
    case 4:
        naive.seen = 0;
        neap_mailbox_rewind(&box);
        break;
    default: EXPECT_PTR(neap_mailbox_next(&box), naive_next()); break;
    }
    EXPECT_U64(box.count, naive_sum(false));
    EXPECT_U64(box.bytes, naive_sum(true));
    EXPECT_U64(box.urgent, (uint64_t)naive.n - box.count);

    if (step == STEPS - 1)
        neap_mailbox_fini(&box);
}
