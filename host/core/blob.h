/* blob.h - immutable bytes with a reference count: neap.buffer, exit reasons, code.
 * Owns:      its bytes.
 * Threads:   any.
 * Bounds:    whoever holds a reference counts `size` against its own bound.
 * Invariant: the bytes do not change after _new returned to anybody but its caller. */
#ifndef NEAP_CORE_BLOB_H
#define NEAP_CORE_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct neap_blob;

/* --- any thread ---------------------------------------------------------- */
struct neap_blob *neap_blob_new(const void *bytes, size_t size); /* copies; one reference */
struct neap_blob *neap_blob_ref(struct neap_blob *blob);         /* gives `blob` */
void neap_blob_unref(struct neap_blob *blob);                    /* NULL is allowed */
const uint8_t *neap_blob_data(const struct neap_blob *blob);
size_t neap_blob_size(const struct neap_blob *blob);

#endif
