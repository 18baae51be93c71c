#include "vm/codec.h"

#include "base/error.h"
#include "vm/decoder.h"
#include "vm/encoder.h"
#include "vm/plain_encoder.h"
#include "vm/value.h"

#include <lauxlib.h>
#include <stdio.h>

enum { PACK_MAX = 4000 }; /* Lua can unpack about 8000 */

static int absolute(lua_State *L, int index) {
    return index < 0 ? lua_gettop(L) + 1 + index : index;
}

static void begin(struct neap_scratch *s, size_t max_bytes) {
    neap_scratch_begin(s, max_bytes);
    neap_bytes_put(&s->bytes, 0); /* the flags */
}

/* What the walk itself did not look at: scalars outside of any table. */
static int check_size(struct neap_encoder *e) {
    size_t size = e->s->bytes.len;
    return size <= e->s->max ? 0 : neap_encoder_too_large(e, size);
}

/* The bytes of a value that no walk is needed for, behind the flags; 0: it is none. */
static size_t put_scalar(struct neap_value v, uint8_t room[NEAP_WIRE_FROM_SIZE]) {
    room[0] = 0;
    switch (neap_value_tag(v)) {
    case NEAP_VALUE_NUMBER:
        return (size_t)(neap_wire_put_number(room + 1, neap_value_number(v)) - room);
    case NEAP_VALUE_TRUE: room[1] = NEAP_WIRE_TRUE; return 2;
    case NEAP_VALUE_FALSE: room[1] = NEAP_WIRE_FALSE; return 2;
    default: return 0;
    }
}

int neap_encode_value(struct neap_scratch *s, lua_State *L, const struct neap_handles *h,
                      int index, const char *root, size_t max_bytes) {
    uint8_t room[NEAP_WIRE_FROM_SIZE];
    size_t size = put_scalar(neap_value_at(L, index), room);
    if (size != 0 && size <= max_bytes) {
        neap_scratch_set(s, room, size);
        return 0;
    }
    begin(s, max_bytes);
    if (neap_plain_encode(s, neap_value_at(L, index)) && s->bytes.len <= s->max)
        return 0;
    struct neap_encoder e = { .s = s, .L = L, .h = h };
    int top = lua_gettop(L);
    begin(s, max_bytes);
    int err = neap_encoder_value(&e, absolute(L, index), 0);
    if (err == 0)
        err = check_size(&e);
    if (err == 0)
        return 0;
    lua_settop(L, top);
    neap_scratch_finish(s, root);
    return err;
}

static void finish_numbered(struct neap_scratch *s, const char *root, int number) {
    char text[80];
    const char *mark = strchr(root, '#');
    if (mark == NULL)
        snprintf(text, sizeof text, "%.60s", root);
    else
        snprintf(text, sizeof text, "%.*s%d%.20s", (int)(mark - root), root, number,
                 mark + 1);
    neap_scratch_finish(s, text);
}

static int begin_pack(struct neap_scratch *s, int count, size_t max_bytes) {
    uint16_t n = (uint16_t)count;
    begin(s, max_bytes);
    if (count < 0 || count > PACK_MAX) {
        neap_scratch_fail(s, NEAP_EINVALID, "are more than %d", PACK_MAX);
        neap_scratch_finish(s, "the values");
        return NEAP_EINVALID;
    }
    neap_bytes_append(&s->bytes, &n, sizeof n);
    return 0;
}

/* One value of a pack. */
static int put_numbered(struct neap_encoder *e, int index, int top, const char *root,
                        int number) {
    int err = neap_encoder_value(e, index, 0);
    if (err == 0)
        err = check_size(e);
    if (err != 0) {
        lua_settop(e->L, top);
        finish_numbered(e->s, root, number);
    }
    return err;
}

/* False: one of them is not plain, or they are too much. */
static bool put_plain_pack(struct neap_scratch *s, lua_State *L, int first, int count) {
    bool plain = true;
    for (int i = 0; plain && i < count; i++) {
        struct neap_value v = neap_value_at(L, first + i);
        if (neap_value_is_nil(v))
            neap_bytes_put(&s->bytes, NEAP_WIRE_NIL);
        else
            plain = neap_plain_encode(s, v);
    }
    return plain && s->bytes.len <= s->max;
}

int neap_encode_pack(struct neap_scratch *s, lua_State *L, const struct neap_handles *h,
                     int first, int count, const char *root, int base, size_t max_bytes) {
    struct neap_encoder e = { .s = s, .L = L, .h = h };
    int top = lua_gettop(L);
    first = absolute(L, first);
    int err = begin_pack(s, count, max_bytes);
    if (err == 0 && put_plain_pack(s, L, first, count))
        return 0;
    err = begin_pack(s, count, max_bytes);
    for (int i = 0; err == 0 && i < count; i++)
        err = put_numbered(&e, first + i, top, root, base + i);
    return err;
}

int neap_encode_list(struct neap_scratch *s, lua_State *L, const struct neap_handles *h,
                     int index, int count, const char *root, size_t max_bytes) {
    struct neap_encoder e = { .s = s, .L = L, .h = h };
    int top = lua_gettop(L);
    index = absolute(L, index);
    int err = begin_pack(s, count, max_bytes);
    for (int i = 1; err == 0 && i <= count; i++) {
        lua_rawgeti(L, index, i);
        err = put_numbered(&e, top + 1, top, root, i);
        lua_settop(L, top);
    }
    return err;
}

void neap_encode_error(struct neap_scratch *s, const char *const *pairs) {
    struct neap_encoder e = { .s = s, .lossy = true };
    uint16_t count = 1;
    uint32_t n = 0;
    begin(s, UINT32_MAX);
    neap_bytes_append(&s->bytes, &count, sizeof count);
    neap_bytes_put(&s->bytes, NEAP_WIRE_TABLE | NEAP_WIRE_TABLE_ERROR);
    while (pairs[2 * n] != NULL)
        n++;
    neap_encoder_u32(&e, 0);
    neap_encoder_u32(&e, n);
    for (uint32_t i = 0; i < 2 * n; i++)
        neap_encoder_string(&e, pairs[i], strlen(pairs[i]));
}

/* A number is pushed without further ado. */
static bool push_number(lua_State *L, const uint8_t *bytes) {
    double n;
    if (!neap_wire_number(bytes + 1, &n))
        return false;
    lua_pushnumber(L, n);
    return true;
}

int neap_decode_value(lua_State *L, struct neap_handles *h, const uint8_t *bytes,
                      size_t size, struct neap_blob *const *blobs, uint32_t blob_count) {
    if (push_number(L, bytes))
        return 1;
    struct neap_decoder d = { .L = L,
                              .h = h,
                              .bytes = bytes,
                              .at = bytes,
                              .end = bytes + size,
                              .blobs = blobs,
                              .blob_count = blob_count };
    neap_decoder_begin(&d);
    neap_decoder_value(&d);
    neap_decoder_end(&d, 1);
    return 1;
}

int neap_decode_count(const uint8_t *bytes, size_t size) {
    uint16_t count;
    NEAP_DEBUG_ASSERT(size >= 1 + sizeof count);
    memcpy(&count, bytes + 1, sizeof count);
    return count;
}

int neap_decode_pack(lua_State *L, struct neap_handles *h, const uint8_t *bytes,
                     size_t size, struct neap_blob *const *blobs, uint32_t blob_count) {
    struct neap_decoder d = { .L = L,
                              .h = h,
                              .bytes = bytes,
                              .at = bytes,
                              .end = bytes + size,
                              .blobs = blobs,
                              .blob_count = blob_count };
    int count = neap_decode_count(bytes, size);
    luaL_checkstack(L, count + 10, "a message");
    neap_decoder_begin(&d);
    neap_decoder_take(&d, sizeof(uint16_t));
    for (int i = 0; i < count; i++)
        neap_decoder_value(&d);
    neap_decoder_end(&d, count);
    return count;
}
