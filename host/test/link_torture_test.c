#include "core/link.h"

#include "core/monitor.h"

#include "test/torture.h"

/* A maker keeps a number of folk alive, who link, monitor and kill each other at random.
 * Keepers monitor them and linkers link to them, and know what they have to hear. */
enum { FOLK = 24, LIVES = 10000 * NEAP_TORTURE };
enum { KEEPERS = 3, LINKERS = 3, REFS = 8 };

static _Atomic(bool) all_dead; /* nobody is born any more: keepers and linkers come to an end */

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct neap_pid pool[FOLK]; /* the youngest: few of them are alive */

static struct neap_pid pool_pick(uint64_t *random) {
    pthread_mutex_lock(&pool_lock);
    struct neap_pid pid = pool[torture_random(random, FOLK)];
    pthread_mutex_unlock(&pool_lock);
    return pid;
}

static void pool_put(uint64_t *random, struct neap_pid pid) {
    pthread_mutex_lock(&pool_lock);
    pool[torture_random(random, FOLK)] = pid;
    pthread_mutex_unlock(&pool_lock);
}

static struct neap_message *next_message(struct neap_process *self) {
    neap_mail_rewind(self);
    return neap_mail_take(self, NULL, NULL);
}

/* --- folk: short lives, random deeds --- */

struct person {
    uint64_t random;
    uint64_t days;
    uint64_t ref; /* of its last monitor */
};

static void free_person(struct fake_body *body) {
    neap_free(body->context);
}

static void do_something(struct person *me, struct neap_process *self) {
    struct neap_pid pid = pool_pick(&me->random);
    enum neap_reason_word word = (enum neap_reason_word)torture_random(&me->random, 3);
    switch (torture_random(&me->random, 9)) {
    case 0 ... 1: neap_link(self, pid); break;
    case 2: neap_unlink(self, pid); break;
    case 3: me->ref = neap_monitor(self, pid, "somebody"); break;
    case 4: neap_demonitor(self, me->ref, word == NEAP_REASON_KILL); break;
    case 5: neap_exit_signal(self->node, self->pid, pid, neap_reason_of(word)); break;
    case 6: neap_process_trap_exit(self, word == NEAP_REASON_KILL); break;
    case 7: neap_message_free(next_message(self)); break;
    default: break;
    }
}

static enum neap_slice live_a_day(struct fake_body *body, struct neap_process *self) {
    struct person *me = body->context;
    do_something(me, self);
    if (me->days-- > 0)
        return NEAP_SLICE_YIELDED;
    enum neap_reason_word word = (enum neap_reason_word)torture_random(&me->random, 4);
    neap_process_set_reason(self, word == NEAP_REASON_KILLED ? fake_reason("value")
                                                             : neap_reason_of(word));
    return NEAP_SLICE_EXITED;
}

/* --- the maker --- */

struct maker {
    uint64_t random;
    int born;
    int exits;
    int downs;
};

static void make_one(struct maker *me, struct neap_process *self) {
    struct person *child = neap_calloc(1, sizeof *child);
    child->random = me->random + (uint64_t)me->born;
    child->days = torture_random(&me->random, 12);
    struct neap_spawn_options options = torture_options(self, live_a_day, child);
    struct fake_body *body = (struct fake_body *)(void *)options.body;
    body->on_discard = free_person;
    options.link = options.monitor = true;
    pool_put(&me->random, torture_spawn(self->node, &options));
    me->born++;
}

/* Each child is an EXIT and a DOWN, and counts no more when the first of them is here. */
static enum neap_slice make_folk(struct fake_body *body, struct neap_process *self) {
    struct maker *me = body->context;
    struct neap_message *m;
    neap_process_trap_exit(self, true);
    while ((m = next_message(self)) != NULL) {
        *(m->kind == NEAP_MESSAGE_EXIT ? &me->exits : &me->downs) += 1;
        neap_message_free(m);
        neap_lock_take(&self->lock);
        TORTURE_EXPECT(self->children <= (uint32_t)(me->born - me->exits));
        TORTURE_EXPECT(self->children <= (uint32_t)(me->born - me->downs));
        neap_lock_give(&self->lock);
    }
    while (me->born < LIVES && me->born - me->downs < FOLK)
        make_one(me, self);
    if (me->downs == LIVES && me->exits == LIVES) {
        atomic_store(&all_dead, true);
        return NEAP_SLICE_EXITED;
    }
    return fake_wait(self, NEAP_EVENT_MAIL);
}

/* --- keepers: exactly one DOWN for each monitor, none after a demonitor --- */

struct keeper {
    uint64_t random;
    uint64_t refs[REFS]; /* the open ones; 0: free */
};

static uint64_t *slot_of(struct keeper *me, uint64_t ref) {
    for (int i = 0; i < REFS; i++)
        if (me->refs[i] == ref)
            return &me->refs[i];
    return NULL;
}

static void take_downs(struct keeper *me, struct neap_process *self) {
    struct neap_message *m;
    while ((m = next_message(self)) != NULL) {
        uint64_t *slot = slot_of(me, m->ref);
        TORTURE_EXPECT(m->kind == NEAP_MESSAGE_DOWN && slot != NULL);
        if (slot != NULL)
            *slot = 0;
        neap_message_free(m);
    }
}

static bool holds_any(const struct keeper *me) {
    for (int i = 0; i < REFS; i++)
        if (me->refs[i] != 0)
            return true;
    return false;
}

static enum neap_slice keep_watch(struct fake_body *body, struct neap_process *self) {
    struct keeper *me = body->context;
    take_downs(me, self);
    uint64_t *slot = slot_of(me, 0);
    if (atomic_load(&all_dead))
        return holds_any(me) ? fake_wait(self, NEAP_EVENT_MAIL) : NEAP_SLICE_EXITED;
    if (slot == NULL)
        return fake_wait(self, NEAP_EVENT_MAIL);
    *slot = neap_monitor(self, pool_pick(&me->random), NULL);
    slot = &me->refs[torture_random(&me->random, REFS)];
    if (*slot != 0 && torture_random(&me->random, 2) == 0) {
        neap_demonitor(self, *slot, true);
        *slot = 0;
    }
    return NEAP_SLICE_YIELDED;
}

/* --- linkers: one EXIT for each link, none after an unlink --- */

struct linker {
    uint64_t random;
    struct neap_pid partner; /* none: not linked */
};

static bool take_exit(struct linker *me, struct neap_process *self) {
    struct neap_message *m = next_message(self);
    if (m == NULL)
        return false;
    TORTURE_EXPECT(m->kind == NEAP_MESSAGE_EXIT && neap_pid_equal(m->from, me->partner));
    neap_message_free(m);
    me->partner = (struct neap_pid){ 0 };
    return true;
}

/* What was queued before the unlink may stay; nothing may come later. */
static void unlink_partner(struct linker *me, struct neap_process *self) {
    neap_unlink(self, me->partner);
    if (take_exit(me, self))
        TORTURE_EXPECT(!take_exit(me, self));
    me->partner = (struct neap_pid){ 0 };
}

static enum neap_slice link_around(struct fake_body *body, struct neap_process *self) {
    struct linker *me = body->context;
    neap_process_trap_exit(self, true);
    take_exit(me, self);
    if (neap_pid_is_none(me->partner)) {
        if (atomic_load(&all_dead))
            return NEAP_SLICE_EXITED;
        me->partner = pool_pick(&me->random);
        neap_link(self, me->partner); /* to the dead as well: noproc */
    } else if (torture_random(&me->random, 3) == 0) {
        unlink_partner(me, self);
    } else {
        return fake_wait(self, NEAP_EVENT_MAIL);
    }
    return NEAP_SLICE_YIELDED;
}

TEST(SIG_11_SIG_15_MON_01_everybody_hears_what_there_is_to_hear_once) {
    static struct maker maker;
    static struct keeper keepers[KEEPERS];
    static struct linker linkers[LINKERS];
    struct neap_node *node = fake_threads(3);
    atomic_store(&all_dead, false);
    maker = (struct maker){ .random = random_u64() };
    torture_start(node, make_folk, &maker);
    for (int i = 0; i < KEEPERS; i++) {
        keepers[i] = (struct keeper){ .random = random_u64() };
        torture_start(node, keep_watch, &keepers[i]);
    }
    for (int i = 0; i < LINKERS; i++) {
        linkers[i] = (struct linker){ .random = random_u64() };
        torture_start(node, link_around, &linkers[i]);
    }

    torture_end(node);

    EXPECT_INT(maker.born, LIVES);
}
