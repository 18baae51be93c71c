/* Reading a file, or a part of it, into memory. */
#include "net/file_job.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, FIRST = 4096 };

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* One byte more than may be given, so that a file that grows meanwhile, or says no size as
 * those of /proc do, is found to be too large. */
static uint64_t top(const struct neap_file_job *job) {
    uint64_t most = least(job->max, job->memory);
    return job->length <= most ? job->length : most + 1;
}

static int check_size(struct neap_file_job *job, uint64_t size) {
    job->used = size;
    if (size > job->max)
        return NEAP_ELIMIT;
    return size > job->memory ? NEAP_EMEMORY : 0;
}

/* The bytes there should be to read. */
static uint64_t expected(const struct neap_file_job *job, uint64_t size) {
    return least(size > job->offset ? size - job->offset : 0, job->length);
}

static int grow(struct neap_file_job *job) {
    uint64_t room = job->room > 0 ? (uint64_t)job->room * 2 : FIRST;
    return neap_file_reserve(job, least(room, top(job)));
}

/* 0 and what was read, nothing at the end of the file. */
static int read_some(struct neap_file_job *job, int fd, size_t *got) {
    ssize_t n;
    if (neap_file_is_cancelled(job))
        return -ECANCELED;
    do
        n = pread(fd, job->bytes + job->len, least(job->room - job->len, CHUNK),
                  (off_t)(job->offset + job->len));
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    *got = (size_t)n;
    job->len += (size_t)n;
    return 0;
}

static int read_all(struct neap_file_job *job, int fd) {
    size_t got = 1;
    int err = 0;
    while (err == 0 && got > 0 && job->len < top(job)) {
        err = job->len == job->room ? grow(job) : 0;
        if (err == 0)
            err = read_some(job, fd, &got);
    }
    return err == 0 ? check_size(job, job->len) : err;
}

int neap_file_read(struct neap_file_job *job) {
    int fd;
    uint64_t size;
    int err = neap_file_open(job, O_RDONLY, &fd, &size);
    if (err != 0)
        return err;
    uint64_t want = expected(job, size);
    err = check_size(job, want);
    if (err == 0 && want > 0)
        err = neap_file_reserve(job, least(want + 1, top(job)));
    if (err == 0)
        err = read_all(job, fd);
    close(fd);
    return err;
}
