#include "base/thread.h"

#include <sys/resource.h>
#include <unistd.h>

enum { PREFERRED = -10 };

void neap_thread_hurry(void) {
    neap_thread_set_priority(PREFERRED);
}

int neap_thread_priority(void) {
    return getpriority(PRIO_PROCESS, (id_t)gettid());
}

void neap_thread_set_priority(int priority) {
    int refused = setpriority(PRIO_PROCESS, (id_t)gettid(), priority);
    (void)refused; /* then it runs as the others do */
}
