/* test.h - cmocka with typed expectations (expect.h), tests that register themselves, and a
 *          main.
 * Owns:      the list of a test program's tests; include it in one file per program.
 * Threads:   expectations only on the main thread: a failure leaves the test by longjmp.
 * Bounds:    TEST_MAX tests per program.
 * Invariant: a test draws the same random numbers whenever it runs with the same seed,
 *            alone or after others.
 *
 *     TEST(pop_gives_the_oldest) { EXPECT_INT(pop(), 1); }
 *     MODEL_TEST(box_behaves_like_a_list, 10000) { ... one step; `step` counts from 0 ... }
 *
 * A program takes a name pattern as its argument ('pop_*'), and NEAP_SEED for the numbers
 * of a failure that was printed with its seed. */
#ifndef NEAP_TEST_TEST_H
#define NEAP_TEST_TEST_H

#include "test/expect.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { TEST_MAX = 256 };

#define TEST(name)                                                                       \
    static void name(void);                                                              \
    TEST_REGISTER(name, name())                                                          \
    static void name(void)

/* Runs its body `steps` times; what lives from step to step is static. */
#define MODEL_TEST(name, steps)                                                          \
    static void name(unsigned step);                                                     \
    TEST_REGISTER(name, for (test_step = 0; test_step < (steps); test_step++)            \
                            name((unsigned)test_step))                                   \
    static void name(__attribute__((unused)) unsigned step)

#define TEST_REGISTER(name, run)                                                         \
    static void name##_case(void **state) {                                              \
        (void)state;                                                                     \
        test_begin(#name);                                                               \
        run;                                                                             \
    }                                                                                    \
    __attribute__((constructor)) static void name##_register(void) {                     \
        test_register(#name, name##_case);                                               \
    }

/* --- what the macros use ------------------------------------------------------------ */

static struct CMUnitTest test_cases[TEST_MAX];
static size_t test_count;
static uint64_t test_seed;   /* of the whole run: printed, settable */
static uint64_t test_random; /* the generator's state */
static long test_step;       /* of a MODEL_TEST; -1 elsewhere */

TEST_USED void test_register(const char *name, CMUnitTestFunction run) {
    if (test_count == TEST_MAX)
        abort(); /* raise TEST_MAX */
    test_cases[test_count++] = (struct CMUnitTest){ .name = name, .test_func = run };
}

/* Seeds by name as well, so that a test draws the same numbers without its neighbours. */
TEST_USED void test_begin(const char *name) {
    test_step = -1;
    test_random = test_seed;
    for (; *name != '\0'; name++)
        test_random = (test_random ^ (unsigned char)*name) * 0x100000001b3ull;
}

/* splitmix64 */
TEST_USED uint64_t random_u64(void) {
    uint64_t z = test_random += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

/* 0 .. bound - 1 */
TEST_USED uint64_t random_below(uint64_t bound) {
    return random_u64() % bound;
}

TEST_USED void test_say_where(void) {
    if (test_step >= 0)
        print_error("in step %ld ", test_step); // NOLINT(bugprone-signal-handler)
    print_error("(NEAP_SEED=%llu)\n", (unsigned long long)test_seed);
}

TEST_USED NEAP_NORETURN NEAP_PRINTF(3, 4) void test_failed(const char *file, int line,
                                                           const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vprint_error(fmt, args);
    va_end(args);
    print_error("\n");
    test_say_where();
    _fail(file, line);
    abort(); /* not reached: _fail leaves the test */
}

/* An assert of the host ended the program: its seed would be lost with it. Printing is safe
 * enough in a handler for abort(), which does not interrupt a printf. */
TEST_USED void test_aborted(int signal_number) {
    (void)signal_number;
    test_say_where();
}

static void test_choose_seed(void) {
    const char *given = getenv("NEAP_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t fresh = (uint64_t)now.tv_sec * 1000000007ull + (uint64_t)now.tv_nsec;
    test_seed = given != NULL ? strtoull(given, NULL, 10) : fresh;
}

int main(int argc, char **argv) {
    test_choose_seed();
    signal(SIGABRT, test_aborted);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const char *name = strrchr(argv[0], '/');
    return _cmocka_run_group_tests(name != NULL ? name + 1 : argv[0], test_cases,
                                   test_count, NULL, NULL);
}

#endif
