/* image.h - a prepared Lua heap, which processes are cloned from.
 * Owns:      a compact copy of a state, and where in it the pointers are.
 * Threads:   capturing: whoever holds the state; the rest any.
 * Bounds:    NEAP_IMAGE_MAX bytes.
 * Invariant: an image never changes. Its pointers count from the start of the heap that it is
 *            copied into, and are known by the type of what holds them: data that looks like
 *            an address stays as it is (redteam A11). Every block in it has the size that the
 *            heap's allocator gave it, so a clone frees and grows it as its own.
 *
 * Opening the libraries takes 30 us, and running a module's top level as long as that takes;
 * copying 30 KB takes 2 us. */
#ifndef NEAP_VM_IMAGE_H
#define NEAP_VM_IMAGE_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEAP_IMAGE_MAX ((size_t)4 << 20)
#define NEAP_IMAGE_RANDOM ((size_t)32)

struct lua_State;
struct neap_heap;
struct neap_slots;
struct neap_image;

struct neap_image_userdata { /* of the state, as capturing meets it */
    const void *metatable;   /* NULL: none */
    const void *block;
    size_t size;
};

struct neap_image_point { /* a place that C must find again in each clone */
    const void *in;       /* in the state: the start of an object, or inside a block */
    size_t clear;         /* so many bytes there are 0 in the image: they differ anyway */
    size_t at;            /* gives: in the heap of a clone */
};

struct neap_image_source { /* a plain value; all of it is lent for the call */
    struct lua_State *main;
    struct lua_State *co; /* the one coroutine that may exist, not started yet; or NULL */
    size_t main_bytes;    /* neap_image_main_bytes() */
    const struct neap_heap *heap;
    struct neap_image_point *points;
    size_t point_count;
    bool exact; /* no data looks like an address: compare with a scan of the heap */

    /* True if a byte-wise copy of that userdata is as good as the original. */
    bool (*may_hold)(const void *context, const struct neap_image_userdata *userdata);
    const void *context;
};

/* --- any thread, outside a slice ------------------------------------------------ */
/* How many bytes LuaJIT takes for a main thread and what it keeps with it. */
size_t neap_image_main_bytes(void);

/* --- the thread that holds the state -------------------------------------------- */
/* Gives an image of a state that was just collected and whose code does not run; the state
 * stays as it is. NULL, and one line that says why, if it can not be cloned: what it holds
 * ("a coroutine", "a table with a function as a key"), or how it is laid out. */
struct neap_image *neap_image_capture(const struct neap_image_source *source, char *why,
                                      size_t size);

/* --- any thread ---------------------------------------------------------- */
void neap_image_ref(struct neap_image *image);
void neap_image_unref(struct neap_image *image); /* NULL is allowed */

size_t neap_image_bytes(const struct neap_image *image); /* of the copy */

/* True if both make the same clones. */
bool neap_image_equal(const struct neap_image *a, const struct neap_image *b);

/* Gives a heap with a copy of the state, of at most `limit` bytes, as neap_heap_new; NULL if
 * the image alone is more than that, or the slots are exhausted. `random` is a number that
 * nobody can guess, for what the state draws itself; math.random's generator is seeded apart. */
struct neap_heap *neap_image_clone(const struct neap_image *image,
                                   struct neap_slots *slots, size_t limit, uint64_t random);

/* Puts the bytes of the image into a clone again, as they were when it was made. */
void neap_image_restore(const struct neap_image *image, struct neap_heap *clone);

/* Where a point is in that clone. */
static inline void *neap_image_at(struct neap_heap *clone, size_t at) {
    return (char *)(void *)clone + at;
}

/* Fills a random generator of LuaJIT's, NEAP_IMAGE_RANDOM bytes, from such a number. */
void neap_image_seed(void *generator, uint64_t random);

#endif
