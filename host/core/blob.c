#include "core/blob.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <stdatomic.h>
#include <string.h>

struct neap_blob {
    /* Written by _ref and _unref on any thread, read by _unref. The increment may be
     * relaxed (the caller holds a reference already); the decrement is acq_rel, so that the
     * thread that frees sees every other holder finished. */
    _Atomic(uint64_t) refs;
    size_t size;
    uint8_t data[];
};

struct neap_blob *neap_blob_new(const void *bytes, size_t size) {
    struct neap_blob *blob = neap_alloc(sizeof *blob + size);
    atomic_init(&blob->refs, 1);
    blob->size = size;
    if (size != 0)
        memcpy(blob->data, bytes, size);
    return blob;
}

struct neap_blob *neap_blob_ref(struct neap_blob *blob) {
    atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void neap_blob_unref(struct neap_blob *blob) {
    if (blob == NULL)
        return;
    uint64_t before = atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel);
    NEAP_ASSERT(before > 0);
    if (before == 1)
        neap_free(blob);
}

const uint8_t *neap_blob_data(const struct neap_blob *blob) {
    return blob->data;
}

size_t neap_blob_size(const struct neap_blob *blob) {
    return blob->size;
}
