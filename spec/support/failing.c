/* A library to be loaded before a program's own (LD_PRELOAD): makes one call of one function of the
 * system fail, so that a spec can try each of them.
 *
 *     NEAP_FAIL="accept4:3:24"       the third call of accept4 fails with errno 24 (EMFILE)
 *     NEAP_FAIL_TOLD=FILE            made when it did
 *
 * Of pthread_create and posix-like functions the number is the result. It counts over all
 * threads. No function here allocates, or takes a lock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct { /* written once, before the program's main */
    char name[32];
    long at;
    int error;
    const char *told;
} plan;

static atomic_long calls; /* of that function; relaxed: each call has its number */

__attribute__((constructor)) static void read_plan(void) {
    const char *text = getenv("NEAP_FAIL");
    const char *end = text != NULL ? strchr(text, ':') : NULL;
    if (end == NULL || (size_t)(end - text) >= sizeof plan.name)
        return;
    plan.told = getenv("NEAP_FAIL_TOLD");
    plan.at = strtol(end + 1, (char **)&end, 10);
    plan.error = *end == ':' ? atoi(end + 1) : EIO;
    memcpy(plan.name, text, strcspn(text, ":"));
}

static void tell(void) {
    if (plan.told == NULL)
        return;
    long fd = syscall(SYS_openat, AT_FDCWD, plan.told, O_CREAT | O_WRONLY | O_CLOEXEC,
                      0600);
    if (fd >= 0)
        syscall(SYS_close, fd);
}

/* The error of this call, 0: it is to be made. */
static int fails(const char *name) {
    if (plan.at == 0 || strcmp(name, plan.name) != 0)
        return 0;
    if (atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) + 1 != plan.at)
        return 0;
    tell();
    errno = plan.error;
    return plan.error;
}

/* Sockets and files: what a program has between its own threads does not fail, and libuv ends it
 * if it does. */
static int is_outside(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && (S_ISSOCK(st.st_mode) || S_ISREG(st.st_mode));
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A function that gives `failed` and sets errno. */
#define FAILING(type, name, failed, parameters, arguments)                               \
    type name parameters {                                                               \
        return fails(#name) ? (failed) : REAL(name) arguments;                           \
    }

FAILING(void *, mmap, MAP_FAILED,
        (void *at, size_t size, int prot, int flags, int fd, off_t from),
        (at, size, prot, flags, fd, from))
FAILING(int, munmap, -1, (void *at, size_t size), (at, size))
FAILING(int, mprotect, -1, (void *at, size_t size, int prot), (at, size, prot))
FAILING(int, madvise, -1, (void *at, size_t size, int advice), (at, size, advice))
FAILING(int, accept4, -1, (int fd, struct sockaddr *a, socklen_t *n, int flags),
        (fd, a, n, flags))
FAILING(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
FAILING(int, bind, -1, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
FAILING(int, listen, -1, (int fd, int backlog), (fd, backlog))
FAILING(int, setsockopt, -1, (int fd, int level, int name, const void *value, socklen_t n),
        (fd, level, name, value, n))
FAILING(ssize_t, pread, -1, (int fd, void *bytes, size_t n, off_t from),
        (fd, bytes, n, from))
FAILING(int, timerfd_create, -1, (int clock, int flags), (clock, flags))
FAILING(int, epoll_create1, -1, (int flags), (flags))
FAILING(int, epoll_ctl, -1, (int ep, int op, int fd, struct epoll_event *e),
        (ep, op, fd, e))
FAILING(int, eventfd, -1, (unsigned count, int flags), (count, flags))
FAILING(int, pipe2, -1, (int fds[2], int flags), (fds, flags))
FAILING(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
FAILING(int, chmod, -1, (const char *path, mode_t mode), (path, mode))
FAILING(int, pthread_create, plan.error,
        (pthread_t * t, const pthread_attr_t *a, void *(*run)(void *), void *arg),
        (t, a, run, arg))
FAILING(void *, malloc, NULL, (size_t size), (size))

ssize_t write(int fd, const void *bytes, size_t n) {
    return is_outside(fd) && fails("write") ? -1 : REAL(write)(fd, bytes, n);
}

ssize_t read(int fd, void *bytes, size_t n) {
    return is_outside(fd) && fails("read") ? -1 : REAL(read)(fd, bytes, n);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return fails("open") ? -1 : REAL(open)(path, flags, mode);
}

/* openat2 has no function of its own. */
long syscall(long number, ...) {
    long a[6];
    va_list more;
    va_start(more, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(more, long);
    va_end(more);
    if (number == SYS_openat2 && fails("openat2"))
        return -1;
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
