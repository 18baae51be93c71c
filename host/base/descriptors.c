#include "base/descriptors.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t neap_descriptors_raise_limit(void) {
    struct rlimit limit = { 0 };
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

int neap_descriptors_try(uint32_t count) {
    int *opened = neap_calloc(count, sizeof *opened);
    uint32_t n = 0;
    int err = 0;
    while (n < count && err == 0) {
        opened[n] = open("/", O_PATH | O_CLOEXEC);
        if (opened[n] < 0)
            err = -errno;
        else
            n++;
    }
    while (n > 0)
        close(opened[--n]);
    neap_free(opened);
    return err;
}
