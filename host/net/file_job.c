#include "net/file_job.h"

#include "base/error.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

/* --- where it is --- */

/* What there is, without opening it: 0 or -errno. */
static int look(struct neap_file_job *job, const char *rest, int flags, struct stat *st) {
    int fd = neap_beneath_open(&job->beneath, rest, O_PATH | flags, 0);
    if (fd < 0)
        return fd;
    int err = fstat(fd, st) != 0 ? -errno : 0;
    close(fd);
    return err;
}

int neap_file_open_folder(struct neap_file_job *job, const char *rest, int *fd,
                          const char **name) {
    char folder[PATH_MAX];
    const char *slash = strrchr(rest, '/');
    size_t size = slash != NULL ? (size_t)(slash - rest) : 0;
    if (size >= sizeof folder)
        return -ENAMETOOLONG;
    memcpy(folder, rest, size);
    folder[size] = '\0';
    *name = slash != NULL ? slash + 1 : rest;
    *fd = neap_beneath_open(&job->beneath, folder, O_PATH | O_DIRECTORY, 0);
    return *fd < 0 ? *fd : 0;
}

/* Looked at before it is opened: to open a device or a pipe has effects of its own. Then
 * once more, as it may be another one. */
int neap_file_open(struct neap_file_job *job, int flags, int *fd, uint64_t *size) {
    struct stat st;
    int err = look(job, job->rest, 0, &st);
    if (err == 0)
        err = neap_file_check_regular(job, st.st_mode);
    else if (err == -ENOENT && (flags & O_CREAT) != 0)
        err = 0;
    if (err != 0)
        return err;
    int f = neap_beneath_open(&job->beneath, job->rest, flags | O_NONBLOCK | O_NOCTTY,
                              0644);
    if (f < 0)
        return f;
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
    int err = look(job, job->rest, job->follow ? 0 : O_NOFOLLOW, &st);
    if (err != 0)
        return err;
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
    int fd = neap_beneath_open(&job->beneath, job->rest,
                               O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0);
    if (fd < 0)
        return fd;
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

/* The folder itself lies in another one, which is nobody's business here. */
static int refuse_folder(struct neap_file_job *job) {
    job->what = "it is the folder that was granted";
    return -EBUSY;
}

/* As remove(3): what is no directory is tried first. */
static int remove_in(int folder, const char *name) {
    if (unlinkat(folder, name, 0) == 0)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

static int remove_it(struct neap_file_job *job) {
    int folder;
    const char *name;
    if (job->rest[0] == '\0')
        return refuse_folder(job);
    int err = neap_file_open_folder(job, job->rest, &folder, &name);
    if (err != 0)
        return err;
    err = remove_in(folder, name);
    close(folder);
    return err;
}

static int make_directory(struct neap_file_job *job) {
    int folder;
    const char *name;
    if (job->rest[0] == '\0')
        return -EEXIST;
    int err = neap_file_open_folder(job, job->rest, &folder, &name);
    if (err != 0)
        return err;
    err = mkdirat(folder, name, 0777) == 0 ? 0 : -errno;
    close(folder);
    return err;
}

/* --- all --- */

static int enter(struct neap_file_job *job) {
    size_t size = job->folder > 0 ? job->folder : 1;
    size_t anchor = job->folder > 0 ? job->anchor : 1;
    job->rest = job->path + job->folder;
    job->rest += strspn(job->rest, "/");
    return neap_beneath_enter(&job->beneath, job->path, size, anchor);
}

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
    job->err = enter(job);
    if (job->err == 0)
        job->err = RUN[job->verb](job);
    neap_beneath_leave(&job->beneath);
    if (job->err == -EXDEV && job->what == NULL)
        job->what = "it leads out of the folder that was granted";
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
