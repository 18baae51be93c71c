#include "cli/crash_place.h"

#include "base/alloc.h"
#include "net/socket_path.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char SUFFIX[] = ".crash";

struct old { /* a file that is there */
    char *file;
    struct timespec time;
};

struct olds { /* a plain value; _fini frees it */
    struct old *items;
    size_t count;
};

static bool default_place(const char *name, char dir[NEAP_SOCKET_WHY]) {
    char socket[NEAP_SOCKET_PATH];
    char why[NEAP_SOCKET_WHY];
    neap_socket_directory(dir);
    return neap_socket_path(name, socket, why) == 0 &&
           neap_socket_check_directory(socket, true, why) == 0;
}

bool neap_crash_place_find(const char *dir, const char *name, char path[NEAP_CRASH_PATH]) {
    char usual[NEAP_SOCKET_WHY];
    if (dir == NULL && !default_place(name, usual))
        return false;
    int n = snprintf(path, NEAP_CRASH_PATH, "%s/%s-%d%s", dir != NULL ? dir : usual, name,
                     (int)getpid(), SUFFIX);
    return n < NEAP_CRASH_PATH;
}

/* "shop-1234.crash" is a file of "shop", and "shop-2-1234.crash" is none. */
static bool is_of(const char *file, const char *name) {
    size_t n = strlen(name);
    if (strncmp(file, name, n) != 0 || file[n] != '-')
        return false;
    const char *number = file + n + 1;
    size_t digits = strspn(number, "0123456789");
    return digits > 0 && strcmp(number + digits, SUFFIX) == 0;
}

static void add(struct olds *olds, int dir, const char *file) {
    struct stat st;
    if (fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        st.st_uid != geteuid())
        return;
    olds->items = neap_realloc(olds->items, (olds->count + 1) * sizeof *olds->items);
    olds->items[olds->count++] = (struct old){ neap_strdup(file), st.st_mtim };
}

static int newest_first(const void *a, const void *b) {
    const struct timespec *x = &((const struct old *)a)->time;
    const struct timespec *y = &((const struct old *)b)->time;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? 1 : -1;
    return (x->tv_nsec < y->tv_nsec) - (x->tv_nsec > y->tv_nsec);
}

static void remove_oldest(struct olds *olds, int dir) {
    if (olds->count > 1)
        qsort(olds->items, olds->count, sizeof *olds->items, newest_first);
    for (size_t i = NEAP_CRASH_KEPT - 1; i < olds->count; i++)
        unlinkat(dir, olds->items[i].file, 0);
}

static void fini(struct olds *olds) {
    for (size_t i = 0; i < olds->count; i++)
        neap_free(olds->items[i].file);
    neap_free(olds->items);
}

void neap_crash_place_tidy(const char *path, const char *name) {
    char folder[NEAP_CRASH_PATH];
    struct olds olds = { 0 };
    struct dirent *entry;
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    DIR *listing = opendir(folder);
    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL)
        if (is_of(entry->d_name, name))
            add(&olds, dirfd(listing), entry->d_name);
    remove_oldest(&olds, dirfd(listing));
    closedir(listing);
    fini(&olds);
}
