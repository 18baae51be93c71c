/* Writing: a file whole, by a temporary one that takes its place, or more at its end. */
#include "net/file_job.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, TRIES = 8, LINKS = 40 };

static int write_some(int fd, const char *data, size_t size, size_t *done) {
    ssize_t n;
    do
        n = write(fd, data, size);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return n < 0 ? -errno : -EIO;
    *done += (size_t)n;
    return 0;
}

/* --- more at the end --- */

/* In one piece, if the system takes it so: others may append too. Once begun it is not
 * given up, as half a line is worse than one that nobody waits for any more. */
int neap_file_append(struct neap_file_job *job) {
    int fd;
    uint64_t before;
    int err = neap_file_open(job, O_WRONLY | O_APPEND | O_CREAT, &fd, &before);
    if (err != 0)
        return err;
    size_t done = 0;
    while (err == 0 && done < job->size)
        err = write_some(fd, (const char *)job->data + done, job->size - done, &done);
    if (close(fd) != 0 && err == 0)
        err = -errno;
    return err;
}

/* --- whole --- */

struct replacement {
    int dir;          /* of the file and the temporary one */
    const char *name; /* of the file in it */
    char temporary[256];
    bool exists;
    mode_t mode; /* of the file that exists */
};

/* What a link says, in place of the last part of `rest`. */
static int follow(const struct neap_file_job *job, char rest[PATH_MAX], int folder,
                  const char *name) {
    char link[PATH_MAX];
    ssize_t size = readlinkat(folder, name, link, sizeof link);
    if (size < 0)
        return -errno;
    bool is_absolute = size > 0 && link[0] == '/';
    size_t before = is_absolute ? 0 : (size_t)(name - rest);
    if (is_absolute && !job->beneath.is_root)
        return -EXDEV;
    if (before + (size_t)size >= PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(rest + before, link, (size_t)size);
    rest[before + (size_t)size] = '\0';
    return 0;
}

/* Opens the folder of the file that `rest` names, and tells whether that is a link. */
static int find_file(struct neap_file_job *job, const char *rest, struct replacement *r,
                     bool *is_link) {
    struct stat st;
    size_t size = strlen(rest);
    bool is_folder = size == 0 || rest[size - 1] == '/';
    int err = neap_file_open_folder(job, rest, &r->dir, &r->name);
    if (err != 0 && !(is_folder && err == -ENOENT))
        return err;
    if (is_folder || strcmp(r->name, ".") == 0 || strcmp(r->name, "..") == 0)
        return neap_file_check_regular(job, S_IFDIR);
    r->exists = fstatat(r->dir, r->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!r->exists)
        return errno == ENOENT ? 0 : -errno;
    r->mode = st.st_mode & 0777;
    *is_link = S_ISLNK(st.st_mode);
    return *is_link ? 0 : neap_file_check_regular(job, st.st_mode);
}

/* Where the bytes go: the path, or what it leads to if it is a link. `rest` is changed, and
 * r->name lies in it. */
static int find_target(struct neap_file_job *job, struct replacement *r,
                       char rest[PATH_MAX]) {
    for (int i = 0; i < LINKS; i++) {
        bool is_link = false;
        int err = find_file(job, rest, r, &is_link);
        if (err == 0 && is_link)
            err = follow(job, rest, r->dir, r->name);
        else if (err == 0 && !r->exists && i > 0)
            err = -ENOENT; /* a link to nothing */
        if (err != 0 || !is_link)
            return err;
        close(r->dir);
        r->dir = -1;
    }
    return -ELOOP;
}

/* What may not be written may not be replaced either, though the folder would allow it. */
static int check_access(const struct replacement *r) {
    if (!r->exists || faccessat(r->dir, r->name, W_OK, AT_EACCESS) == 0)
        return 0;
    return errno == ENOENT ? 0 : -errno;
}

/* Readable by nobody else until it has the mode of what it replaces. */
static int create_temporary(struct replacement *r, int *fd) {
    for (int i = 0; i < TRIES; i++) {
        snprintf(r->temporary, sizeof r->temporary, ".%.200s.neap-%016" PRIx64, r->name,
                 neap_random());
        *fd = openat(r->dir, r->temporary,
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     r->exists ? 0600 : 0644);
        if (*fd >= 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return -errno;
}

static int write_all(struct neap_file_job *job, int fd) {
    int err = 0;
    size_t done = 0;
    while (err == 0 && done < job->size) {
        size_t left = job->size - done;
        if (neap_file_is_cancelled(job))
            return -ECANCELED;
        err = write_some(fd, (const char *)job->data + done, left < CHUNK ? left : CHUNK,
                         &done);
    }
    return err;
}

/* On the disk before it has the name: after a power cut the old file is there or the new. */
static int fill(struct neap_file_job *job, const struct replacement *r, int fd) {
    int err = write_all(job, fd);
    if (err == 0 && r->exists && fchmod(fd, r->mode) != 0)
        err = -errno;
    if (err == 0 && fsync(fd) != 0)
        err = -errno;
    if (close(fd) != 0 && err == 0)
        err = -errno;
    return err;
}

static int take_place(struct neap_file_job *job, const struct replacement *r) {
    if (neap_file_is_cancelled(job))
        return -ECANCELED;
    return renameat(r->dir, r->temporary, r->dir, r->name) == 0 ? 0 : -errno;
}

static int replace(struct neap_file_job *job, struct replacement *r) {
    int fd;
    int err = check_access(r);
    if (err == 0)
        err = create_temporary(r, &fd);
    if (err != 0)
        return err;
    err = fill(job, r, fd);
    if (err == 0)
        err = take_place(job, r);
    if (err != 0)
        unlinkat(r->dir, r->temporary, 0);
    return err;
}

int neap_file_write(struct neap_file_job *job) {
    struct replacement r = { .dir = -1 };
    char rest[PATH_MAX];
    if (snprintf(rest, sizeof rest, "%s", job->rest) >= PATH_MAX)
        return -ENAMETOOLONG;
    int err = find_target(job, &r, rest);
    if (err == 0)
        err = replace(job, &r);
    if (r.dir >= 0)
        close(r.dir);
    return err;
}
