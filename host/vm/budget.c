#include "vm/budget.h"

#include "base/error.h"
#include "base/slots.h"
#include "core/node.h"
#include "vm/exec_arena.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Monitor, self-test, the keeper of slots, and the four of libuv's pool. */
enum { OTHER_THREADS = 7 };

#define LEAST_ARENA ((size_t)4 << 20)
#define LEAST_SLOTS ((size_t)64 << 20)
#define BOOKKEEPING ((size_t)32 << 20)

static size_t default_stack(void) {
    size_t bytes = 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_getstacksize(&attributes, &bytes);
    pthread_attr_destroy(&attributes);
    return bytes;
}

static size_t at_most(size_t bytes, size_t most) {
    return bytes < most ? bytes : most;
}

/* Of what is left beyond the least, half goes to processes and an eighth to their code; the
 * rest is for spare carriers and whatever else comes. */
int neap_budget_divide(size_t room, uint32_t workers, struct neap_budget *b) {
    size_t threads = neap_node_stack_bytes(workers) + OTHER_THREADS * default_stack();
    *b = (struct neap_budget){
        .slots = NEAP_SLOTS_BYTES,
        .arena = NEAP_EXEC_ARENA_BYTES,
        .room = room,
        .needed = threads + LEAST_SLOTS + LEAST_ARENA + BOOKKEEPING,
        .is_limited = room != SIZE_MAX,
    };
    if (!b->is_limited)
        return 0;
    if (room < b->needed)
        return NEAP_EMEMORY;
    size_t left = room - b->needed;
    b->slots = at_most(LEAST_SLOTS + left / 2, NEAP_SLOTS_BYTES);
    b->arena = at_most(LEAST_ARENA + left / 8, NEAP_EXEC_ARENA_BYTES);
    return 0;
}

/* In pages: the first number of statm is what the limit counts. */
static size_t in_use(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

size_t neap_budget_room(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    size_t used = in_use();
    return limit.rlim_cur > used ? (size_t)limit.rlim_cur - used : 0;
}
