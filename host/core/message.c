#include "core/message.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <string.h>

/* The blobs' array needs the alignment of a pointer behind a payload of any length. */
static size_t aligned(size_t size) {
    return (size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
}

static void hold_blobs(struct neap_message *m, struct neap_blob *const *blobs, size_t at) {
    m->blobs = (struct neap_blob **)(void *)(m->payload + at);
    for (uint32_t i = 0; i < m->blob_count; i++) {
        m->blobs[i] = neap_blob_ref(blobs[i]);
        m->cost += neap_blob_size(blobs[i]);
    }
}

static void fill(struct neap_message *m, enum neap_message_kind kind, const void *payload,
                 size_t size) {
    neap_list_init(&m->link);
    m->kind = kind;
    m->blob_count = 0;
    m->ref = 0;
    m->from = (struct neap_pid){ 0 };
    m->reason = neap_reason_of(NEAP_REASON_NORMAL);
    m->name = NULL;
    m->cost = sizeof *m + size;
    m->size = size;
    m->blobs = NULL;
    if (size != 0)
        memcpy(m->payload, payload, size);
}

struct neap_message *neap_message_new(enum neap_message_kind kind, const void *payload,
                                      size_t size, struct neap_blob *const *blobs,
                                      uint32_t blob_count) {
    size_t at = blob_count == 0 ? size : aligned(size);
    size_t room = at + blob_count * sizeof *blobs;
    struct neap_message *m = neap_alloc(
        sizeof *m + (room < NEAP_MESSAGE_ROOM ? NEAP_MESSAGE_ROOM : room));
    fill(m, kind, payload, size);
    m->cost = sizeof *m + at;
    m->blob_count = blob_count;
    if (blob_count != 0)
        hold_blobs(m, blobs, at);
    return m;
}

/* What it refers to, but not its own memory. */
static void release(struct neap_message *m) {
    for (uint32_t i = 0; i < m->blob_count; i++)
        neap_blob_unref(m->blobs[i]);
    neap_reason_unref(m->reason);
    neap_free(m->name);
}

void neap_message_renew(struct neap_message *m, enum neap_message_kind kind,
                        const void *payload, size_t size) {
    NEAP_DEBUG_ASSERT(size <= NEAP_MESSAGE_ROOM);
    release(m);
    fill(m, kind, payload, size);
}

struct neap_message *neap_message_signal(enum neap_message_kind kind,
                                         struct neap_pid from, struct neap_reason reason) {
    struct neap_message *m = neap_message_new(kind, NULL, 0, NULL, 0);
    m->from = from;
    m->reason = neap_reason_ref(reason);
    return m;
}

void neap_message_free(struct neap_message *m) {
    if (m == NULL)
        return;
    release(m);
    neap_free(m);
}
