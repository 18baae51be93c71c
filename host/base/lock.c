#include "base/lock.h"

#include "base/thread.h"

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPINS = 100 };

/* Its holder is about to give it back, unless the system took the processor from it. */
static bool comes_free(struct neap_lock *l) {
    for (int i = 0; i < SPINS; i++) {
        int free = 0;
        if (atomic_load_explicit(&l->word, memory_order_relaxed) == 0 &&
            atomic_compare_exchange_weak_explicit(&l->word, &free, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return true;
        neap_cpu_relax();
    }
    return false;
}

void neap_lock_wait(struct neap_lock *l) {
    if (comes_free(l))
        return;
    while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0)
        syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

void neap_lock_wake(struct neap_lock *l) {
    syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#endif
