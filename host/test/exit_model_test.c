#include "core/exit.h"

#include "core/link.h"
#include "core/monitor.h"

#include "test/fake.h"

enum { STEPS = 20000, N = 7, MONITORS = 40 };

static struct neap_node *node;
static struct neap_process *real[N];
static struct neap_pid pids[N];

struct watch {
    int watcher;
    int target;
    uint64_t ref; /* 0: none */
};

static struct { /* the naive version: a matrix of links and a list of monitors */
    bool trap[N];
    bool linked[N][N];
    struct watch watches[MONITORS];
    bool dead[N];    /* in this step */
    int exits[N][N]; /* EXIT messages to come, by receiver and sender */
    int downs;       /* DOWN messages to come */
    uint64_t down[MONITORS];
} naive;

static void be_born(int i) {
    real[i] = fake_idler(node);
    pids[i] = real[i]->pid;
    naive.trap[i] = naive.dead[i] = false;
}

static void naive_die(int i, enum neap_reason_word word) {
    if (naive.dead[i])
        return;
    naive.dead[i] = true;
    for (int k = 0; k < N; k++) {
        if (!naive.linked[i][k])
            continue;
        naive.linked[i][k] = naive.linked[k][i] = false;
        if (naive.trap[k])
            naive.exits[k][i]++;
        else if (word != NEAP_REASON_NORMAL)
            naive_die(k, word);
    }
}

/* After all deaths of the step: a watcher that died as well hears nothing. */
static void naive_tell_watchers(void) {
    for (int i = 0; i < MONITORS; i++) {
        struct watch *w = &naive.watches[i];
        if (w->ref == 0 || (!naive.dead[w->target] && !naive.dead[w->watcher]))
            continue;
        if (!naive.dead[w->watcher])
            naive.down[naive.downs++] = w->ref;
        w->ref = 0;
    }
}

static void naive_signal(int from, int to, enum neap_reason_word word) {
    if (word == NEAP_REASON_KILL)
        naive_die(to, NEAP_REASON_KILLED);
    else if (naive.trap[to])
        naive.exits[to][from]++;
    else if (word != NEAP_REASON_NORMAL || from == to)
        naive_die(to, word);
}

static void expect_exit(int receiver) {
    int sender = 0;
    while (sender < N && !neap_pid_equal(pids[sender], fake.from))
        sender++;
    EXPECT_TRUE(sender < N);
    EXPECT_TRUE(naive.exits[receiver][sender]-- > 0);
}

static void expect_down(void) {
    int i = 0;
    while (i < naive.downs && naive.down[i] != fake.ref)
        i++;
    EXPECT_TRUE(i < naive.downs);
    naive.down[i] = naive.down[--naive.downs];
}

static void compare_mail(int i) {
    const char *line;
    while (*(line = fake_next(real[i])) != '\0')
        line[0] == 'E' ? expect_exit(i) : expect_down();
    for (int k = 0; k < N; k++)
        EXPECT_INT(naive.exits[i][k], 0);
}

static void compare_all(void) {
    naive_tell_watchers();
    for (int i = 0; i < N; i++) {
        EXPECT_INT(fake_is_alive(node, pids[i]), !naive.dead[i]);
        if (!naive.dead[i])
            compare_mail(i);
        memset(naive.exits[i], 0, sizeof naive.exits[i]);
    }
    EXPECT_INT(naive.downs, 0);
    for (int i = 0; i < N; i++)
        if (naive.dead[i])
            be_born(i);
}

static void change_monitor(int a, int b) {
    struct watch *w = &naive.watches[random_below(MONITORS)];
    if (w->ref != 0) {
        neap_demonitor(real[w->watcher], w->ref, random_below(2) == 0);
        w->ref = 0;
    } else {
        *w = (struct watch){ a, b, neap_monitor(real[a], pids[b], NULL) };
    }
}

static void change_link(int a, int b, bool on) {
    on ? neap_link(real[a], pids[b]) : neap_unlink(real[a], pids[b]);
    naive.linked[a][b] = naive.linked[b][a] = on && a != b;
}

MODEL_TEST(SIG_01_to_SIG_15_MON_01_to_MON_08_as_the_naive_version, STEPS) {
    static const enum neap_reason_word WORDS[] = { NEAP_REASON_NORMAL,
                                                   NEAP_REASON_SHUTDOWN, NEAP_REASON_KILL };
    enum neap_reason_word word = WORDS[random_below(3)];
    int a = (int)random_below(N);
    int b = (int)random_below(N);
    for (int i = 0; step == 0 && i < N; i++) {
        node = i == 0 ? fake_node(2) : node;
        be_born(i);
    }

    switch (random_below(10)) {
    case 0 ... 3: change_link(a, b, random_below(3) != 0); break;
    case 4 ... 6: change_monitor(a, b); break;
    case 7:
        naive.trap[a] = !naive.trap[a];
        neap_process_trap_exit(real[a], naive.trap[a]);
        break;
    case 8:
        neap_exit_signal(node, pids[a], pids[b], neap_reason_of(word));
        naive_signal(a, b, word);
        fake_run(node);
        break;
    case 9:
        naive_die(a, word);
        fake_end_with(real[a], word);
        break;
    }
    compare_all();

    if (step == STEPS - 1)
        fake_free(node);
}
