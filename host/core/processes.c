#include "core/processes.h"

#include "base/alloc.h"
#include "base/lock.h"
#include "base/random.h"
#include "core/process_fields.h"

enum { CHUNK = 64, CHUNKS = NEAP_PROCESSES_MAX / CHUNK };

struct neap_processes {
    struct neap_node *node;
    uint32_t tag;

    /* Written under `lock` when the table grows, read by anybody who finds. Release and
     * acquire: who sees a chunk or a count must see the processes made in it. */
    _Atomic(struct neap_process *) chunks[CHUNKS];
    _Atomic(uint32_t) count; /* slots made so far */

    /* Written under `lock`; read for show and by the node's end. Relaxed there: the end
     * waits for a wake-up that comes after the store. */
    _Atomic(uint64_t) live;

    struct neap_lock lock;
    uint32_t *free_slots; /* a stack */
    uint32_t free_count;
    uint32_t free_cap;
};

struct neap_processes *neap_processes_new(struct neap_node *node) {
    struct neap_processes *all = neap_calloc(1, sizeof *all);
    all->node = node;
    all->tag = (uint32_t)neap_random() | 1;
    neap_lock_init(&all->lock);
    return all;
}

void neap_processes_free(struct neap_processes *all) {
    uint32_t count = atomic_load(&all->count);
    for (uint32_t i = 0; i < count; i++)
        neap_lock_fini(&neap_processes_at(all, i)->lock);
    for (uint32_t i = 0; i < CHUNKS; i++)
        neap_free(atomic_load(&all->chunks[i]));
    neap_lock_fini(&all->lock);
    neap_free(all->free_slots);
    neap_free(all);
}

struct neap_process *neap_processes_at(const struct neap_processes *all, uint32_t i) {
    if (i >= atomic_load_explicit(&all->count, memory_order_acquire))
        return NULL;
    return atomic_load_explicit(&all->chunks[i / CHUNK], memory_order_acquire) + i % CHUNK;
}

static void make_slot(struct neap_processes *all, struct neap_process *p, uint32_t slot) {
    p->node = all->node;
    p->slot = slot;
    p->pid.slot = slot;
    p->pid.tag = all->tag;
    p->state = NEAP_PROCESS_DEAD;
    neap_lock_init(&p->lock);
}

/* One chunk at a time: its slots become findable at once and are DEAD. */
static bool grow(struct neap_processes *all) {
    uint32_t count = atomic_load_explicit(&all->count, memory_order_relaxed);
    if (count == NEAP_PROCESSES_MAX)
        return false;
    struct neap_process *chunk = neap_calloc(CHUNK, sizeof *chunk);
    if (all->free_cap < count + CHUNK) {
        all->free_cap = (count + CHUNK) * 2;
        all->free_slots = neap_realloc(all->free_slots,
                                       all->free_cap * sizeof *all->free_slots);
    }
    for (uint32_t i = CHUNK; i-- > 0;) {
        make_slot(all, &chunk[i], count + i);
        all->free_slots[all->free_count++] = count + i;
    }
    atomic_store_explicit(&all->chunks[count / CHUNK], chunk, memory_order_release);
    atomic_store_explicit(&all->count, count + CHUNK, memory_order_release);
    return true;
}

struct neap_process *neap_processes_take(struct neap_processes *all) {
    struct neap_process *p = NULL;
    neap_lock_take(&all->lock);
    if (all->free_count > 0 || grow(all)) {
        p = neap_processes_at(all, all->free_slots[--all->free_count]);
        atomic_fetch_add_explicit(&all->live, 1, memory_order_relaxed);
    }
    neap_lock_give(&all->lock);
    return p;
}

void neap_processes_give(struct neap_processes *all, struct neap_process *p) {
    neap_lock_take(&all->lock);
    all->free_slots[all->free_count++] = p->slot;
    atomic_fetch_sub_explicit(&all->live, 1, memory_order_relaxed);
    neap_lock_give(&all->lock);
}

struct neap_process *neap_processes_find(const struct neap_processes *all,
                                         struct neap_pid pid) {
    if (pid.generation == 0 || pid.tag != all->tag)
        return NULL;
    return neap_processes_at(all, pid.slot);
}

uint32_t neap_processes_slots(const struct neap_processes *all) {
    return atomic_load_explicit(&all->count, memory_order_acquire);
}

uint64_t neap_processes_live(const struct neap_processes *all) {
    return atomic_load_explicit(&all->live, memory_order_relaxed);
}

uint32_t neap_processes_tag(const struct neap_processes *all) {
    return all->tag;
}
