#include "vm/reserve.h"

#include "base/assert.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE ((uintptr_t)4096)
#define KEPT ((uintptr_t)256 << 10) /* below the caller: stays as it is */
#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

/* A system call of its own: handlers use it too, and sanitizers wrap libc's. */
NO_SANITIZE static long protect(const struct neap_reserve *r, int protection) {
    return syscall(SYS_mprotect, r->start, NEAP_RESERVE_BYTES, protection);
}

static uintptr_t stack_end(void) {
    pthread_attr_t attributes;
    void *end = NULL;
    size_t size = 0;
    int err = pthread_getattr_np(pthread_self(), &attributes);
    NEAP_ASSERT(err == 0);
    pthread_attr_getstack(&attributes, &end, &size);
    pthread_attr_destroy(&attributes);
    return size > 4 * NEAP_RESERVE_BYTES ? (uintptr_t)end : 0;
}

void neap_reserve_start(struct neap_reserve *r) {
    *r = (struct neap_reserve){ 0 };
    uintptr_t end = getpid() == gettid() ? 0 : stack_end();
    if (end == 0)
        return;
    r->start = (end + PAGE - 1) & ~(PAGE - 1);
    long err = protect(r, PROT_NONE);
    NEAP_ASSERT(err == 0);
}

/* A thread's stack may be used again by another thread. */
void neap_reserve_stop(struct neap_reserve *r) {
    if (r->start != 0)
        protect(r, PROT_READ | PROT_WRITE);
    *r = (struct neap_reserve){ 0 };
}

/* AddressSanitizer forgets the frames that a jump leaves, unless they are more than 64 MiB:
 * then what uses their place next would look like an overflow. */
#if defined(__SANITIZE_ADDRESS__)
void __asan_unpoison_memory_region(void const volatile *start, size_t size);

static void forget_frames(uintptr_t start, uintptr_t end) {
    __asan_unpoison_memory_region((void *)start, end - start);
}
#else
static void forget_frames(uintptr_t start, uintptr_t end) {
    (void)start;
    (void)end;
}
#endif

NO_SANITIZE void neap_reserve_restore(struct neap_reserve *r) {
    if (!r->open)
        return;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    forget_frames(r->start, here);
    uintptr_t end = (here - KEPT) & ~(PAGE - 1);
    r->open = false;
    madvise((void *)r->start, end - r->start, MADV_DONTNEED);
    long err = protect(r, PROT_NONE);
    NEAP_ASSERT(err == 0);
}

NO_SANITIZE bool neap_reserve_has(const struct neap_reserve *r, uintptr_t address) {
    return r->start != 0 && address - r->start < NEAP_RESERVE_BYTES;
}

NO_SANITIZE void neap_reserve_open(struct neap_reserve *r) {
    r->open = true;
    protect(r, PROT_READ | PROT_WRITE);
}
