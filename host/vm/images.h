/* images.h - the images of a node: which there are, how they come about, who starts from which.
 * Owns:      the images, until the runtime ends or their modules change.
 * Threads:   any; one mutex.
 * Bounds:    one per module that a process was started with, and could load: a name alone, of
 *            which a script can make any number, is not kept; the size of each (vm/image.h).
 * Invariant: an image is the same as loading the modules anew would be. So it is built twice,
 *            by two processes with other addresses and random numbers; if that makes a
 *            difference (once may be chance: whoever loads a module first compiles it), or
 *            the top level of a module asks the host for something, there is no image of it,
 *            and each process loads it for itself.
 *
 *   SEEN --second start--> UNDER_WAY --twice the same--> READY
 *                              |                          | its modules change
 *                              '--else--> REFUSED --------'--> SEEN
 *
 * The base image, of a state without any module, is taken from the first process. */
#ifndef NEAP_VM_IMAGES_H
#define NEAP_VM_IMAGES_H

#include "base/assert.h"
#include "core/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_images;
struct neap_build; /* of one image */
struct neap_runtime;
struct neap_vm;

struct neap_images_stats { /* a plain value */
    uint64_t clones;       /* processes that began as a clone */
    uint64_t opened;       /* and those that opened a state of their own */
    uint64_t ready;        /* images there are now */
    uint64_t refused;      /* modules that can have none */
    bool off;              /* the library that was linked can not be cloned at all */
};

/* --- the thread that makes or frees the runtime ---------------------------------- */
struct neap_images *neap_images_new(struct neap_runtime *runtime);
void neap_images_free(struct neap_images *images); /* NULL is allowed */

/* --- the carrier, between slices ------------------------------------------------- */
/* Gives `vm` a heap: a clone of the best image there is. False: it has to open a state. Asks
 * for an image of its modules if that is worth while. */
bool neap_images_start(struct neap_images *images, struct neap_vm *vm);

/* A process that builds has ended, with `reason`; its heap may stay with the build. */
void neap_images_ended(struct neap_images *images, struct neap_vm *vm,
                       struct neap_reason reason);

/* --- the carrier, in a slice --------------------------------------------------- */
/* The state of the first process is open: takes the base image. May leave the VM. */
void neap_images_offer(struct neap_images *images, struct neap_vm *vm);

/* A process that builds has loaded all. May leave the VM. */
void neap_images_built(struct neap_images *images, struct neap_vm *vm);

/* It was started with a module, and that is loaded: so there is such a module. */
void neap_images_note_loaded(struct neap_images *images, struct neap_vm *vm);

/* It holds what `capability` (core/grant.h) gives, as an address made out of a name, or what is
 * in the environment: its image is for those only who have that. */
void neap_images_note_need(struct neap_vm *vm, unsigned capability);

/* It does what can not be in an image. Leaves the VM. */
NEAP_NORETURN void neap_images_refuse(struct neap_vm *vm, const char *why);

/* --- any thread ---------------------------------------------------------- */
/* The module to load for a build. Lent until the process that builds has ended. */
const char *neap_build_module(const struct neap_build *build);
uint64_t neap_build_random(const struct neap_build *build); /* one for both processes */
bool neap_build_is_http(const struct neap_build *build);    /* for handlers of requests */

struct neap_images_stats neap_images_stats(struct neap_images *images);
size_t neap_images_main_bytes(const struct neap_images *images);

#endif
