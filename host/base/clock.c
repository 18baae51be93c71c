#include "base/clock.h"

#include <time.h>

static neap_time read_clock(clockid_t id) {
    struct timespec t;
    if (clock_gettime(id, &t) != 0)
        return 0;
    return (neap_time)t.tv_sec * 1000000000u + (neap_time)t.tv_nsec;
}

static neap_time system_now(struct neap_clock *clock) {
    (void)clock;
    return read_clock(CLOCK_MONOTONIC);
}

struct neap_clock *neap_clock_system(void) {
    static struct neap_clock system_clock = { system_now }; /* has no state */
    return &system_clock;
}

neap_time neap_clock_epoch(void) {
    return read_clock(CLOCK_REALTIME);
}

neap_time neap_clock_thread_cpu(pthread_t thread) {
    clockid_t id;
    return pthread_getcpuclockid(thread, &id) == 0 ? read_clock(id) : 0;
}
