#include "vm/leaf.h"

#include "vm/killable.h"

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

/* gcc would recognise the loops below and replace them by calls of the very functions
 * they implement; the pragma forbids it. Tests compare each with libc's. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef long long vec __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t u64 __attribute__((aligned(1), may_alias));
typedef uint32_t u32 __attribute__((aligned(1), may_alias));
typedef uint16_t u16 __attribute__((aligned(1), may_alias));

#define LONG_COPY ((size_t)2048) /* from here on the processor's own loop is faster */

/* --- copying --------------------------------------------------------------- */

/* Up to 64 bytes: everything is loaded before anything is stored, so overlap is fine. */
KILLABLE_INLINE void copy_short(char *to, const char *from, size_t n) {
    if (n > 32) {
        vec a = *(const vec *)from;
        vec b = *(const vec *)(from + 16);
        vec c = *(const vec *)(from + n - 32);
        vec d = *(const vec *)(from + n - 16);
        *(vec *)to = a;
        *(vec *)(to + 16) = b;
        *(vec *)(to + n - 32) = c;
        *(vec *)(to + n - 16) = d;
    } else if (n > 16) {
        vec a = *(const vec *)from;
        vec b = *(const vec *)(from + n - 16);
        *(vec *)to = a;
        *(vec *)(to + n - 16) = b;
    } else if (n >= 8) {
        uint64_t a = *(const u64 *)from;
        uint64_t b = *(const u64 *)(from + n - 8);
        *(u64 *)to = a;
        *(u64 *)(to + n - 8) = b;
    } else if (n >= 4) {
        uint32_t a = *(const u32 *)from;
        uint32_t b = *(const u32 *)(from + n - 4);
        *(u32 *)to = a;
        *(u32 *)(to + n - 4) = b;
    } else if (n >= 2) {
        uint16_t a = *(const u16 *)from;
        uint16_t b = *(const u16 *)(from + n - 2);
        *(u16 *)to = a;
        *(u16 *)(to + n - 2) = b;
    } else if (n == 1) {
        *to = *from;
    }
}

/* More than 64 bytes, from the front. The tail is loaded first and stored last, so that
 * the target may overlap the source from below. */
KILLABLE_INLINE void copy_up(char *to, const char *from, size_t n) {
    vec tail[4];
    for (int i = 0; i < 4; i++)
        tail[i] = *(const vec *)(from + n - 64 + 16 * i);
    char *end = to + n - 64;
    while (to < end) {
        vec a = *(const vec *)from;
        vec b = *(const vec *)(from + 16);
        vec c = *(const vec *)(from + 32);
        vec d = *(const vec *)(from + 48);
        *(vec *)to = a;
        *(vec *)(to + 16) = b;
        *(vec *)(to + 32) = c;
        *(vec *)(to + 48) = d;
        from += 64;
        to += 64;
    }
    for (int i = 0; i < 4; i++)
        *(vec *)(end + 16 * i) = tail[i];
}

/* The mirror image, for a target that overlaps the source from above. */
KILLABLE_INLINE void copy_down(char *to, const char *from, size_t n) {
    vec head[4];
    for (int i = 0; i < 4; i++)
        head[i] = *(const vec *)(from + 16 * i);
    char *start = to;
    while (n > 64) {
        n -= 64;
        vec a = *(const vec *)(from + n);
        vec b = *(const vec *)(from + n + 16);
        vec c = *(const vec *)(from + n + 32);
        vec d = *(const vec *)(from + n + 48);
        *(vec *)(to + n) = a;
        *(vec *)(to + n + 16) = b;
        *(vec *)(to + n + 32) = c;
        *(vec *)(to + n + 48) = d;
    }
    for (int i = 0; i < 4; i++)
        *(vec *)(start + 16 * i) = head[i];
}

KILLABLE_INLINE void copy_long(char *to, const char *from, size_t n) {
#if defined(__x86_64__)
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
#else
    copy_up(to, from, n);
#endif
}

KILLABLE void *neap_vm_memcpy(void *to, const void *from, size_t n) {
    if (n <= 64)
        copy_short(to, from, n);
    else if (n < LONG_COPY)
        copy_up(to, from, n);
    else
        copy_long(to, from, n);
    return to;
}

KILLABLE void *neap_vm_memmove(void *to, const void *from, size_t n) {
    size_t gap = (size_t)((char *)to - (const char *)from); /* wraps if to is below */
    if (n <= 64)
        copy_short(to, from, n);
    else if (gap < n)
        copy_down(to, from, n);
    else if (-gap < n || n < LONG_COPY)
        copy_up(to, from, n);
    else
        copy_long(to, from, n);
    return to;
}

/* --- filling --------------------------------------------------------------- */

KILLABLE_INLINE void fill_short(char *to, uint64_t word, size_t n) {
    if (n >= 8) {
        *(u64 *)to = word;
        *(u64 *)(to + n - 8) = word;
    } else if (n >= 4) {
        *(u32 *)to = (uint32_t)word;
        *(u32 *)(to + n - 4) = (uint32_t)word;
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = (char)word;
    }
}

KILLABLE void *neap_vm_memset(void *at, int byte, size_t n) {
    uint64_t word = (uint8_t)byte * UINT64_C(0x0101010101010101);
    char *to = at;
    if (n <= 16) {
        fill_short(to, word, n);
        return at;
    }
#if defined(__x86_64__)
    if (n >= LONG_COPY) {
        __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
        return at;
    }
#endif
    vec v = { (long long)word, (long long)word };
    for (size_t i = 0; i + 16 < n; i += 16)
        *(vec *)(to + i) = v;
    *(vec *)(to + n - 16) = v;
    return at;
}

/* --- searching ------------------------------------------------------------- */

#if defined(__x86_64__)

KILLABLE_INLINE __m128i matches(const char *at, __m128i byte) {
    return _mm_cmpeq_epi8(_mm_load_si128((const __m128i *)at), byte);
}

/* Bit i is set if byte i of the aligned 16 at `at` equals `byte`. */
KILLABLE_INLINE unsigned equals(const char *at, __m128i byte) {
    return (unsigned)_mm_movemask_epi8(matches(at, byte));
}

KILLABLE_INLINE bool is_in_64(const char *at, __m128i byte) {
    __m128i a = _mm_or_si128(matches(at, byte), matches(at + 16, byte));
    __m128i b = _mm_or_si128(matches(at + 32, byte), matches(at + 48, byte));
    return _mm_movemask_epi8(_mm_or_si128(a, b)) != 0;
}

/* The first `byte` from `in` on, or something at or past `end`. Reads whole aligned
 * vectors: beyond the text, but never into another page. */
KILLABLE_INLINE const char *scan(const char *in, int byte, const char *end) {
    __m128i want = _mm_set1_epi8((char)byte);
    unsigned skip = (uintptr_t)in & 15;
    const char *at = in - skip;
    unsigned bits = equals(at, want) >> skip << skip;
    while (bits == 0) {
        at += 16;
        while (((uintptr_t)at & 63) == 0 && at < end && !is_in_64(at, want))
            at += 64;
        if (at >= end)
            return end;
        bits = equals(at, want);
    }
    return at + __builtin_ctz(bits);
}

KILLABLE void *neap_vm_memchr(const void *in, int byte, size_t n) {
    if (n == 0)
        return NULL;
    const char *end = (const char *)in + n;
    if ((uintptr_t)end < (uintptr_t)in) /* no end in sight: it is sure to be there */
        end = (const char *)UINTPTR_MAX;
    const char *at = scan(in, byte, end);
    return at < end ? (void *)(uintptr_t)at : NULL;
}

KILLABLE size_t neap_vm_strlen(const char *text) {
    return (size_t)(scan(text, 0, (const char *)UINTPTR_MAX) - text);
}

#else

KILLABLE void *neap_vm_memchr(const void *in, int byte, size_t n) {
    const unsigned char *at = in;
    for (size_t i = 0; i < n; i++)
        if (at[i] == (unsigned char)byte)
            return (void *)(uintptr_t)(at + i);
    return NULL;
}

KILLABLE size_t neap_vm_strlen(const char *text) {
    size_t n = 0;
    while (text[n] != 0)
        n++;
    return n;
}

#endif

/* --- comparing ------------------------------------------------------------- */

KILLABLE_INLINE int compare_bytes(const unsigned char *a, const unsigned char *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return a[i] - b[i];
    return 0;
}

KILLABLE_INLINE int compare_words(uint64_t a, uint64_t b) {
    a = __builtin_bswap64(a);
    b = __builtin_bswap64(b);
    return a < b ? -1 : a > b;
}

#if defined(__x86_64__)
KILLABLE_INLINE __m128i same(const char *a, const char *b) {
    return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)a),
                          _mm_loadu_si128((const __m128i *)b));
}

KILLABLE_INLINE bool differ_in_64(const char *a, const char *b) {
    __m128i x = _mm_and_si128(same(a, b), same(a + 16, b + 16));
    __m128i y = _mm_and_si128(same(a + 32, b + 32), same(a + 48, b + 48));
    return _mm_movemask_epi8(_mm_and_si128(x, y)) != 0xffff;
}
#endif

/* The first difference decides; both machines are little-endian. The last word overlaps
 * the one before it, whose bytes are known to be equal. */
KILLABLE int neap_vm_memcmp(const void *x, const void *y, size_t n) {
    const char *a = x;
    const char *b = y;
    if (n < 8)
        return compare_bytes(x, y, n);
    size_t i = 0;
#if defined(__x86_64__)
    while (i + 64 <= n && !differ_in_64(a + i, b + i))
        i += 64;
#endif
    for (; i + 8 <= n; i += 8)
        if (*(const u64 *)(a + i) != *(const u64 *)(b + i))
            return compare_words(*(const u64 *)(a + i), *(const u64 *)(b + i));
    return compare_words(*(const u64 *)(a + n - 8), *(const u64 *)(b + n - 8));
}
