#include "base/machine_memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Gives what was read, with a zero behind. */
static size_t read_text(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(text, 1, size - 1, file) : 0;
    text[n] = '\0';
    if (file != NULL)
        fclose(file);
    return n;
}

/* "max", or a number of bytes; version 1 writes a number that no machine has. */
static size_t limit_in(const char *root, const char *group, int length, const char *file) {
    char path[4096], text[64], *end;
    snprintf(path, sizeof path, "%s%.*s/%s", root, length, group, file);
    if (read_text(path, text, sizeof text) == 0)
        return SIZE_MAX;
    unsigned long long bytes = strtoull(text, &end, 10);
    return end != text && bytes > 0 ? (size_t)bytes : SIZE_MAX;
}

/* The group itself may have no limit where one above has; the least counts. */
static size_t limit_up(const char *root, const char *group, const char *file) {
    size_t limit = SIZE_MAX;
    for (int n = (int)strcspn(group, "\n"); n > 0; n--)
        if (n == 1 || group[n] == '/' || group[n] == '\n' || group[n] == '\0')
            limit = least(limit, limit_in(root, group, n == 1 ? 0 : n, file));
    return limit;
}

size_t neap_control_group_memory(const char *root, const char *membership) {
    const char *unified = strstr(membership, "0::/");
    const char *former = strstr(membership, ":memory:/");
    size_t limit = SIZE_MAX;
    char place[4096];
    if (unified != NULL)
        limit = limit_up(root, unified + strlen("0::"), "memory.max");
    if (former != NULL) {
        snprintf(place, sizeof place, "%s/memory", root);
        limit = least(
            limit, limit_up(place, former + strlen(":memory:"), "memory.limit_in_bytes"));
    }
    return limit;
}

static size_t address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return (size_t)limit.rlim_cur;
}

size_t neap_machine_memory(void) {
    char membership[8192];
    read_text("/proc/self/cgroup", membership, sizeof membership);
    size_t bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    bytes = least(bytes, neap_control_group_memory("/sys/fs/cgroup", membership));
    return least(bytes, address_space());
}

/* The second number of statm, in pages. */
size_t neap_resident_memory(void) {
    char text[128];
    unsigned long all = 0, resident = 0;
    read_text("/proc/self/statm", text, sizeof text);
    if (sscanf(text, "%lu %lu", &all, &resident) != 2)
        return 0;
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}
