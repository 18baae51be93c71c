/* Writing: a file whole, by a temporary one that takes its place, or more at its end. */
#include "net/file_job.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, TRIES = 8 };

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

/* Where the bytes go: the path, or what it leads to if it is a link. */
static int find_target(struct neap_file_job *job, struct replacement *r, char **path) {
    struct stat st = { 0 };
    bool found = lstat(job->path, &st) == 0;
    if (!found && errno != ENOENT)
        return -errno;
    bool is_link = found && S_ISLNK(st.st_mode);
    char *target = is_link ? realpath(job->path, NULL) : strdup(job->path);
    if (target == NULL)
        return -errno;
    int err = is_link && lstat(target, &st) != 0 ? -errno : 0;
    if (err == 0 && found)
        err = neap_file_check_regular(job, st.st_mode);
    if (err != 0) {
        free(target);
        return err;
    }
    r->exists = found;
    r->mode = st.st_mode & 0777;
    *path = target;
    return 0;
}

/* Cuts `path` in two. The folder stays the same one, whatever is renamed meanwhile. */
static int open_folder(struct replacement *r, char *path) {
    char *slash = strrchr(path, '/');
    r->name = slash + 1;
    if (r->name[0] == '\0')
        return -EISDIR;
    *slash = '\0';
    r->dir = open(path[0] == '\0' ? "/" : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return r->dir < 0 ? -errno : 0;
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
    char *path = NULL;
    int err = find_target(job, &r, &path);
    if (path == NULL)
        return err;
    err = open_folder(&r, path);
    if (err == 0)
        err = replace(job, &r);
    if (r.dir >= 0)
        close(r.dir);
    free(path);
    return err;
}
