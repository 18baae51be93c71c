#include "base/thread.h"

#include <sys/resource.h>
#include <unistd.h>

enum { PREFERRED = -10 };

void neap_thread_hurry(void) {
    int refused = setpriority(PRIO_PROCESS, (id_t)gettid(), PREFERRED);
    (void)refused; /* then it runs as the others do */
}
