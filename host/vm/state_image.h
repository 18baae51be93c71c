/* state_image.h - an image of a process that has not begun: its state, and what C knows of it.
 * Owns:      the image.
 * Threads:   capturing: the carrier of the state, in a slice; cloning: a carrier; the rest any.
 * Bounds:    those of vm/image.h.
 * Invariant: what it clones is a process between two slices, the next of which is its first. */
#ifndef NEAP_VM_STATE_IMAGE_H
#define NEAP_VM_STATE_IMAGE_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_image;
struct neap_vm;
struct neap_state_image;

/* --- the carrier, in a slice --------------------------------------------------- */
/* Gives an image of the process, whose code does not run: what it has loaded stays, and it
 * begins anew. NULL, and why, as neap_image_capture; `exact` as there. May leave the VM. */
struct neap_state_image *neap_state_image_capture(struct neap_vm *vm, bool exact,
                                                  char *why, size_t size);

/* --- the carrier, between slices ------------------------------------------------- */
/* Makes `vm`, which has no heap yet, a clone. False: its memory limit is too low for that, or
 * no address space is left. */
bool neap_state_image_clone(const struct neap_state_image *image, struct neap_vm *vm);

/* --- any thread ---------------------------------------------------------- */
struct neap_state_image *neap_state_image_ref(struct neap_state_image *image);
void neap_state_image_unref(struct neap_state_image *image); /* NULL is allowed */

const struct neap_image *neap_state_image_of(const struct neap_state_image *image);

/* Two images of the same modules, from processes with random numbers and addresses of their
 * own: true if both make the same clones. */
bool neap_state_image_settle(struct neap_state_image *image,
                             const struct neap_state_image *other);

#endif
