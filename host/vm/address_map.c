#include "vm/address_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* It reads stacks and code as they are, also where a sanitizer knows of nothing. */
#define NO_SANITIZE __attribute__((no_sanitize("address", "thread", "undefined")))

enum { LINE = 512, CALL_BYTES = 7 };

struct reader { /* of the lines of a file */
    int fd;
    size_t at;
    size_t len;
    char bytes[1024];
    char line[LINE]; /* cut, if it is longer */
    uintptr_t base;  /* of the file of the last line that had one */
    char name[NEAP_ADDRESS_NAME];
};

static int next_byte(struct reader *r) {
    if (r->at == r->len) {
        ssize_t n;
        do
            n = read(r->fd, r->bytes, sizeof r->bytes);
        while (n < 0 && errno == EINTR);
        if (n <= 0)
            return -1;
        r->len = (size_t)n;
        r->at = 0;
    }
    return (unsigned char)r->bytes[r->at++];
}

static bool next_line(struct reader *r) {
    size_t n = 0;
    int c = next_byte(r);
    if (c < 0)
        return false;
    for (; c >= 0 && c != '\n'; c = next_byte(r))
        if (n < sizeof r->line - 1)
            r->line[n++] = (char)c;
    r->line[n] = '\0';
    return true;
}

static const char *read_hex(const char *text, uintptr_t *n) {
    *n = 0;
    for (;; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= '0' && c <= '9')
            *n = *n << 4 | (c - '0');
        else if (c >= 'a' && c <= 'f')
            *n = *n << 4 | (c - 'a' + 10u);
        else
            return text;
    }
}

/* Areas of a file follow each other; the one without a name among them is its .bss. */
static void read_name(struct reader *r, const char *text, uintptr_t start) {
    const char *slash = strrchr(text, '/');
    if (slash == NULL || strncmp(r->name, slash + 1, sizeof r->name - 1) == 0)
        return;
    size_t n = strnlen(slash + 1, sizeof r->name - 1);
    memcpy(r->name, slash + 1, n);
    r->name[n] = '\0';
    r->base = start;
}

static void add(struct neap_address_map *map, const struct reader *r, uintptr_t start,
                uintptr_t end, bool is_named) {
    if (map->count == NEAP_ADDRESS_AREAS)
        return;
    struct neap_code_area *area = &map->areas[map->count++];
    *area = (struct neap_code_area){ .start = start, .end = end, .base = start };
    if (!is_named)
        return;
    area->base = r->base;
    memcpy(area->name, r->name, sizeof area->name);
}

/* "55d0c000-55d0e000 r-xp 00002000 08:01 1234   /usr/bin/neap" */
static void note_line(struct neap_address_map *map, struct reader *r) {
    uintptr_t start, end;
    const char *text = read_hex(r->line, &start);
    if (*text != '-')
        return;
    text = read_hex(text + 1, &end);
    if (strlen(text) < 5 || text[1] != 'r')
        return;
    read_name(r, text, start);
    if (text[3] == 'x')
        add(map, r, start, end, strchr(text, '/') != NULL);
    if (map->stack >= start && map->stack < end)
        map->stack_end = end;
}

bool neap_address_map_read(struct neap_address_map *map, uintptr_t stack) {
    struct reader r = { .fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC) };
    map->count = 0;
    map->stack = stack;
    map->stack_end = 0;
    if (r.fd < 0)
        return false;
    while (next_line(&r))
        note_line(map, &r);
    close(r.fd);
    return true;
}

const struct neap_code_area *neap_address_map_find(const struct neap_address_map *map,
                                                   uintptr_t address) {
    for (size_t i = 0; i < map->count; i++)
        if (address >= map->areas[i].start && address < map->areas[i].end)
            return &map->areas[i];
    return NULL;
}

/* --- return addresses --- */

#if defined(__x86_64__)
/* call rel32, or call r/m64, whose length tells where its opcode would be. */
NO_SANITIZE static bool is_behind_call(uintptr_t address) {
    const volatile unsigned char *p = (const unsigned char *)address;
    if (p[-5] == 0xe8)
        return true;
    for (int length = 2; length <= CALL_BYTES; length++)
        if (p[-length] == 0xff && (p[1 - length] & 0x38) == 0x10)
            return true;
    return false;
}
#else
/* bl, or blr. */
NO_SANITIZE static bool is_behind_call(uintptr_t address) {
    if (address % 4 != 0)
        return false;
    uint32_t code = *(const volatile uint32_t *)(address - 4);
    return (code & 0xfc000000u) == 0x94000000u || (code & 0xfffffc1fu) == 0xd63f0000u;
}
#endif

NO_SANITIZE uintptr_t neap_address_map_next_return(const struct neap_address_map *map,
                                                   uintptr_t *at, size_t max) {
    uintptr_t end = map->stack_end;
    if (end > map->stack && end - map->stack > max)
        end = map->stack + max;
    while (*at + sizeof(uintptr_t) <= end) {
        uintptr_t word = *(const volatile uintptr_t *)*at;
        *at += sizeof word;
        const struct neap_code_area *area = neap_address_map_find(map, word);
        if (area != NULL && word - area->start >= CALL_BYTES && is_behind_call(word))
            return word;
    }
    return 0;
}
