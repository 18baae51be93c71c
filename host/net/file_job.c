#include "net/file_job.h"

#include "base/error.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool neap_file_is_cancelled(const struct neap_file_job *job) {
    return atomic_load_explicit(&job->cancelled, memory_order_relaxed) != 0;
}

/* --- what it is --- */

static enum neap_file_type type_of(unsigned mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return NEAP_FILE_IS_FILE;
    case S_IFDIR: return NEAP_FILE_IS_DIRECTORY;
    case S_IFLNK: return NEAP_FILE_IS_LINK;
    default: return NEAP_FILE_IS_OTHER;
    }
}

static const char *name_of(unsigned mode) {
    switch (mode & S_IFMT) {
    case S_IFDIR: return "it is a directory";
    case S_IFIFO: return "it is a pipe, not a regular file";
    case S_IFSOCK: return "it is a socket, not a regular file";
    case S_IFLNK: return "it is a link that was changed meanwhile";
    default: return "it is a device, not a regular file";
    }
}

int neap_file_check_regular(struct neap_file_job *job, unsigned mode) {
    if (S_ISREG(mode))
        return 0;
    job->what = name_of(mode);
    return S_ISDIR(mode) ? -EISDIR : -EINVAL;
}

/* Looked at before it is opened: to open a device or a pipe has effects of its own. Then
 * once more, as it may be another one. */
int neap_file_open(struct neap_file_job *job, int flags, int *fd, uint64_t *size) {
    struct stat st;
    bool found = stat(job->path, &st) == 0;
    if (!found && (errno != ENOENT || (flags & O_CREAT) == 0))
        return -errno;
    int err = found ? neap_file_check_regular(job, st.st_mode) : 0;
    if (err != 0)
        return err;
    int f = open(job->path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0644);
    if (f < 0)
        return -errno;
    err = fstat(f, &st) != 0 ? -errno : neap_file_check_regular(job, st.st_mode);
    if (err != 0) {
        close(f);
        return err;
    }
    *fd = f;
    *size = (uint64_t)st.st_size;
    return 0;
}

/* Not neap_realloc: a process without a memory limit may ask for more than there is. */
int neap_file_reserve(struct neap_file_job *job, uint64_t room) {
    char *grown = realloc(job->bytes, (size_t)room);
    if (grown == NULL)
        return -ENOMEM;
    job->bytes = grown;
    job->room = (size_t)room;
    return 0;
}

static int facts(struct neap_file_job *job) {
    struct stat st;
    if (fstatat(AT_FDCWD, job->path, &st, job->follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    job->facts = (struct neap_file_facts){
        .type = type_of(st.st_mode),
        .mode = st.st_mode & 07777,
        .size = (uint64_t)st.st_size,
        .inode = st.st_ino,
        .device = st.st_dev,
        .modified = (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec / 1e9,
    };
    return 0;
}

/* --- listing --- */

static int over(struct neap_file_job *job, int err, uint64_t used) {
    job->used = used;
    return err;
}

static int add_name(struct neap_file_job *job, const char *name) {
    size_t size = strlen(name) + 1;
    if (job->count == job->max)
        return over(job, NEAP_ELIMIT, (uint64_t)job->count + 1);
    if (job->len + size > job->memory)
        return over(job, NEAP_EMEMORY, job->len + size);
    if (job->len + size > job->room) {
        int err = neap_file_reserve(job, (uint64_t)job->room * 2 + 4096);
        if (err != 0)
            return err;
    }
    memcpy(job->bytes + job->len, name, size);
    job->len += size;
    job->count++;
    return 0;
}

static bool is_listed(const char *name) {
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int read_names(struct neap_file_job *job, DIR *dir) {
    int err = 0;
    while (err == 0) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (entry == NULL)
            return -errno;
        if (is_listed(entry->d_name))
            err = neap_file_is_cancelled(job) ? -ECANCELED : add_name(job, entry->d_name);
    }
    return err;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort_names(struct neap_file_job *job) {
    job->names = calloc(job->count + 1, sizeof *job->names);
    if (job->names == NULL)
        return -ENOMEM;
    const char *name = job->bytes;
    for (size_t i = 0; i < job->count; i++) {
        job->names[i] = name;
        name += strlen(name) + 1;
    }
    qsort(job->names, job->count, sizeof *job->names, by_bytes);
    return 0;
}

static int list(struct neap_file_job *job) {
    int fd = open(job->path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        int err = -errno;
        close(fd);
        return err;
    }
    int err = read_names(job, dir);
    closedir(dir);
    return err == 0 ? sort_names(job) : err;
}

/* --- one call --- */

static int remove_it(struct neap_file_job *job) {
    return remove(job->path) == 0 ? 0 : -errno;
}

static int make_directory(struct neap_file_job *job) {
    return mkdir(job->path, 0777) == 0 ? 0 : -errno;
}

/* --- all --- */

void neap_file_job_run(struct neap_file_job *job) {
    static int (*const RUN[NEAP_FILE_VERBS])(struct neap_file_job *) = {
        [NEAP_FILE_READ] = neap_file_read,
        [NEAP_FILE_WRITE] = neap_file_write,
        [NEAP_FILE_APPEND] = neap_file_append,
        [NEAP_FILE_LIST] = list,
        [NEAP_FILE_STAT] = facts,
        [NEAP_FILE_REMOVE] = remove_it,
        [NEAP_FILE_MKDIR] = make_directory,
    };
    job->err = RUN[job->verb](job);
    if (job->err != 0)
        neap_file_job_fini(job); /* the memory of what nobody gets */
}

void neap_file_job_fini(struct neap_file_job *job) {
    free(job->bytes);
    free(job->names);
    job->bytes = NULL;
    job->names = NULL;
    job->len = job->room = job->count = 0;
}

/* The system's own sentences begin with a capital; ours go on after a colon. */
const char *neap_file_error(int err, char text[NEAP_FILE_TEXT]) {
    const char *sentence = strerrordesc_np(-err);
    const char *name = strerrorname_np(-err);
    if (sentence == NULL)
        snprintf(text, NEAP_FILE_TEXT, "error %d", -err);
    else
        snprintf(text, NEAP_FILE_TEXT, "%c%s", tolower((unsigned char)sentence[0]),
                 sentence + 1);
    return name != NULL ? name : "UNKNOWN";
}
