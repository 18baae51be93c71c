/* assert.h - invariants that end the node when they do not hold.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: never used on what Lua, the network or the system said. */
#ifndef NEAP_BASE_ASSERT_H
#define NEAP_BASE_ASSERT_H

#define NEAP_MUST_CHECK __attribute__((warn_unused_result))
#define NEAP_NORETURN __attribute__((noreturn))
#define NEAP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Prints the place and the condition to standard error and aborts. */
NEAP_NORETURN void neap_assert_failed(const char *file, int line, const char *what);

/* Always compiled in; O(1). */
#define NEAP_ASSERT(cond)                                                                \
    ((cond) ? (void)0 : neap_assert_failed(__FILE__, __LINE__, #cond))

/* May be O(n); only in debug and sanitizer builds. */
#ifdef NEAP_DEBUG
#define NEAP_DEBUG_ASSERT(cond) NEAP_ASSERT(cond)
#else
#define NEAP_DEBUG_ASSERT(cond) ((void)sizeof(cond))
#endif

#endif
