#include "vm/exec_arena.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/thread.h"
#include "vm/cell.h"
#include "vm/heap.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__aarch64__)
#define REACH ((uintptr_t)62 << 20) /* 26 bits of jump, less what LuaJIT keeps back */
#define SEARCH_STEP ((uintptr_t)1 << 20)
#else
#define REACH ((uintptr_t)1022 << 20)
#define SEARCH_STEP ((uintptr_t)16 << 20)
#endif

#define LARGEST_ARENA ((size_t)768 << 20)
#define SMALLEST_ARENA ((size_t)4 << 20)
#define OPEN_CHUNK ((size_t)1 << 20) /* opened read, write and execute at once */
#define HOT_SLOTS 256                /* freed ones that keep their pages */

/* LuaJIT keeps areas within reach of this, its way out of compiled code. */
extern char lj_vm_exit_handler[];

/* libgcc's; the archive's own calls are renamed to the seams below. */
extern void __register_frame(void *record);
extern void __deregister_frame(void *record);

/* The one global of its kind, see the header. base and bytes are written by _open before
 * any carrier starts, and read by the signal handler. */
static struct {
    struct neap_mutex lock;
    char *base;
    size_t bytes;
    size_t opened;  /* from base: made accessible for good (not under wx) */
    uint32_t free;  /* first of the free list, most recently freed first */
    uint32_t fresh; /* slots from here on were never handed out */
    uint32_t hot;   /* slots on the free list that keep their pages */
    uint32_t *next; /* by slot: the free list, and each process's */
    char *record;   /* the unwind record, once registered */
    struct neap_exec_arena_stats stats;
} arena;

/* --- open ------------------------------------------------------------------ */

static bool is_in_reach(uintptr_t from, size_t bytes) {
    uintptr_t exit = (uintptr_t)lj_vm_exit_handler;
    uintptr_t end = from + bytes;
    return (from > exit ? from - exit : exit - from) < REACH &&
           (end > exit ? end - exit : exit - end) < REACH;
}

static char *map_at(uintptr_t at, size_t bytes) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    char *got = mmap((void *)at, bytes, PROT_NONE, flags, -1, 0);
    if (got == MAP_FAILED)
        return NULL;
    if (got == (char *)at)
        return got;
    munmap(got, bytes); /* an old kernel takes the address as a hint */
    return NULL;
}

/* Below the text first: above it the program's break grows. */
static char *reserve(size_t bytes) {
    uintptr_t text = (uintptr_t)lj_vm_exit_handler & ~(SEARCH_STEP - 1);
    for (uintptr_t d = SEARCH_STEP; is_in_reach(text - d - bytes, bytes); d += SEARCH_STEP) {
        char *got = map_at(text - d - bytes, bytes);
        if (got != NULL)
            return got;
    }
    for (uintptr_t d = 2 * SEARCH_STEP; is_in_reach(text + d, bytes); d += SEARCH_STEP) {
        char *got = map_at(text + d, bytes);
        if (got != NULL)
            return got;
    }
    return NULL;
}

static bool open_to(size_t end) {
    if (end <= arena.opened)
        return true;
    size_t to = (end + OPEN_CHUNK - 1) & ~(OPEN_CHUNK - 1);
    if (to > arena.bytes)
        to = arena.bytes;
    char *from = arena.base + arena.opened;
    if (mprotect(from, to - arena.opened, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return false;
    arena.opened = to;
    return true;
}

static void choose_protection(bool wx) {
    arena.stats.wx = wx;
    if (!wx && !open_to(NEAP_EXEC_SLOT)) {
        arena.stats.wx = true;
        arena.stats.wx_forced = true;
    }
}

int neap_exec_arena_open(size_t bytes, bool wx) {
    NEAP_ASSERT(arena.base == NULL);
    memset(&arena, 0, sizeof arena);
    if (bytes > LARGEST_ARENA)
        bytes = LARGEST_ARENA;
    bytes &= ~(NEAP_EXEC_SLOT - 1);
    while (bytes >= SMALLEST_ARENA && (arena.base = reserve(bytes)) == NULL)
        bytes = bytes / 2 & ~(NEAP_EXEC_SLOT - 1);
    if (arena.base == NULL)
        return NEAP_EMEMORY;
    NEAP_ASSERT(is_in_reach((uintptr_t)arena.base, bytes));
    arena.bytes = bytes;
    arena.fresh = 1; /* slot 0 holds the unwind record */
    arena.stats.slots = bytes / NEAP_EXEC_SLOT - 1;
    arena.next = neap_calloc(bytes / NEAP_EXEC_SLOT, sizeof *arena.next);
    neap_mutex_init(&arena.lock);
    madvise(arena.base, bytes, MADV_DONTFORK);
    madvise(arena.base, bytes, MADV_DONTDUMP);
    choose_protection(wx);
    return 0;
}

void neap_exec_arena_close(void) {
    if (arena.base == NULL)
        return;
    NEAP_ASSERT(arena.stats.used == 0);
    if (arena.record != NULL)
        __deregister_frame(arena.record);
    munmap(arena.base, arena.bytes);
    neap_mutex_fini(&arena.lock);
    neap_free(arena.next);
    arena.base = NULL;
    arena.bytes = 0;
}

bool neap_exec_arena_is_open(void) {
    return arena.base != NULL;
}

struct neap_exec_arena_stats neap_exec_arena_stats(void) {
    if (arena.base == NULL)
        return (struct neap_exec_arena_stats){ 0 };
    neap_mutex_lock(&arena.lock);
    struct neap_exec_arena_stats stats = arena.stats;
    neap_mutex_unlock(&arena.lock);
    return stats;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) bool neap_exec_arena_has(
    uintptr_t pc) {
    return pc - (uintptr_t)arena.base < arena.bytes;
}

/* --- slots ----------------------------------------------------------------- */

static char *slot_at(uint32_t slot) {
    return arena.base + (size_t)slot * NEAP_EXEC_SLOT;
}

static uint32_t take_locked(void) {
    uint32_t slot = arena.free;
    if (slot != 0) {
        arena.free = arena.next[slot];
        arena.hot -= arena.hot > 0;
    } else if (arena.fresh <= arena.stats.slots &&
               (arena.stats.wx || open_to((arena.fresh + 1) * NEAP_EXEC_SLOT))) {
        slot = arena.fresh++;
    } else {
        return 0;
    }
    arena.stats.taken++;
    if (++arena.stats.used > arena.stats.peak)
        arena.stats.peak = arena.stats.used;
    return slot;
}

/* LuaJIT asks 32 times before it gives up: once is enough to count. */
static void note_refused(struct neap_exec_slots *list) {
    neap_mutex_lock(&arena.lock);
    arena.stats.refused += !list->is_refused;
    neap_mutex_unlock(&arena.lock);
    list->is_refused = true;
}

static uint32_t take(struct neap_exec_slots *list, size_t size) {
    neap_mutex_lock(&arena.lock);
    uint32_t slot = size <= NEAP_EXEC_SLOT ? take_locked() : 0;
    neap_mutex_unlock(&arena.lock);
    if (slot == 0)
        note_refused(list);
    return slot;
}

static void push_locked(uint32_t slot) {
    arena.next[slot] = arena.free;
    arena.free = slot;
}

/* Stale code in a slot harms nobody: the next owner writes before it jumps. So as long as
 * few are free they keep their pages. */
static void give(uint32_t slot) {
    neap_mutex_lock(&arena.lock);
    NEAP_ASSERT(arena.stats.used > 0);
    arena.stats.used--;
    bool hot = arena.hot < HOT_SLOTS;
    arena.hot += hot;
    if (hot)
        push_locked(slot);
    neap_mutex_unlock(&arena.lock);
    if (hot)
        return;
    madvise(slot_at(slot), NEAP_EXEC_SLOT, MADV_DONTNEED);
    neap_mutex_lock(&arena.lock);
    push_locked(slot);
    neap_mutex_unlock(&arena.lock);
}

static void close_slot(uint32_t slot) {
    if (arena.stats.wx)
        mprotect(slot_at(slot), NEAP_EXEC_SLOT, PROT_NONE);
    give(slot);
}

static bool unlist(struct neap_exec_slots *list, uint32_t slot) {
    for (uint32_t *at = &list->first; *at != 0; at = &arena.next[*at]) {
        if (*at != slot)
            continue;
        *at = arena.next[slot];
        list->count--;
        return true;
    }
    return false;
}

void neap_exec_slots_release(struct neap_exec_slots *list) {
    while (list->first != 0) {
        uint32_t slot = list->first;
        list->first = arena.next[slot];
        close_slot(slot);
    }
    list->count = 0;
}

/* --- seams ----------------------------------------------------------------- */

static void *map_slot(struct neap_exec_slots *list, size_t size, int prot) {
    uint32_t slot = arena.base != NULL ? take(list, size) : 0;
    if (slot == 0)
        return MAP_FAILED;
    if (arena.stats.wx && mprotect(slot_at(slot), NEAP_EXEC_SLOT, prot) != 0) {
        give(slot);
        note_refused(list);
        return MAP_FAILED;
    }
    arena.next[slot] = list->first;
    list->first = slot;
    list->count++;
    if (list->heap != NULL)
        neap_heap_charge(list->heap, NEAP_EXEC_SLOT);
    return slot_at(slot);
}

/* The critical section is for the charge: it may find the process over its limit, which
 * must wait until the slot is on its list. */
void *neap_vm_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset) {
    struct neap_cell *cell = neap_cell_current();
    if (cell == NULL || !cell->active || cell->exec == NULL || fd != -1)
        return mmap(addr, size, prot, flags, fd, offset);
    neap_crit_enter(cell);
    void *got = map_slot(cell->exec, size, prot);
    neap_crit_leave(cell);
    if (got == MAP_FAILED)
        errno = ENOMEM;
    return got;
}

static void unmap_slot(struct neap_exec_slots *list, uint32_t slot) {
    bool ours = unlist(list, slot);
    NEAP_ASSERT(ours);
    if (list->heap != NULL)
        neap_heap_uncharge(list->heap, NEAP_EXEC_SLOT);
    close_slot(slot);
}

/* Outside a slice LuaJIT frees machine code only in lua_close, which is not for processes
 * with slots: those are released with their list. */
int neap_vm_munmap(void *addr, size_t size) {
    if (!neap_exec_arena_has((uintptr_t)addr))
        return munmap(addr, size);
    struct neap_cell *cell = neap_cell_current();
    if (cell == NULL || !cell->active || cell->exec == NULL)
        return 0;
    neap_crit_enter(cell);
    unmap_slot(cell->exec,
               (uint32_t)((size_t)((char *)addr - arena.base) / NEAP_EXEC_SLOT));
    neap_crit_leave(cell);
    return 0;
}

/* Swallowed where slots stay open: two calls per trace cost 11 us, on two threads 79. */
int neap_vm_mprotect(void *addr, size_t size, int prot) {
    if (!neap_exec_arena_has((uintptr_t)addr))
        return mprotect(addr, size, prot);
    if (!arena.stats.wx)
        return 0;
    neap_mutex_lock(&arena.lock);
    arena.stats.flips++;
    neap_mutex_unlock(&arena.lock);
    return mprotect(addr, size, prot);
}

/* --- unwinding ------------------------------------------------------------- */

static uint32_t word_at(const char *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* LuaJIT writes a CIE and one FDE at the start of each area, and the code follows. The
 * first such template, moved to slot 0 and stretched, is right for all: its code start is
 * relative to itself. An FDE is length, CIE pointer, code start, code size, ... */
static void register_arena(const char *record) {
    size_t cie = 4 + word_at(record);
    size_t fde = 4 + word_at(record + cie);
    NEAP_ASSERT(cie < 64 && fde < 64);
    char *own = arena.base;
    if (arena.stats.wx && mprotect(own, NEAP_EXEC_SLOT, PROT_READ | PROT_WRITE) != 0)
        return;
    memset(own, 0, NEAP_EXEC_SLOT / 16);
    memcpy(own, record, cie + fde); /* zeros follow, which end the record */
    char *start = own + cie + 8;
    start += (int32_t)word_at(start);
    uint32_t size = (uint32_t)(arena.base + arena.bytes - start);
    memcpy(own + cie + 12, &size, sizeof size);
    __register_frame(own);
    arena.record = own;
    arena.stats.unwind = true;
}

void neap_vm_register_frame(void *record) {
    if (!neap_exec_arena_has((uintptr_t)record)) {
        __register_frame(record);
        return;
    }
    neap_mutex_lock(&arena.lock);
    if (arena.record == NULL)
        register_arena(record);
    neap_mutex_unlock(&arena.lock);
}

void neap_vm_deregister_frame(void *record) {
    if (!neap_exec_arena_has((uintptr_t)record))
        __deregister_frame(record);
}
