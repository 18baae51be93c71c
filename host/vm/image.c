#include "vm/image.h"

#include "base/alloc.h"
#include "vm/capture.h"
#include "vm/heap.h"
#include "vm/image_inside.h"
#include "vm/layout.h"
#include "vm/value.h"

#include <lua.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

struct neap_image *neap_image_capture(const struct neap_image_source *source, char *why,
                                      size_t size) {
    return neap_capture(source, why, size);
}

static void *measure(void *size, void *block, size_t old, size_t want) {
    (void)block;
    (void)old;
    if (want != 0)
        *(size_t *)size = want;
    return NULL;
}

/* It is the first that a new state asks for. */
size_t neap_image_main_bytes(void) {
    size_t size = 0;
    lua_State *L = lua_newstate(measure, &size);
    NEAP_ASSERT(L == NULL);
    return size;
}

/* --- life --- */

struct neap_image *neap_image_new(size_t bytes) {
    struct neap_image *image = neap_calloc(1, sizeof *image);
    image->blocks = (bytes + NEAP_IMAGE_BLOCK - 1) / NEAP_IMAGE_BLOCK;
    image->words = neap_calloc(image->blocks, NEAP_IMAGE_BLOCK);
    image->pointers = neap_calloc(image->blocks, sizeof *image->pointers);
    image->bytes = bytes;
    image->refs = 1;
    neap_bytes_init(&image->rehashed);
    neap_bytes_init(&image->hashes);
    return image;
}

void neap_image_ref(struct neap_image *image) {
    atomic_fetch_add_explicit(&image->refs, 1, memory_order_relaxed);
}

void neap_image_unref(struct neap_image *image) {
    if (image == NULL ||
        atomic_fetch_sub_explicit(&image->refs, 1, memory_order_acq_rel) != 1)
        return;
    neap_free(image->words);
    neap_free(image->pointers);
    neap_bytes_fini(&image->rehashed);
    neap_bytes_fini(&image->hashes);
    neap_free(image);
}

size_t neap_image_bytes(const struct neap_image *image) {
    return image->bytes;
}

static bool same_list(const struct neap_bytes *a, const struct neap_bytes *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

bool neap_image_equal(const struct neap_image *a, const struct neap_image *b) {
    return a->bytes == b->bytes && a->main == b->main &&
           same_list(&a->rehashed, &b->rehashed) && same_list(&a->hashes, &b->hashes) &&
           memcmp(a->pointers, b->pointers, a->blocks * sizeof *a->pointers) == 0 &&
           memcmp(a->words, b->words, a->bytes) == 0;
}

/* --- clones --- */

/* Copies blocks of 64 words, and adds `base` to those whose bit is set. Branching on each bit
 * would take as long as the rest of a spawn. */
#if defined(__x86_64__)
static void copy_by_two(const struct neap_image *image, uint64_t *to, uint64_t base) {
    static const uint64_t SELECT[4][2] __attribute__((aligned(16))) = {
        { 0, 0 }, { UINT64_MAX, 0 }, { 0, UINT64_MAX }, { UINT64_MAX, UINT64_MAX }
    };
    __m128i add = _mm_set1_epi64x((int64_t)base);
    const uint64_t *from = image->words;
    for (size_t block = 0; block < image->blocks; block++) {
        uint64_t pointers = image->pointers[block];
        for (int i = 0; i < 64; i += 2, pointers >>= 2, from += 2, to += 2) {
            __m128i word = _mm_load_si128((const void *)from);
            __m128i select = _mm_load_si128((const void *)SELECT[pointers & 3]);
            _mm_store_si128((void *)to, _mm_add_epi64(word, _mm_and_si128(add, select)));
        }
    }
}

/* A lane's bit is moved to its sign. The copy lies 16 bytes off a line of 32. */
__attribute__((target("avx2"))) static void copy_by_four(const struct neap_image *image,
                                                         uint64_t *to, uint64_t base) {
    __m256i add = _mm256_set1_epi64x((int64_t)base);
    __m256i signs = _mm256_set_epi64x(60, 61, 62, 63), none = _mm256_setzero_si256();
    const uint64_t *from = image->words;
    for (size_t block = 0; block < image->blocks; block++) {
        __m256i pointers = _mm256_set1_epi64x((int64_t)image->pointers[block]);
#pragma GCC unroll 4
        for (int i = 0; i < 64; i += 4, from += 4, to += 4) {
            __m256i word = _mm256_loadu_si256((const void *)from);
            __m256i select = _mm256_cmpgt_epi64(none, _mm256_sllv_epi64(pointers, signs));
            word = _mm256_add_epi64(word, _mm256_and_si256(add, select));
            _mm256_storeu_si256((void *)to, word);
            pointers = _mm256_srli_epi64(pointers, 4);
        }
    }
}

static void copy(const struct neap_image *image, uint64_t *to, uint64_t base) {
    if (__builtin_cpu_supports("avx2"))
        copy_by_four(image, to, base);
    else
        copy_by_two(image, to, base);
}
#else
static void copy(const struct neap_image *image, uint64_t *to, uint64_t base) {
    for (size_t i = 0; i < image->blocks * 64; i++)
        to[i] = image->words[i] + (base & -(image->pointers[i / 64] >> i % 64 & 1));
}
#endif

/* As LuaJIT would have made it at the new address, or upvalues that were copied and those that
 * the same code makes later would pass for different variables in compiled code. */
static void hash_upvalues(const struct neap_image *image, struct neap_heap *heap) {
    const struct neap_image_hash *hash = (const void *)image->hashes.data;
    size_t count = image->hashes.len / sizeof *hash;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = (uint32_t)((uintptr_t)heap + hash[i].code);
        uint32_t value = code ^ hash[i].slot << 24;
        memcpy(neap_image_at(heap, hash[i].at), &value, sizeof value);
    }
}

static void push(struct neap_lj_thread *L, neap_lj_value v) {
    neap_lj_value *top = (neap_lj_value *)(uintptr_t)L->top;
    *top = v;
    L->top += sizeof v;
}

/* An entry was at the place that its key's former address asks for. There is room for all of
 * them: nothing is allocated. */
static void rehash(lua_State *main, struct neap_lj_table *t) {
    struct neap_lj_thread *L = (void *)main;
    struct neap_lj_node *nodes = (struct neap_lj_node *)(uintptr_t)t->nodes;
    size_t count = (size_t)t->mask + 1;
    struct neap_lj_node *former = neap_alloc(count * sizeof *former);
    memcpy(former, nodes, count * sizeof *nodes);
    for (size_t i = 0; i < count; i++)
        nodes[i] = (struct neap_lj_node){ UINT64_MAX, UINT64_MAX, 0 };
    push(L, (uint64_t)NEAP_VALUE_TABLE << 47 | (uint64_t)(uintptr_t)t);
    for (size_t i = 0; i < count && former[i].value != UINT64_MAX; i++) {
        push(L, former[i].key);
        push(L, former[i].value);
        lua_rawset(main, -3);
    }
    lua_pop(main, 1);
    neap_free(former);
}

static void rehash_all(const struct neap_image *image, struct neap_heap *heap) {
    const size_t *places = (const void *)image->rehashed.data;
    for (size_t i = 0; i < image->rehashed.len / sizeof *places; i++)
        rehash(neap_heap_main(heap), neap_image_at(heap, places[i]));
}

void neap_image_restore(const struct neap_image *image, struct neap_heap *heap) {
    copy(image, neap_image_at(heap, neap_heap_front()), (uint64_t)(uintptr_t)heap);
}

struct neap_heap *neap_image_clone(const struct neap_image *image, struct neap_slots *slots,
                                   size_t limit, uint64_t random) {
    if (image->used > limit)
        return NULL;
    size_t room = image->blocks * NEAP_IMAGE_BLOCK;
    struct neap_heap *heap = neap_heap_new_behind(slots, limit, room, image->bytes,
                                                  image->used, image->used_large);
    if (heap == NULL)
        return NULL;
    neap_image_restore(image, heap);
    neap_heap_attach(heap, neap_image_at(heap, image->main), NULL);
    struct neap_lj_global *g = neap_image_at(heap, image->global);
    neap_image_seed(g->random, random);
    hash_upvalues(image, heap);
    rehash_all(image, heap);
    return heap;
}

/* splitmix64: from one number as many as are needed, each with all bits mixed. */
static uint64_t mixed(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Its period needs a bit in the upper half of each word. */
void neap_image_seed(void *generator, uint64_t random) {
    uint64_t words[NEAP_LJ_RANDOM];
    for (int i = 0; i < NEAP_LJ_RANDOM; i++)
        words[i] = mixed(&random) | (uint64_t)1 << 40;
    memcpy(generator, words, sizeof words);
}
