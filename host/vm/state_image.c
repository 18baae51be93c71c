#include "vm/state_image.h"

#include "base/alloc.h"
#include "core/process.h"
#include "vm/heap.h"
#include "vm/image.h"
#include "vm/images.h"
#include "vm/runtime_inside.h"
#include "vm/state.h"
#include "vm/vm.h"

#include <stdatomic.h>
#include <string.h>

enum { POINT_CO = NEAP_HANDLES_POINTS, POINT_GENERATOR, POINTS };

struct neap_state_image {
    struct neap_image *image;
    struct neap_image_point points[POINTS];
    struct neap_handles handles; /* its pointers are those of `points` */
    int slots[NEAP_SLOTS];
    uint64_t generation;
    bool has_seed; /* the modules seeded math.random themselves: clones go on from there */
    uint8_t seed[NEAP_IMAGE_RANDOM]; /* of math.random, as it was when captured */

    /* Changed by whoever takes or drops a reference; as of struct neap_image. */
    _Atomic(uint32_t) refs;
};

/* --- capturing --- */

static bool may_hold(const void *context, const struct neap_image_userdata *userdata) {
    const struct neap_vm *vm = context;
    return userdata->block == vm->generator ||
           neap_handles_may_clone(&vm->handles, userdata);
}

static struct neap_state_image *describe(const struct neap_vm *vm) {
    struct neap_state_image *s = neap_calloc(1, sizeof *s);
    neap_handles_points(&vm->handles, s->points);
    s->points[POINT_CO].in = vm->co;
    s->points[POINT_GENERATOR].in = vm->generator;
    s->points[POINT_GENERATOR].clear = NEAP_IMAGE_RANDOM;
    s->handles = vm->handles;
    s->generation = vm->generation;
    memcpy(s->slots, vm->slots, sizeof s->slots);
    memcpy(s->seed, vm->generator, sizeof s->seed);
    s->refs = 1;
    return s;
}

/* From neap_state_rest on no Lua API call, so that nothing can be left behind. */
struct neap_state_image *neap_state_image_capture(struct neap_vm *vm, bool exact,
                                                  char *why, size_t size) {
    neap_state_rest(vm);
    struct neap_state_image *s = describe(vm);
    s->image = neap_image_capture(
        &(struct neap_image_source){
            .main = vm->main,
            .co = vm->co,
            .main_bytes = neap_images_main_bytes(neap_runtime_images(vm->runtime)),
            .heap = vm->heap,
            .points = s->points,
            .point_count = POINTS,
            .exact = exact,
            .may_hold = may_hold,
            .context = vm,
        },
        why, size);
    if (s->image != NULL)
        return s;
    neap_free(s);
    return NULL;
}

/* --- cloning --- */

static void seed(const struct neap_state_image *s, struct neap_vm *vm) {
    if (s->has_seed)
        memcpy(vm->generator, s->seed, sizeof s->seed);
    else
        neap_image_seed(vm->generator, neap_carrier_random(vm->carrier));
}

/* LuaJIT draws the numbers by which tables hash strings: two processes that build the same
 * image draw the same, or their tables were laid out in two ways. */
static uint64_t random_for(const struct neap_vm *vm) {
    return vm->build != NULL ? neap_build_random(vm->build)
                             : neap_carrier_random(vm->carrier);
}

bool neap_state_image_clone(const struct neap_state_image *s, struct neap_vm *vm) {
    struct neap_heap *heap = neap_image_clone(s->image, neap_runtime_slots(vm->runtime),
                                              neap_vm_memory_limit(vm), random_for(vm));
    if (heap == NULL)
        return false;
    vm->heap = heap;
    vm->main = neap_heap_main(heap);
    vm->co = neap_image_at(heap, s->points[POINT_CO].at);
    vm->generator = neap_image_at(heap, s->points[POINT_GENERATOR].at);
    vm->generation = s->generation;
    memcpy(vm->slots, s->slots, sizeof vm->slots);
    neap_handles_clone(&vm->handles, &s->handles, heap, s->points);
    seed(s, vm);
    return true;
}

/* --- life --- */

struct neap_state_image *neap_state_image_ref(struct neap_state_image *s) {
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void neap_state_image_unref(struct neap_state_image *s) {
    if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    neap_image_unref(s->image);
    neap_free(s);
}

const struct neap_image *neap_state_image_of(const struct neap_state_image *s) {
    return s->image;
}

bool neap_state_image_settle(struct neap_state_image *s,
                             const struct neap_state_image *other) {
    s->has_seed = memcmp(s->seed, other->seed, sizeof s->seed) == 0;
    return memcmp(s->slots, other->slots, sizeof s->slots) == 0 &&
           neap_image_equal(s->image, other->image);
}
