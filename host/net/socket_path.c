#include "net/socket_path.h"

#include "base/alloc.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 64 };

static const char SUFFIX[] = ".sock";

bool neap_socket_name_is_valid(const char *name) {
    size_t n = strlen(name);
    if (n == 0 || n > NAME_BYTES || name[0] == '.')
        return false;
    for (size_t i = 0; i < n; i++)
        if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    return true;
}

/* A relative XDG_RUNTIME_DIR is to be ignored, says its specification. */
void neap_socket_directory(char dir[NEAP_SOCKET_WHY]) {
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime != NULL && runtime[0] == '/')
        snprintf(dir, NEAP_SOCKET_WHY, "%.400s/neap", runtime);
    else
        snprintf(dir, NEAP_SOCKET_WHY, "/tmp/neap-%u", (unsigned)geteuid());
}

int neap_socket_path(const char *name, char path[NEAP_SOCKET_PATH],
                     char why[NEAP_SOCKET_WHY]) {
    if (!neap_socket_name_is_valid(name)) {
        snprintf(why, NEAP_SOCKET_WHY, "\"%.80s\" can not name a node: expected %s", name,
                 NEAP_SOCKET_NAME_RULE);
        return NEAP_EINVALID;
    }
    char dir[NEAP_SOCKET_WHY];
    neap_socket_directory(dir);
    int n = snprintf(path, NEAP_SOCKET_PATH, "%s/%s%s", dir, name, SUFFIX);
    if (n < NEAP_SOCKET_PATH)
        return 0;
    snprintf(why, NEAP_SOCKET_WHY,
             "the control socket's path would have %d bytes, the system allows %d: "
             "choose a shorter --name or XDG_RUNTIME_DIR (%.200s)",
             n, NEAP_SOCKET_PATH - 1, dir);
    return NEAP_EINVALID;
}

static int system_error(char why[NEAP_SOCKET_WHY], const char *what, const char *path) {
    int err = -errno;
    snprintf(why, NEAP_SOCKET_WHY, "%s %.300s: %s", what, path, strerror(-err));
    return err;
}

static int judge(const char *dir, const struct stat *st, char why[NEAP_SOCKET_WHY]) {
    if (!S_ISDIR(st->st_mode))
        snprintf(why, NEAP_SOCKET_WHY, "%.300s is not a directory", dir);
    else if (st->st_uid != geteuid())
        snprintf(why, NEAP_SOCKET_WHY, "%.300s belongs to user %u; expected user %u", dir,
                 (unsigned)st->st_uid, (unsigned)geteuid());
    else if ((st->st_mode & 07777) != 0700)
        snprintf(why, NEAP_SOCKET_WHY, "%.300s has mode %04o; expected 0700", dir,
                 (unsigned)(st->st_mode & 07777));
    else
        return 0;
    return NEAP_EINVALID;
}

int neap_socket_check_directory(const char *path, bool make, char why[NEAP_SOCKET_WHY]) {
    char dir[NEAP_SOCKET_PATH];
    struct stat st;
    const char *slash = strrchr(path, '/');
    snprintf(dir, sizeof dir, "%.*s", slash != NULL ? (int)(slash - path) : 0, path);
    if (make && mkdir(dir, 0700) == 0)
        chmod(dir, 0700); /* whatever the umask, or a setgid parent, made of it */
    else if (make && errno != EEXIST)
        return system_error(why, "cannot make the directory of the control socket,", dir);
    if (lstat(dir, &st) == 0)
        return judge(dir, &st, why);
    int err = errno;
    system_error(why, "cannot look at", dir);
    return err == ENOENT ? NEAP_ENOPROC : -err;
}

int neap_socket_connect(const char *path, int *fd) {
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof to.sun_path)
        return -ENAMETOOLONG;
    memcpy(to.sun_path, path, strlen(path));
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0)
        return -errno;
    /* Not blocking: a node that was stopped (^Z) with a full backlog must not hang us. */
    if (connect(s, (struct sockaddr *)&to, sizeof to) != 0) {
        int err = -errno;
        close(s);
        return err;
    }
    fcntl(s, F_SETFL, 0);
    *fd = s;
    return 0;
}

/* EAGAIN: somebody listens there, but is very busy. */
static bool answers(const char *path) {
    int fd = -1;
    int err = neap_socket_connect(path, &fd);
    if (err == 0)
        close(fd);
    return err == 0 || err == -EAGAIN;
}

static void add_if_running(struct neap_socket_names *all, const char *file) {
    char name[NAME_BYTES + 1];
    char path[NEAP_SOCKET_PATH];
    char why[NEAP_SOCKET_WHY];
    size_t n = strlen(file);
    size_t end = sizeof SUFFIX - 1;
    if (n <= end || n - end >= sizeof name || strcmp(file + n - end, SUFFIX) != 0)
        return;
    snprintf(name, sizeof name, "%.*s", (int)(n - end), file);
    if (neap_socket_path(name, path, why) != 0 || !answers(path))
        return;
    all->names = neap_realloc(all->names, (all->count + 1) * sizeof *all->names);
    all->names[all->count++] = neap_strdup(name);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void neap_socket_names_init(struct neap_socket_names *all) {
    char dir[NEAP_SOCKET_WHY];
    *all = (struct neap_socket_names){ 0 };
    neap_socket_directory(dir);
    DIR *listing = opendir(dir);
    if (listing == NULL)
        return;
    struct dirent *entry;
    while ((entry = readdir(listing)) != NULL)
        add_if_running(all, entry->d_name);
    closedir(listing);
    if (all->count > 1)
        qsort(all->names, all->count, sizeof *all->names, by_text);
}

void neap_socket_names_fini(struct neap_socket_names *all) {
    for (size_t i = 0; i < all->count; i++)
        neap_free(all->names[i]);
    neap_free(all->names);
}
