#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRIES = 100 };

/* --- without openat2 --- */

static int open_part(int folder, const char *part, int flags, unsigned mode) {
    int fd = openat(folder, part, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    return fd >= 0 ? fd : -errno;
}

/* One part after the other, each in the folder that was opened before it. */
int neap_beneath_walk(int folder, const char *path, int flags, unsigned mode) {
    char part[NAME_MAX + 1];
    int at = folder;
    for (;;) {
        path += strspn(path, "/");
        size_t size = strcspn(path, "/");
        const char *next = path + size + strspn(path + size, "/");
        if (size > NAME_MAX)
            size = NAME_MAX; /* no folder has such a name */
        snprintf(part, sizeof part, "%.*s", size > 0 ? (int)size : 1,
                 size > 0 ? path : ".");
        bool is_last = *next == '\0';
        int fd = strcmp(part, "..") == 0 ? -EXDEV
                 : is_last               ? open_part(at, part, flags, mode)
                                         : open_part(at, part, O_PATH | O_DIRECTORY, 0);
        if (at != folder)
            close(at);
        if (fd < 0 || is_last)
            return fd;
        at = fd;
        path = next;
    }
}

/* --- with it --- */

/* EAGAIN: something was renamed meanwhile, and the kernel can not tell whether that matters. */
static int resolve(int folder, const char *path, int flags, unsigned mode,
                   unsigned long long how_far) {
    bool makes = (flags & (O_CREAT | O_TMPFILE)) != 0;
    struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC),
                            .mode = makes ? mode : 0,
                            .resolve = how_far };
    long fd = -1;
    for (int i = 0; i < TRIES; i++) {
        fd = syscall(SYS_openat2, folder, path[0] != '\0' ? path : ".", &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    if (fd >= 0)
        return (int)fd;
    /* A filter of system calls may say EPERM where it knows no openat2. */
    return errno == ENOSYS || errno == EPERM ? neap_beneath_walk(folder, path, flags, mode)
                                             : -errno;
}

int neap_beneath_enter(struct neap_beneath *b, const char *path, size_t size,
                       size_t anchor) {
    char text[PATH_MAX];
    if (size >= sizeof text)
        return -ENAMETOOLONG;
    *b = (struct neap_beneath){ .folder = -1, .is_root = size <= 1 };
    snprintf(text, sizeof text, "%.*s", (int)anchor, path);
    b->folder = open(anchor > 0 ? text : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (b->folder < 0)
        return -errno;
    if (size <= anchor || size <= 1)
        return 0;
    snprintf(text, sizeof text, "%.*s", (int)(size - anchor), path + anchor);
    int fd = resolve(b->folder, text + strspn(text, "/"), O_PATH | O_DIRECTORY, 0,
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    close(b->folder);
    b->folder = fd;
    return fd < 0 ? fd : 0;
}

void neap_beneath_leave(struct neap_beneath *b) {
    if (b->folder >= 0)
        close(b->folder);
    b->folder = -1;
}

int neap_beneath_open(const struct neap_beneath *b, const char *path, int flags,
                      unsigned mode) {
    if (!b->is_root)
        return resolve(b->folder, path, flags, mode, RESOLVE_BENEATH);
    int fd = openat(b->folder, path[0] != '\0' ? path : ".", flags | O_CLOEXEC, mode);
    return fd >= 0 ? fd : -errno;
}
