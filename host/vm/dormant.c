/* What is kept, one after the other: the heap's own fields; runs of words that are not as in
 * the image, each behind its place and length, the last of length 0; all behind the image. */
#include "vm/dormant.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "vm/heap.h"
#include "vm/image_inside.h"
#include "vm/state_image.h"
#include "vm/vm.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

struct run {
    uint32_t at; /* word of the image */
    uint32_t count;
};

static uint64_t *words_of(struct neap_heap *heap) {
    return neap_image_at(heap, neap_heap_front());
}

static uint64_t word_as_made(const struct neap_image *image, size_t i, uint64_t base) {
    return image->words[i] + (base & -(image->pointers[i / 64] >> i % 64 & 1));
}

static void put_run(struct neap_bytes *out, const uint64_t *words, size_t from, size_t to) {
    struct run run = { (uint32_t)from, (uint32_t)(to - from) };
    neap_bytes_append(out, &run, sizeof run);
    neap_bytes_append(out, words + from, (to - from) * sizeof *words);
}

/* A run may hold a few equal words: a run of its own would take as much. */
static void put_runs(struct neap_bytes *out, const struct neap_image *image,
                     const uint64_t *words, uint64_t base) {
    size_t count = image->bytes / sizeof *words;
    size_t from = 0, to = 0; /* the run so far */
    for (size_t i = 0; i < count; i++) {
        if (words[i] == word_as_made(image, i, base))
            continue;
        if (to > from && i > to + 1) {
            put_run(out, words, from, to);
            from = i;
        }
        from = to > from ? from : i;
        to = i + 1;
    }
    if (to > from)
        put_run(out, words, from, to);
    put_run(out, words, 0, 0);
}

static size_t behind(const struct neap_image *image) {
    return neap_heap_front() + image->bytes;
}

static void keep(struct neap_bytes *out, const struct neap_image *image,
                 struct neap_heap *heap) {
    neap_bytes_append(out, heap, neap_heap_front());
    put_runs(out, image, words_of(heap), (uint64_t)(uintptr_t)heap);
    neap_bytes_append(out, neap_image_at(heap, behind(image)),
                      neap_heap_frontier(heap) - behind(image));
}

static void fit(struct neap_bytes *b) {
    b->data = neap_realloc(b->data, b->len);
    b->cap = b->len;
}

void neap_dormant_begin(struct neap_vm *vm) {
    if (vm->image == NULL || vm->heap == NULL || vm->dormant.len > 0)
        return;
    const struct neap_image *image = neap_state_image_of(vm->image);
    keep(&vm->dormant, image, vm->heap);
    if (vm->dormant.len > neap_heap_frontier(vm->heap) / 2 ||
        madvise(vm->heap, neap_heap_first_span(vm->heap), MADV_DONTNEED) != 0) {
        neap_bytes_fini(&vm->dormant);
        return;
    }
    fit(&vm->dormant);
}

static const uint8_t *restore_runs(uint64_t *words, const uint8_t *at) {
    for (;;) {
        struct run run;
        memcpy(&run, at, sizeof run);
        at += sizeof run;
        if (run.count == 0)
            return at;
        memcpy(words + run.at, at, run.count * sizeof *words);
        at += run.count * sizeof *words;
    }
}

void neap_dormant_end(struct neap_vm *vm) {
    if (vm->dormant.len == 0)
        return;
    const struct neap_image *image = neap_state_image_of(vm->image);
    const uint8_t *at = vm->dormant.data;
    neap_image_restore(image, vm->heap);
    memcpy(vm->heap, at, neap_heap_front());
    at = restore_runs(words_of(vm->heap), at + neap_heap_front());
    memcpy(neap_image_at(vm->heap, behind(image)), at,
           (size_t)(vm->dormant.data + vm->dormant.len - at));
    neap_bytes_fini(&vm->dormant);
}

void neap_dormant_drop(struct neap_vm *vm) {
    if (vm->dormant.len == 0)
        return;
    memcpy(vm->heap, vm->dormant.data, neap_heap_front());
    neap_bytes_fini(&vm->dormant);
}
