#include "base/slots.h"

#include "base/alloc.h"
#include "base/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#define START_CLASS 2 /* the largest that a process usually starts with: 256 KiB */
#define CLASSES 32    /* 64 KiB << 31 is more than any reservation */
#define SMALLEST_RESERVATION ((size_t)64 << 20)
#define COMMIT_CHUNK ((size_t)16 << 20)
#define ADDRESS_END ((uintptr_t)1 << 47)
#define LOW_HINT ((void *)((uintptr_t)1 << 40)) /* for systems that start above 2^47 */

/* Under the sanitizers every byte has shadow memory, which they map eagerly. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LARGEST_RESERVATION ((size_t)16 << 30)
#else
#define LARGEST_RESERVATION SIZE_MAX
#endif

/* Free spans are linked by index through a table of their own: a link inside the span
 * would touch a page that was just returned to the system, and a stray write of the last
 * owner could reach it. Index i is the 64 KiB unit i; unit 0 is never handed out. */
struct freelist {
    uint32_t hot;       /* contents still resident */
    uint32_t cold;      /* returned with MADV_DONTNEED, or split off fresh */
    uint32_t hot_count; /* how many are hot */
    uint32_t least;     /* how few that were since the keeper looked */
    uint32_t surplus;   /* how many it still has to return */
};

#define KEEPER_PERIOD (1000 * NEAP_MS)
#define KEEPER_PAUSE                                                                     \
    NEAP_MS /* between two lots, for those who wait for the system's lock */

enum { KEEPER_LOT = 32 }; /* spans */

struct keeper { /* the thread that returns what is not needed; all under the slots' lock */
    pthread_t thread;
    struct neap_cond changed; /* there is something to do again, or it has to end */
    bool runs;
    bool sleeps;
    bool has_to_end;
};

struct neap_slots {
    struct neap_mutex lock;
    char *base;
    size_t bytes;
    size_t carved;    /* from base; the rest was never handed out */
    size_t committed; /* from base; equals bytes unless commits are counted */
    size_t hot;       /* bytes on the hot lists, START_CLASS and below apart */
    size_t resident;  /* bytes on all hot lists */
    uint32_t *next;   /* by unit */
    struct freelist lists[CLASSES];
    struct neap_slots_stats stats;
    struct keeper keeper;
};

static void *map(size_t bytes, int prot) {
    void *at = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at != MAP_FAILED && (uintptr_t)at + bytes > ADDRESS_END) {
        munmap(at, bytes);
        at = mmap(LOW_HINT, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                  0);
    }
    if (at != MAP_FAILED && (uintptr_t)at + bytes > ADDRESS_END) {
        munmap(at, bytes);
        at = MAP_FAILED;
    }
    return at == MAP_FAILED ? NULL : at;
}

/* A refusal of writable memory only means that the system counts it (strict overcommit):
 * then address space alone is to be had, and committed bit by bit. */
static bool reserve(struct neap_slots *slots, size_t bytes) {
    slots->base = map(bytes, PROT_READ | PROT_WRITE);
    slots->committed = bytes;
    if (slots->base == NULL) {
        slots->base = map(bytes, PROT_NONE);
        slots->committed = 0;
    }
    slots->bytes = bytes;
    return slots->base != NULL;
}

static bool add_table(struct neap_slots *slots) {
    slots->next = map(slots->bytes / NEAP_SPAN_MIN * sizeof *slots->next,
                      PROT_READ | PROT_WRITE);
    if (slots->next != NULL)
        return true;
    munmap(slots->base, slots->bytes);
    return false;
}

/* Advice only: a system that lacks one of these works without. */
static void advise(struct neap_slots *slots) {
    madvise(slots->base, slots->bytes, MADV_DONTFORK);   /* fork costs 81 ms per 4 GiB */
    madvise(slots->base, slots->bytes, MADV_DONTDUMP);   /* a core file of a terabyte */
    madvise(slots->base, slots->bytes, MADV_NOHUGEPAGE); /* 64 KiB would become 2 MiB */
}

/* Spans are aligned; so is the first one handed out, which leaves unit 0 unused. */
static void trim_front(struct neap_slots *slots) {
    size_t skip = -(uintptr_t)slots->base & (NEAP_SPAN_MIN - 1);
    slots->carved = skip + NEAP_SPAN_MIN;
}

struct neap_slots *neap_slots_new(size_t bytes) {
    if (bytes > LARGEST_RESERVATION)
        bytes = LARGEST_RESERVATION;
    if (bytes < SMALLEST_RESERVATION)
        bytes = SMALLEST_RESERVATION;
    struct neap_slots *slots = neap_calloc(1, sizeof *slots);
    while (!reserve(slots, bytes) || !add_table(slots)) {
        bytes /= 2;
        slots->stats.reduced = true;
        if (bytes < SMALLEST_RESERVATION) {
            neap_free(slots);
            return NULL;
        }
    }
    advise(slots);
    trim_front(slots);
    slots->stats.reserved = bytes;
    neap_mutex_init(&slots->lock);
    neap_cond_init(&slots->keeper.changed);
    return slots;
}

static int class_of(size_t size) {
    if (size <= NEAP_SPAN_MIN)
        return 0;
    return 64 - __builtin_clzl(size - 1) - 16;
}

static size_t class_size(int k) {
    NEAP_ASSERT(k >= 0 && k < CLASSES);
    return NEAP_SPAN_MIN << k;
}

static uint32_t unit_of(const struct neap_slots *slots, const void *span) {
    return (uint32_t)((size_t)((const char *)span - slots->base) / NEAP_SPAN_MIN);
}

/* base need not be aligned, spans are: rounding up undoes the division above. */
static void *span_of(const struct neap_slots *slots, uint32_t unit) {
    uintptr_t at = (uintptr_t)slots->base + (size_t)unit * NEAP_SPAN_MIN;
    return (void *)((at + NEAP_SPAN_MIN - 1) & ~(NEAP_SPAN_MIN - 1));
}

static void link_in(struct neap_slots *slots, uint32_t *list, void *span) {
    uint32_t unit = unit_of(slots, span);
    slots->next[unit] = *list;
    *list = unit;
}

static void *unlink_first(struct neap_slots *slots, uint32_t *list) {
    uint32_t unit = *list;
    *list = slots->next[unit];
    return span_of(slots, unit);
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static void *take_hot(struct neap_slots *slots, int k) {
    struct freelist *list = &slots->lists[k];
    if (k > START_CLASS)
        slots->hot -= class_size(k);
    slots->resident -= class_size(k);
    list->hot_count--;
    list->least = least(list->least, list->hot_count);
    list->surplus -= list->surplus > 0; /* what is taken now was needed */
    return unlink_first(slots, &list->hot);
}

static void *take_free(struct neap_slots *slots, int k) {
    struct freelist *list = &slots->lists[k];
    if (list->hot != 0)
        return take_hot(slots, k);
    return list->cold != 0 ? unlink_first(slots, &list->cold) : NULL;
}

static bool commit(struct neap_slots *slots, size_t end) {
    if (end <= slots->committed)
        return true;
    size_t to = (end + COMMIT_CHUNK - 1) & ~(COMMIT_CHUNK - 1);
    if (to > slots->bytes)
        to = slots->bytes;
    char *from = slots->base + slots->committed;
    if (mprotect(from, to - slots->committed, PROT_READ | PROT_WRITE) != 0)
        return false;
    slots->committed = to;
    return true;
}

static void *carve(struct neap_slots *slots, int k) {
    size_t size = class_size(k);
    if (slots->bytes - slots->carved < size || !commit(slots, slots->carved + size))
        return NULL;
    void *span = slots->base + slots->carved;
    slots->carved += size;
    return span;
}

/* Only when nothing else is left: halves are never joined again. */
static void *split(struct neap_slots *slots, int k) {
    if (k + 1 >= CLASSES)
        return NULL;
    int larger = k + 1;
    char *span = NULL;
    while (larger < CLASSES && (span = take_free(slots, larger)) == NULL)
        larger++;
    if (span == NULL)
        return NULL;
    for (int half = larger - 1; half >= k; half--)
        link_in(slots, &slots->lists[half].cold, span + class_size(half));
    return span;
}

/* A threshold that falls with what is free: nobody has to know who holds how much. */
static bool is_fair(const struct neap_slots *slots, size_t size, size_t held) {
    size_t unused = slots->bytes - slots->stats.used;
    size_t left = unused > size ? unused - size : 0;
    return held == 0 || left >= slots->bytes / 8 || held + size <= left;
}

static void *take(struct neap_slots *slots, int k) {
    void *span = take_free(slots, k);
    if (span == NULL)
        span = carve(slots, k);
    return span != NULL ? span : split(slots, k);
}

void *neap_span_take(struct neap_slots *slots, size_t size, size_t *actual) {
    return neap_span_take_more(slots, size, 0, actual);
}

void *neap_span_take_more(struct neap_slots *slots, size_t size, size_t held,
                          size_t *actual) {
    if (size > slots->bytes)
        return NULL;
    int k = class_of(size);
    if (k >= CLASSES)
        return NULL;
    neap_mutex_lock(&slots->lock);
    void *span = is_fair(slots, class_size(k), held) ? take(slots, k) : NULL;
    if (span != NULL) {
        slots->stats.used += class_size(k);
        slots->stats.spans++;
        if (slots->stats.used > slots->stats.peak)
            slots->stats.peak = slots->stats.used;
        *actual = class_size(k);
    }
    neap_mutex_unlock(&slots->lock);
    return span;
}

/* Keeps the span's pages if the budget allows; those that a process starts with always: they
 * are what is reused within microseconds, and a new page costs as much as copying ten. */
static bool keep_hot(struct neap_slots *slots, int k) {
    if (k <= START_CLASS)
        return true;
    if (slots->hot + class_size(k) > NEAP_SLOTS_HOT)
        return false;
    slots->hot += class_size(k);
    return true;
}

static void link_hot(struct neap_slots *slots, int k, void *span) {
    link_in(slots, &slots->lists[k].hot, span);
    slots->lists[k].hot_count++;
    slots->resident += class_size(k);
    if (slots->keeper.sleeps && slots->resident > NEAP_SLOTS_KEPT) {
        slots->keeper.sleeps = false;
        neap_cond_signal(&slots->keeper.changed);
    }
}

void neap_span_give(struct neap_slots *slots, void *span, size_t actual) {
    int k = class_of(actual);
    NEAP_ASSERT(class_size(k) == actual && (uintptr_t)span % NEAP_SPAN_MIN == 0);
    NEAP_ASSERT((char *)span > slots->base && (char *)span < slots->base + slots->bytes);
    neap_mutex_lock(&slots->lock);
    NEAP_ASSERT(slots->stats.spans > 0 && slots->stats.used >= actual);
    slots->stats.used -= actual;
    slots->stats.spans--;
    bool hot = keep_hot(slots, k);
    if (hot)
        link_hot(slots, k, span);
    neap_mutex_unlock(&slots->lock);
    if (hot)
        return;
    madvise(span, actual, MADV_DONTNEED); /* not under the lock: microseconds */
    neap_mutex_lock(&slots->lock);
    link_in(slots, &slots->lists[k].cold, span);
    neap_mutex_unlock(&slots->lock);
}

struct neap_slots_stats neap_slots_stats(struct neap_slots *slots) {
    neap_mutex_lock(&slots->lock);
    struct neap_slots_stats stats = slots->stats;
    neap_mutex_unlock(&slots->lock);
    return stats;
}

/* --- the keeper: with the lock, which waiting releases --- */

/* What was free all the time was not needed: half of it goes. */
static void judge(struct neap_slots *slots) {
    for (int k = 0; k < CLASSES; k++) {
        struct freelist *list = &slots->lists[k];
        list->surplus = (list->least + 1) / 2;
        list->least = list->hot_count;
    }
}

/* From now on it counts what is needed. */
static void judge_afresh(struct neap_slots *slots) {
    for (int k = 0; k < CLASSES; k++) {
        slots->lists[k].least = slots->lists[k].hot_count;
        slots->lists[k].surplus = 0;
    }
}

/* Gives one back; false: no class has a surplus, or so little is free that it stays. */
static bool return_one(struct neap_slots *slots) {
    int k = CLASSES - 1;
    while (k >= 0 && slots->lists[k].surplus == 0)
        k--;
    if (k < 0 || slots->resident <= NEAP_SLOTS_KEPT)
        return false;
    void *span = take_hot(slots, k);
    neap_mutex_unlock(&slots->lock);
    madvise(span, class_size(k), MADV_DONTNEED);
    neap_mutex_lock(&slots->lock);
    link_in(slots, &slots->lists[k].cold, span);
    return true;
}

static void keeper_wait(struct neap_slots *slots, neap_time ns) {
    if (!slots->keeper.has_to_end)
        neap_cond_wait_for(&slots->keeper.changed, &slots->lock, ns);
}

static void return_surplus(struct neap_slots *slots) {
    while (!slots->keeper.has_to_end) {
        for (int i = 0; i < KEEPER_LOT; i++)
            if (!return_one(slots))
                return;
        keeper_wait(slots, KEEPER_PAUSE);
    }
}

static void keeper_sleep(struct neap_slots *slots) {
    slots->keeper.sleeps = true;
    while (slots->keeper.sleeps && !slots->keeper.has_to_end)
        neap_cond_wait(&slots->keeper.changed, &slots->lock);
    judge_afresh(slots);
}

static void *keep(void *context) {
    struct neap_slots *slots = context;
    neap_mutex_lock(&slots->lock);
    while (!slots->keeper.has_to_end) {
        if (slots->resident <= NEAP_SLOTS_KEPT)
            keeper_sleep(slots);
        keeper_wait(slots, KEEPER_PERIOD);
        judge(slots);
        return_surplus(slots);
    }
    neap_mutex_unlock(&slots->lock);
    return NULL;
}

/* Signals are for the threads that know what to do with them. */
void neap_slots_keep(struct neap_slots *slots) {
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    slots->keeper.runs = pthread_create(&slots->keeper.thread, NULL, keep, slots) == 0;
    pthread_sigmask(SIG_SETMASK, &former, NULL);
}

static void end_keeper(struct neap_slots *slots) {
    if (!slots->keeper.runs)
        return;
    neap_mutex_lock(&slots->lock);
    slots->keeper.has_to_end = true;
    neap_cond_signal(&slots->keeper.changed);
    neap_mutex_unlock(&slots->lock);
    pthread_join(slots->keeper.thread, NULL);
}

void neap_slots_free(struct neap_slots *slots) {
    if (slots == NULL)
        return;
    end_keeper(slots);
    neap_cond_fini(&slots->keeper.changed);
    munmap(slots->next, slots->bytes / NEAP_SPAN_MIN * sizeof *slots->next);
    munmap(slots->base, slots->bytes);
    neap_mutex_fini(&slots->lock);
    neap_free(slots);
}
