#include "vm/images.h"

#include "base/alloc.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/thread.h"
#include "core/grants.h"
#include "core/node.h"
#include "core/process.h"
#include "core/spawn.h"
#include "vm/exit_reason.h"
#include "vm/heap.h"
#include "vm/image.h"
#include "vm/library.h"
#include "vm/modules.h"
#include "vm/runtime_inside.h"
#include "vm/state_image.h"
#include "vm/vm.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    STARTS_BEFORE_BUILD = 2, /* what runs once gains nothing from an image */
    BUILDERS_MAX = 3,
    MODULE_MAX = 129,
    LABEL_MAX = 256,
};

static const char NONE[] = "none";
static const char BASE[] = "base";
static const char REFUSED[] = "none: "; /* why */

enum build_state { BUILD_SEEN, BUILD_UNDER_WAY, BUILD_READY, BUILD_REFUSED };

struct neap_build {
    struct neap_build *next; /* written before it can be found */
    uint64_t hash;           /* of `module` */
    uint64_t random;
    bool http;
    /* --- behind the lock --- */
    enum build_state state;
    uint64_t generation;
    uint32_t starts;
    struct neap_state_image *image; /* READY; before, what the last process made */
    struct neap_heap *kept;         /* the last's: the next must lie elsewhere */
    int made;                       /* by how many processes */
    bool again;                     /* one more */
    unsigned needs;                 /* capabilities without which nobody may have it */
    bool untold;                    /* REFUSED, and the log does not say so yet */
    char label[LABEL_MAX];          /* for people; stays as it is once REFUSED */
    char module[MODULE_MAX];
};

struct neap_images {
    struct neap_runtime *runtime;
    size_t main_bytes;
    struct neap_mutex lock;
    /* --- behind the lock --- */
    struct neap_state_image *base;
    struct neap_build *builds;
    uint64_t ready, refused;
    bool off;
    /* --- any thread: counted by carriers, read for show; relaxed --- */
    _Atomic(uint64_t) clones;
    _Atomic(uint64_t) opened;
};

struct neap_images *neap_images_new(struct neap_runtime *runtime) {
    struct neap_images *images = neap_calloc(1, sizeof *images);
    images->runtime = runtime;
    images->main_bytes = neap_image_main_bytes();
    neap_mutex_init(&images->lock);
    return images;
}

static void drop_image(struct neap_build *b) {
    neap_state_image_unref(b->image);
    neap_heap_free(b->kept);
    b->image = NULL;
    b->kept = NULL;
}

void neap_images_free(struct neap_images *images) {
    if (images == NULL)
        return;
    for (struct neap_build *b = images->builds; b != NULL;) {
        struct neap_build *next = b->next;
        drop_image(b);
        neap_free(b);
        b = next;
    }
    neap_state_image_unref(images->base);
    neap_mutex_fini(&images->lock);
    neap_free(images);
}

size_t neap_images_main_bytes(const struct neap_images *images) {
    return images->main_bytes;
}

const char *neap_build_module(const struct neap_build *build) {
    return build->module;
}

uint64_t neap_build_random(const struct neap_build *build) {
    return build->random;
}

bool neap_build_is_http(const struct neap_build *build) {
    return build->http;
}

struct neap_images_stats neap_images_stats(struct neap_images *images) {
    neap_mutex_lock(&images->lock);
    struct neap_images_stats stats = { .ready = images->ready,
                                       .refused = images->refused,
                                       .off = images->off };
    neap_mutex_unlock(&images->lock);
    stats.clones = atomic_load_explicit(&images->clones, memory_order_relaxed);
    stats.opened = atomic_load_explicit(&images->opened, memory_order_relaxed);
    return stats;
}

/* --- which image --- */

struct wish { /* what a process would best start from */
    char module[MODULE_MAX];
    bool http;
};

/* False: the base alone. One that counts instructions counts those of loading its module,
 * too. */
static bool wants_module(const struct neap_vm *vm, struct wish *wish) {
    char *module = wish->module;
    wish->http = vm->start_kind == NEAP_START_HTTP;
    if (neap_process_limits(vm->process)->instructions != NEAP_NO_LIMIT)
        return false;
    switch (vm->start_kind) {
    case NEAP_START_MODULE:
    case NEAP_START_HTTP:
        neap_text_copy(module, MODULE_MAX, neap_process_module(vm->process));
        module[strcspn(module, ":")] = '\0';
        return module[0] != '\0';
    case NEAP_START_FUNCTION: return neap_text_copy(module, MODULE_MAX, "neap");
    case NEAP_START_SERVICE:
        return neap_text_copy(module, MODULE_MAX, "neap.service.loop");
    default: return false;
    }
}

static bool is_library(const char *module) {
    return strncmp(module, "neap", 4) == 0 && (module[4] == '\0' || module[4] == '.');
}

static uint64_t hash_of(const char *text) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

static struct neap_build *find(struct neap_images *images, const struct wish *wish) {
    uint64_t hash = hash_of(wish->module);
    for (struct neap_build *b = images->builds; b != NULL; b = b->next)
        if (b->hash == hash && b->http == wish->http && strcmp(b->module, wish->module) == 0)
            return b;
    return NULL;
}

static struct neap_build *add_build(struct neap_images *images, const struct wish *wish) {
    struct neap_build *b = neap_calloc(1, sizeof *b);
    b->hash = hash_of(wish->module);
    b->random = neap_random();
    b->http = wish->http;
    memcpy(b->module, wish->module, sizeof b->module);
    b->next = images->builds;
    images->builds = b;
    return b;
}

/* New code: what was refused may be possible now, and what was built is of no use. */
static void renew(struct neap_images *images, struct neap_build *b, uint64_t generation) {
    if (b->generation == generation || b->state == BUILD_UNDER_WAY)
        return;
    images->ready -= b->state == BUILD_READY;
    images->refused -= b->state == BUILD_REFUSED;
    drop_image(b);
    b->state = BUILD_SEEN;
    b->needs = 0;
    b->made = 0;
    b->generation = generation;
}

static uint64_t generation_of(struct neap_images *images, const char *module) {
    return is_library(module)
               ? 0 /* it never changes */
               : neap_modules_generation(neap_runtime_modules(images->runtime));
}

static bool is_worth_building(struct neap_build *b) {
    return b->state == BUILD_SEEN && ++b->starts >= STARTS_BEFORE_BUILD;
}

struct choice {
    struct neap_state_image *image; /* with a reference, or NULL */
    struct neap_build *to_build;    /* or NULL */
    const char *label;
    bool follows;  /* what it holds is of any generation */
    bool is_first; /* nothing is known of the module */
};

static bool may_have(const struct neap_grants *grants, unsigned needs) {
    for (unsigned bit = 1; needs != 0; needs &= ~bit, bit <<= 1)
        if ((needs & bit) != 0 && !neap_grants_have(grants, bit))
            return false;
    return true;
}

static void choose_module(struct neap_images *images, const struct wish *wish,
                          const struct neap_grants *grants, struct choice *c) {
    struct neap_build *b = find(images, wish);
    if (b == NULL && neap_library_find(wish->module) != NULL)
        b = add_build(images, wish);
    c->is_first = b == NULL;
    if (b == NULL)
        return;
    renew(images, b, generation_of(images, b->module));
    bool is_ready = b->state == BUILD_READY && may_have(grants, b->needs);
    if (is_ready) {
        c->image = b->image;
        c->follows = is_library(b->module);
    }
    if (is_ready || b->state == BUILD_REFUSED)
        c->label = b->label;
    if (!is_worth_building(b))
        return;
    b->state = BUILD_UNDER_WAY;
    c->to_build = b;
}

static struct choice choose(struct neap_images *images, const struct neap_vm *vm) {
    struct wish wish = { 0 };
    bool wants = wants_module(vm, &wish);
    neap_mutex_lock(&images->lock);
    struct choice c = { .image = images->base, .label = BASE, .follows = true };
    if (c.image != NULL && wants)
        choose_module(images, &wish, neap_process_grants(vm->process), &c);
    if (c.image != NULL)
        neap_state_image_ref(c.image);
    neap_mutex_unlock(&images->lock);
    return c;
}

/* Unless another one, which was first as well, has come before. */
static void note_start(struct neap_images *images, const struct wish *wish) {
    struct neap_build *b = find(images, wish);
    if (b != NULL)
        return;
    b = add_build(images, wish);
    b->generation = generation_of(images, b->module);
    b->starts = 1;
}

void neap_images_note_loaded(struct neap_images *images, struct neap_vm *vm) {
    struct wish wish = { 0 };
    if (!vm->is_first || !wants_module(vm, &wish))
        return;
    vm->is_first = false;
    neap_crit_enter(&vm->carrier->cell);
    neap_mutex_lock(&images->lock);
    note_start(images, &wish);
    neap_mutex_unlock(&images->lock);
    neap_crit_leave(&vm->carrier->cell);
}

/* --- building --- */

static void give_up(struct neap_images *images, struct neap_build *b, const char *why) {
    drop_image(b);
    b->again = false;
    b->state = BUILD_REFUSED;
    images->refused++;
    snprintf(b->label, sizeof b->label, "%s%.*s", REFUSED,
             (int)(sizeof b->label - sizeof REFUSED), why);
}

static void refuse(struct neap_images *images, struct neap_build *b, const char *why) {
    give_up(images, b, why);
    b->untold = true;
}

/* Once for each module, until its code changes; without the lock, as writing may take long. */
static void tell_refused(struct neap_images *images, struct neap_build *b) {
    char label[LABEL_MAX];
    neap_mutex_lock(&images->lock);
    bool untold = b->untold;
    b->untold = false;
    memcpy(label, b->label, sizeof label);
    neap_mutex_unlock(&images->lock);
    if (!untold || neap_runtime_options_of(images->runtime)->check)
        return; /* what is printed in a check are findings */
    const char *why = label + sizeof REFUSED - 1;
    struct neap_log_field fields[] = {
        { "module", b->module, strlen(b->module), false },
        { "why", why, strlen(why), false },
    };
    neap_log_write(neap_node_log(neap_runtime_node(images->runtime)), NEAP_LOG_INFO, "-",
                   "image.refused", fields, 2);
}

static void start_build(struct neap_images *images, struct neap_build *b) {
    struct neap_vm *vm = neap_vm_new(images->runtime, NEAP_START_IMAGE, NULL, NULL);
    vm->build = b;
    vm->jit_is_decided = true; /* compiled code can not be in an image: it never is */
    struct neap_spawn_options options = {
        .body = &vm->body,
        .limits = neap_limits_default(),
        .module = "image",
        .protected_ = true,
    };
    struct neap_spawned spawned;
    if (neap_spawn(neap_runtime_node(images->runtime), &options, &spawned) == 0)
        return;
    neap_mutex_lock(&images->lock);
    refuse(images, b, "the node is full");
    neap_mutex_unlock(&images->lock);
    tell_refused(images, b);
}

static void settle(struct neap_images *images, struct neap_build *b) {
    neap_heap_free(b->kept);
    b->kept = NULL;
    b->state = BUILD_READY;
    images->ready++;
    neap_text_copy(b->label, sizeof b->label, b->module);
}

/* Code was replaced while it was built. */
static bool is_stale(struct neap_images *images, const struct neap_build *b,
                     const struct neap_vm *vm) {
    return !is_library(b->module) && (vm->generation != b->generation ||
                                      b->generation != generation_of(images, b->module));
}

/* The last two made the same, or another one is to try. */
static void take(struct neap_images *images, struct neap_build *b,
                 struct neap_state_image *made) {
    bool same = b->image != NULL && neap_state_image_settle(made, b->image);
    neap_state_image_unref(b->image);
    b->image = made;
    b->made++;
    if (same)
        settle(images, b);
    else if (b->made == BUILDERS_MAX)
        refuse(images, b, "its modules do not load the same way twice");
    else
        b->again = true;
}

void neap_images_built(struct neap_images *images, struct neap_vm *vm) {
    char why[LABEL_MAX / 2] = "";
    struct neap_state_image *made = neap_state_image_capture(vm, false, why, sizeof why);
    neap_mutex_lock(&images->lock);
    if (is_stale(images, vm->build, vm)) {
        neap_state_image_unref(made);
        refuse(images, vm->build, "code was replaced meanwhile");
    } else if (made != NULL) {
        take(images, vm->build, made);
    } else {
        char text[LABEL_MAX];
        snprintf(text, sizeof text, "its modules hold %s", why);
        refuse(images, vm->build, text);
    }
    neap_mutex_unlock(&images->lock);
}

void neap_images_note_need(struct neap_vm *vm, unsigned capability) {
    struct neap_images *images = neap_runtime_images(vm->runtime);
    neap_crit_enter(&vm->carrier->cell);
    neap_mutex_lock(&images->lock);
    vm->build->needs |= capability;
    neap_mutex_unlock(&images->lock);
    neap_crit_leave(&vm->carrier->cell);
}

NEAP_NORETURN void neap_images_refuse(struct neap_vm *vm, const char *why) {
    struct neap_images *images = neap_runtime_images(vm->runtime);
    neap_mutex_lock(&images->lock);
    refuse(images, vm->build, why);
    neap_mutex_unlock(&images->lock);
    neap_vm_exit(vm, neap_reason_of(NEAP_REASON_NORMAL));
}

/* True if another process is to do the same. */
static bool hand_over(struct neap_build *b, struct neap_vm *vm) {
    if (!b->again)
        return false;
    b->again = false;
    neap_heap_free(b->kept);
    b->kept = vm->heap;
    vm->heap = NULL;
    return true;
}

void neap_images_ended(struct neap_images *images, struct neap_vm *vm,
                       struct neap_reason reason) {
    struct neap_build *b = vm->build;
    neap_mutex_lock(&images->lock);
    bool again = hand_over(b, vm);
    bool failed = !again && b->state == BUILD_UNDER_WAY;
    if (failed) {
        struct neap_bytes line;
        neap_bytes_init(&line);
        neap_reason_line(reason, &line);
        neap_bytes_put(&line, '\0');
        /* Nobody kills it but the node, which ends. */
        (reason.word == NEAP_REASON_KILLED ? give_up : refuse)(images, b,
                                                               (const char *)line.data);
        neap_bytes_fini(&line);
    }
    neap_mutex_unlock(&images->lock);
    tell_refused(images, b);
    if (again)
        start_build(images, b);
}

/* --- starting --- */

static void count(_Atomic(uint64_t) *counter) {
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

bool neap_images_start(struct neap_images *images, struct neap_vm *vm) {
    struct choice c = choose(images, vm);
    vm->is_first = c.is_first;
    if (c.to_build != NULL)
        start_build(images, c.to_build);
    bool cloned = c.image != NULL && neap_state_image_clone(c.image, vm);
    if (cloned)
        vm->image = c.image;
    else
        neap_state_image_unref(c.image);
    neap_process_set_image(vm->process, cloned ? c.label : NONE);
    count(cloned ? &images->clones : &images->opened);
    if (cloned && c.follows)
        vm->generation = neap_modules_generation(neap_runtime_modules(images->runtime));
    return cloned;
}

static void warn(struct neap_images *images, const char *why) {
    const struct neap_log *log = neap_node_log(neap_runtime_node(images->runtime));
    struct neap_log_field field = { "why", why, strlen(why), false };
    neap_log_write(log, NEAP_LOG_WARN, "-", "images.off", &field, 1);
}

/* The first process alone runs now, so nobody else offers one. */
void neap_images_offer(struct neap_images *images, struct neap_vm *vm) {
    char why[LABEL_MAX / 2] = "";
    if (vm->start_kind != NEAP_START_BOOT)
        return;
    struct neap_state_image *base = neap_state_image_capture(vm, true, why, sizeof why);
    if (base == NULL)
        warn(images, why);
    neap_mutex_lock(&images->lock);
    images->base = base;
    images->off = base == NULL;
    neap_mutex_unlock(&images->lock);
}
