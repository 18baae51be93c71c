/* torture.h - what the tests with real threads share.
 * Owns:      none.
 * Threads:   any; what goes wrong on a carrier is counted, and expected to be none.
 * Bounds:    NEAP_TORTURE times the usual rounds (compile with -DNEAP_TORTURE=20).
 * Invariant: random numbers of a process are its own: the seed decides them, though not
 *            when threads meet. */
#ifndef NEAP_TEST_TORTURE_H
#define NEAP_TEST_TORTURE_H

#include "test/fake.h"

#ifndef NEAP_TORTURE
#define NEAP_TORTURE 1
#endif

static _Atomic(int) torture_wrongs;

/* On any thread, unlike EXPECT_TRUE. */
#define TORTURE_EXPECT(got) ((got) ? (void)0 : torture_wrong(__FILE__, __LINE__, #got))

TEST_USED void torture_wrong(const char *file, int line, const char *what) {
    if (atomic_fetch_add(&torture_wrongs, 1) == 0)
        fprintf(stderr, "%s:%d: %s is false\n", file, line, what);
}

TEST_USED uint64_t torture_random(uint64_t *state, uint64_t bound) {
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return (z ^ (z >> 31)) % bound;
}

TEST_USED struct neap_pid torture_spawn(struct neap_node *node,
                                        const struct neap_spawn_options *options) {
    struct neap_spawned s = { 0 };
    TORTURE_EXPECT(neap_spawn(node, options, &s) == 0);
    return s.pid;
}

TEST_USED struct neap_spawn_options torture_options(struct neap_process *parent,
                                                    fake_script script, void *context) {
    return (struct neap_spawn_options){ .parent = parent,
                                        .body = fake_body(script, context),
                                        .limits = neap_limits_default() };
}

/* A process of the node. */
TEST_USED struct neap_pid torture_start(struct neap_node *node, fake_script script,
                                        void *context) {
    struct neap_spawn_options options = torture_options(NULL, script, context);
    return torture_spawn(node, &options);
}

TEST_USED void torture_end(struct neap_node *node) {
    fake_await_quiet(node);
    fake_stop(node);
    EXPECT_INT(atomic_exchange(&torture_wrongs, 0), 0);
}

#endif
