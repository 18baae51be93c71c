/* capture.h - makes an image of a state: finds all it consists of, and moves it together.
 * Owns:      nothing; the image is the caller's.
 * Threads:   whoever holds the state.
 * Bounds:    NEAP_IMAGE_MAX.
 * Invariant: what it does not know by type makes it refuse. */
#ifndef NEAP_VM_CAPTURE_H
#define NEAP_VM_CAPTURE_H

#include <stddef.h>

struct neap_image;
struct neap_image_source;

/* --- the thread that holds the state -------------------------------------------- */
/* As neap_image_capture. */
struct neap_image *neap_capture(const struct neap_image_source *source, char *why,
                                size_t size);

#endif
