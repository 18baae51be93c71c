#include "vm/scratch.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_SEEN = 64, FIRST_BLOBS = 8, PATH_LEVELS = 8 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

void neap_scratch_init(struct neap_scratch *s) {
    *s = (struct neap_scratch){ 0 };
    neap_bytes_init(&s->bytes);
}

void neap_scratch_fini(struct neap_scratch *s) {
    neap_bytes_fini(&s->bytes);
    neap_free(s->blobs);
    neap_free(s->seen);
    while (s->spare_count > 0)
        neap_message_free(s->spares[--s->spare_count]);
    neap_scratch_init(s);
}

static void forget_seen(struct neap_scratch *s) {
    size_t bytes = s->seen == NULL ? 0 : (s->seen_mask + 1) * sizeof *s->seen;
    s->seen_count = 0;
    s->round++;
    if (bytes > NEAP_SCRATCH_KEEP) {
        neap_free(s->seen);
        s->seen = NULL;
    } else if (s->round == 0 && bytes != 0) { /* cells of 2^32 rounds ago look current */
        memset(s->seen, 0, bytes);
    }
    if (s->round == 0)
        s->round = 1;
}

void neap_scratch_begin(struct neap_scratch *s, size_t max_bytes) {
    if (s->bytes.cap > NEAP_SCRATCH_KEEP)
        neap_bytes_fini(&s->bytes);
    s->bytes.len = 0;
    s->blob_count = 0;
    forget_seen(s);
    s->used = s->heap = 0;
    s->max = least(max_bytes, UINT32_MAX / 2); /* offsets are 32 bits wide */
    s->error[0] = s->owner[0] = '\0';
    s->path_at = NEAP_SCRATCH_ERROR;
    s->path_keep = PATH_LEVELS;
    s->path_cut = s->path_done = s->wants_name = false;
}

static bool is_small(const struct neap_message *m) {
    return m->size <= NEAP_MESSAGE_ROOM && m->blob_count == 0 && m->name == NULL &&
           m->reason.word != NEAP_REASON_VALUE;
}

void neap_scratch_recycle(struct neap_scratch *s, struct neap_message *m) {
    if (m != NULL && s->spare_count < NEAP_SCRATCH_SPARES && is_small(m))
        s->spares[s->spare_count++] = m;
    else
        neap_message_free(m);
}

static struct neap_message *renewed(struct neap_scratch *s, enum neap_message_kind kind) {
    struct neap_message *m = s->spares[--s->spare_count];
    neap_message_renew(m, kind, s->bytes.data, s->bytes.len);
    return m;
}

void neap_scratch_set(struct neap_scratch *s, const void *bytes, size_t size) {
    if (s->bytes.cap > NEAP_SCRATCH_KEEP)
        neap_bytes_fini(&s->bytes);
    s->bytes.len = 0;
    s->blob_count = 0;
    s->heap = 0;
    neap_bytes_append(&s->bytes, bytes, size);
}

struct neap_message *neap_scratch_message(struct neap_scratch *s,
                                          enum neap_message_kind kind) {
    bool small = s->bytes.len <= NEAP_MESSAGE_ROOM && s->blob_count == 0;
    struct neap_message *m = small && s->spare_count > 0
                                 ? renewed(s, kind)
                                 : neap_message_new(kind, s->bytes.data, s->bytes.len,
                                                    s->blobs, s->blob_count);
    if (s->heap > s->bytes.len)
        m->cost += s->heap - s->bytes.len;
    return m;
}

size_t neap_scratch_blob_bytes(const struct neap_scratch *s) {
    size_t bytes = 0;
    for (uint32_t i = 0; i < s->blob_count; i++)
        bytes += neap_blob_size(s->blobs[i]);
    return bytes;
}

struct neap_blob *neap_scratch_blob(const struct neap_scratch *s) {
    NEAP_ASSERT(s->blob_count == 0);
    return neap_blob_new(s->bytes.data, s->bytes.len);
}

uint32_t neap_scratch_add_blob(struct neap_scratch *s, struct neap_blob *blob) {
    if (s->blob_count == s->blob_cap) {
        s->blob_cap = s->blob_cap == 0 ? FIRST_BLOBS : s->blob_cap * 2;
        s->blobs = neap_realloc(s->blobs, s->blob_cap * sizeof(struct neap_blob *));
    }
    s->blobs[s->blob_count] = blob;
    return s->blob_count++;
}

static uint32_t home(const struct neap_scratch *s, const void *key) {
    return (uint32_t)(((uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u) >> 32) &
           s->seen_mask;
}

static struct neap_seen_cell *find(struct neap_scratch *s, const void *key) {
    uint32_t at = home(s, key);
    while (s->seen[at].round == s->round && s->seen[at].key != key)
        at = (at + 1) & s->seen_mask;
    return &s->seen[at];
}

static void grow_seen(struct neap_scratch *s) {
    struct neap_seen_cell *old = s->seen;
    uint32_t cells = old == NULL ? 0 : s->seen_mask + 1;
    uint32_t more = cells == 0 ? FIRST_SEEN : cells * 2;
    s->seen = neap_calloc(more, sizeof *s->seen);
    s->seen_mask = more - 1;
    for (uint32_t i = 0; i < cells; i++)
        if (old[i].round == s->round)
            *find(s, old[i].key) = old[i];
    neap_free(old);
}

const uint64_t *neap_scratch_seen(struct neap_scratch *s, const void *key, uint64_t value) {
    if (s->seen == NULL || (s->seen_count + 1) * 4 > (s->seen_mask + 1) * 3)
        grow_seen(s);
    struct neap_seen_cell *cell = find(s, key);
    if (cell->round == s->round)
        return &cell->value;
    *cell = (struct neap_seen_cell){ key, value, s->round };
    s->seen_count++;
    return NULL;
}

int neap_scratch_fail(struct neap_scratch *s, int err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    vsnprintf(s->problem, sizeof s->problem, fmt, args);
    va_end(args);
    return err;
}

/* What does not fit is left out from the inside. */
void neap_scratch_path(struct neap_scratch *s, const char *text, size_t size) {
    if (size > s->path_at) {
        s->path_at = NEAP_SCRATCH_ERROR;
        s->path_cut = true;
    }
    size = least(size, s->path_at);
    s->path_at -= (uint32_t)size;
    memcpy(s->error + s->path_at, text, size);
}

void neap_scratch_path_upvalue(struct neap_scratch *s, const char *name, const char *place) {
    char text[60];
    int n = snprintf(text, sizeof text, "upvalue \"%.40s\"", name);
    neap_scratch_path(s, text, (size_t)n);
    snprintf(s->place, sizeof s->place, "%s", place);
    s->wants_name = s->path_done = true;
}

void neap_scratch_path_name(struct neap_scratch *s, const char *name) {
    snprintf(s->owner, sizeof s->owner, " of %.40s%s", name, s->place);
    s->wants_name = false;
}

void neap_scratch_finish(struct neap_scratch *s, const char *root) {
    if (s->wants_name)
        neap_scratch_path_name(s, root);
    char text[NEAP_SCRATCH_ERROR];
    int path = (int)(NEAP_SCRATCH_ERROR - s->path_at);
    snprintf(text, sizeof text, "%.60s%.*s%s%s %s", s->path_done ? "" : root, path,
             s->error + s->path_at, s->path_cut ? "..." : "", s->owner, s->problem);
    memcpy(s->error, text, sizeof text);
}
