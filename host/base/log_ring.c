#include "base/log_ring.h"

#include "base/alloc.h"

#include <stdatomic.h>
#include <string.h>

enum { WORDS = NEAP_LOG_RING_TEXT / sizeof(uint64_t) };

struct line {
    /* 0 at first; 2n + 1 while line n is written, 2n + 2 when it is there. Written by whoever
     * writes the line, read by all. Acquire to begin, release to end: the words lie between. */
    _Atomic uint64_t stamp;

    /* Written by who made the stamp odd, read by all. Relaxed: the stamp and the two fences
     * order them; atomic as readers may come meanwhile, and see by the stamp that they did. */
    _Atomic uint64_t size;
    _Atomic uint64_t words[WORDS];
};

struct neap_log_ring {
    _Atomic uint64_t next; /* the number of the next line; relaxed: only to be given once */
    struct line lines[NEAP_LOG_RING_LINES];
};

struct neap_log_ring *neap_log_ring_new(void) {
    return neap_calloc(1, sizeof(struct neap_log_ring));
}

void neap_log_ring_free(struct neap_log_ring *ring) {
    neap_free(ring);
}

/* False: it is another writer's, or of a later line. */
static bool begin(struct line *line, uint64_t number) {
    uint64_t stamp = atomic_load_explicit(&line->stamp, memory_order_relaxed);
    if ((stamp & 1) != 0 || stamp > 2 * number)
        return false;
    if (!atomic_compare_exchange_strong_explicit(&line->stamp, &stamp, 2 * number + 1,
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    atomic_thread_fence(memory_order_release); /* no word is seen before the odd stamp */
    return true;
}

static void end(struct line *line, uint64_t number) {
    atomic_store_explicit(&line->stamp, 2 * number + 2, memory_order_release);
}

void neap_log_ring_put(struct neap_log_ring *ring, const char *text, size_t size) {
    uint64_t words[WORDS];
    size_t fits = size < NEAP_LOG_RING_TEXT ? size : NEAP_LOG_RING_TEXT;
    uint64_t number = atomic_fetch_add_explicit(&ring->next, 1, memory_order_relaxed);
    struct line *line = &ring->lines[number % NEAP_LOG_RING_LINES];
    memcpy(words, text, fits);
    if (!begin(line, number))
        return;
    atomic_store_explicit(&line->size, fits, memory_order_relaxed);
    for (size_t i = 0; i * sizeof *words < fits; i++)
        atomic_store_explicit(&line->words[i], words[i], memory_order_relaxed);
    end(line, number);
}

uint64_t neap_log_ring_count(const struct neap_log_ring *ring) {
    return atomic_load_explicit(&ring->next, memory_order_relaxed);
}

bool neap_log_ring_get(const struct neap_log_ring *ring, uint64_t number,
                       char text[NEAP_LOG_RING_TEXT], size_t *size) {
    const struct line *line = &ring->lines[number % NEAP_LOG_RING_LINES];
    uint64_t stamp = atomic_load_explicit(&line->stamp, memory_order_acquire);
    if (stamp != 2 * number + 2)
        return false;
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t word = atomic_load_explicit(&line->words[i], memory_order_relaxed);
        memcpy(text + i * sizeof word, &word, sizeof word);
    }
    *size = atomic_load_explicit(&line->size, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire); /* no word is read after the second look */
    return atomic_load_explicit(&line->stamp, memory_order_relaxed) == stamp;
}
