/* expect.h - typed expectations; who includes it says what a failed one does.
 * Owns:      none.
 * Threads:   those that test_failed may be called on.
 * Bounds:    none.
 * Invariant: test_failed (test.h, fuzz/fuzz.h) does not return.
 *
 *     EXPECT_INT(pop(), 1);  // what was got, then what was expected; both are printed */
#ifndef NEAP_TEST_EXPECT_H
#define NEAP_TEST_EXPECT_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TEST_USED __attribute__((unused)) static

TEST_USED NEAP_NORETURN NEAP_PRINTF(3, 4) void test_failed(const char *file, int line,
                                                           const char *fmt, ...);

#define EXPECT_TRUE(got)                                                                 \
    ((got) ? (void)0 : test_failed(__FILE__, __LINE__, #got " is false"))
#define EXPECT_FALSE(got)                                                                \
    ((got) ? test_failed(__FILE__, __LINE__, #got " is true") : (void)0)
#define EXPECT_NULL(got) expect_null(__FILE__, __LINE__, #got, (got))
#define EXPECT_INT(got, want)                                                            \
    expect_int(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))
#define EXPECT_U64(got, want) expect_u64(__FILE__, __LINE__, #got, (got), (want))
#define EXPECT_DOUBLE(got, want) expect_double(__FILE__, __LINE__, #got, (got), (want))
#define EXPECT_PTR(got, want) expect_ptr(__FILE__, __LINE__, #got, (got), (want))
#define EXPECT_STR(got, want) expect_str(__FILE__, __LINE__, #got, (got), (want))
#define EXPECT_BYTES(got, size, want, want_size)                                         \
    expect_bytes(__FILE__, __LINE__, #got, (got), (size), (want), (want_size))

/* --- what the macros use ------------------------------------------------------------ */

TEST_USED void expect_int(const char *file, int line, const char *what, long long got,
                          long long want) {
    if (got != want)
        test_failed(file, line, "%s is %lld, expected %lld", what, got, want);
}

TEST_USED void expect_u64(const char *file, int line, const char *what, uint64_t got,
                          uint64_t want) {
    if (got != want)
        test_failed(file, line, "%s is %llu, expected %llu", what,
                    (unsigned long long)got, (unsigned long long)want);
}

TEST_USED void expect_double(const char *file, int line, const char *what, double got,
                             double want) {
    bool both_nan = got != got && want != want;
    if (got != want && !both_nan)
        test_failed(file, line, "%s is %.17g, expected %.17g", what, got, want);
}

TEST_USED void expect_ptr(const char *file, int line, const char *what, const void *got,
                          const void *want) {
    if (got != want)
        test_failed(file, line, "%s is %p, expected %p", what, got, want);
}

TEST_USED void expect_null(const char *file, int line, const char *what, const void *got) {
    if (got != NULL)
        test_failed(file, line, "%s is %p, expected NULL", what, got);
}

TEST_USED void expect_str(const char *file, int line, const char *what, const char *got,
                          const char *want) {
    if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
        return;
    test_failed(file, line, "%s is \"%s\", expected \"%s\"", what,
                got != NULL ? got : "(null)", want != NULL ? want : "(null)");
}

TEST_USED void expect_bytes(const char *file, int line, const char *what, const void *got,
                            size_t size, const void *want, size_t want_size) {
    if (size != want_size)
        test_failed(file, line, "%s has %zu bytes, expected %zu", what, size, want_size);
    for (size_t i = 0; i < size; i++) {
        int a = ((const unsigned char *)got)[i];
        int b = ((const unsigned char *)want)[i];
        if (a != b)
            test_failed(file, line, "byte %zu of %s is %d, expected %d", i, what, a, b);
    }
}

#endif
