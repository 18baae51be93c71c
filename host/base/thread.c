#include "base/thread.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PREFERRED = -10 };

static const uint64_t SHORT_SLICE = NEAP_MS / 10; /* the system's own: 1 to 3 ms */

/* What the kernel takes; the C library has no name for it yet. */
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t rt_priority;
    uint64_t runtime; /* here: of a slice, in ns; 0: the system's own. Ignored before 6.12 */
    uint64_t deadline;
    uint64_t period;
};

/* A thread with shorter slices than the one that runs need not wait for the end of that one's. */
static void shorten_slices(void) {
    struct attributes a = { .size = sizeof a, .policy = SCHED_OTHER };
    a.nice = neap_thread_priority();
    a.runtime = SHORT_SLICE;
    long refused = syscall(SYS_sched_setattr, 0, &a, 0);
    (void)refused; /* then it runs as the others do */
}

void neap_thread_hurry(void) {
    neap_thread_set_priority(PREFERRED);
    shorten_slices();
    prctl(PR_SET_TIMERSLACK, 1ul); /* ns; for what sleeps until a time */
}

int neap_thread_priority(void) {
    return getpriority(PRIO_PROCESS, (id_t)gettid());
}

void neap_thread_set_priority(int priority) {
    int refused = setpriority(PRIO_PROCESS, (id_t)gettid(), priority);
    (void)refused; /* then it runs as the others do */
}
