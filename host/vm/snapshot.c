#include "vm/snapshot.h"

#include "base/error.h"
#include "vm/decoder.h"
#include "vm/encoder.h"

#include <lauxlib.h>
#include <stdio.h>

/* --- encoding -------------------------------------------------------------- */

static int append_code(lua_State *L, const void *code, size_t size, void *data) {
    struct neap_encoder *e = data;
    (void)L;
    neap_bytes_append(&e->s->bytes, code, size);
    return 0;
}

static int put_code(struct neap_encoder *e, int index) {
    struct neap_bytes *b = &e->s->bytes;
    neap_bytes_put(b, NEAP_WIRE_FUNCTION);
    size_t at = b->len;
    neap_encoder_u32(e, 0);
    lua_pushvalue(e->L, index);
    int err = lua_dump(e->L, append_code, e);
    lua_pop(e->L, 1);
    if (err != 0)
        return neap_scratch_fail(e->s, NEAP_EINVALID, "is a function without bytecode");
    uint32_t size = (uint32_t)(b->len - at - sizeof size);
    memcpy(b->data + at, &size, sizeof size);
    return b->len <= e->s->max ? 0 : neap_encoder_too_large(e, b->len);
}

/* An upvalue shared with a function encoded before: which, and its number there. */
static bool put_join(struct neap_encoder *e, int index, int number, size_t function) {
    const void *id = lua_upvalueid(e->L, index, number);
    const uint64_t *former = neap_scratch_seen(e->s, id,
                                               (uint64_t)function << 8 | (unsigned)number);
    if (former == NULL)
        return false;
    uint64_t place = *former;
    neap_bytes_put(&e->s->bytes, NEAP_WIRE_JOIN);
    neap_encoder_u32(e, (uint32_t)(place >> 8));
    neap_bytes_put(&e->s->bytes, (uint8_t)place);
    return true;
}

static void place_of(struct neap_encoder *e, int index, char *text, size_t room) {
    lua_Debug info;
    lua_pushvalue(e->L, index);
    lua_getinfo(e->L, ">S", &info);
    snprintf(text, room, " (%s:%d)", info.short_src, info.linedefined);
}

/* The upvalue on the stack's top. */
static int put_upvalue(struct neap_encoder *e, int index, const char *name, int depth) {
    int top = lua_gettop(e->L);
    int err = neap_encoder_value(e, top, depth);
    if (err == 0)
        return 0;
    lua_settop(e->L, top);
    if (e->s->wants_name) {
        neap_scratch_path_name(e->s, name);
    } else if (!e->s->path_done) {
        char place[LUA_IDSIZE + 20];
        place_of(e, index, place, sizeof place);
        neap_scratch_path_upvalue(e->s, name, place);
    }
    return err;
}

static int put_upvalues(struct neap_encoder *e, int index, size_t function, int depth) {
    size_t at = e->s->bytes.len;
    neap_bytes_put(&e->s->bytes, 0);
    const char *name;
    for (int i = 1; (name = lua_getupvalue(e->L, index, i)) != NULL; i++) {
        e->s->bytes.data[at] = (uint8_t)i; /* LuaJIT has at most 60 */
        int err = 0;
        if (!put_join(e, index, i, function))
            err = put_upvalue(e, index, name, depth);
        if (err != 0)
            return err;
        lua_pop(e->L, 1);
    }
    return 0;
}

/* What coroutine.wrap gives is a function of the prelude, of whose upvalues nobody knows. */
static bool is_wrapped(struct neap_encoder *e, int index) {
    lua_Debug info;
    lua_pushvalue(e->L, index);
    lua_getinfo(e->L, ">S", &info);
    return strcmp(info.source, "@neap/prelude/coroutines.lua") == 0;
}

static int put_function(struct neap_encoder *e, int index, int depth) {
    size_t function = e->s->bytes.len;
    if (is_wrapped(e, index))
        return neap_scratch_fail(e->s, NEAP_EINVALID,
                                 "is a coroutine, made by coroutine.wrap");
    if (depth >= NEAP_CODEC_DEPTH || !lua_checkstack(e->L, 8))
        return neap_scratch_fail(e->s, NEAP_EINVALID, "is nested deeper than %d",
                                 NEAP_CODEC_DEPTH);
    if (neap_encoder_met(e, lua_topointer(e->L, index)))
        return 0;
    e->s->bytes.data[0] |= NEAP_WIRE_HAS_BACK; /* a JOIN may come */
    int err = put_code(e, index);
    return err == 0 ? put_upvalues(e, index, function, depth + 1) : err;
}

int neap_snapshot_encode(struct neap_scratch *s, lua_State *L, const struct neap_handles *h,
                         int index, int names, const char *root, size_t max_bytes) {
    int top = lua_gettop(L);
    index = index < 0 ? top + 1 + index : index;
    names = names < 0 ? top + 1 + names : names;
    struct neap_encoder e = {
        .s = s, .L = L, .h = h, .names = names, .function = put_function
    };
    neap_scratch_begin(s, max_bytes);
    neap_bytes_put(&s->bytes, 0); /* the flags */
    int err = neap_encoder_value(&e, index, 0);
    if (err == 0 && s->bytes.len > s->max)
        err = neap_encoder_too_large(&e, s->bytes.len);
    if (err == 0)
        return 0;
    lua_settop(L, top);
    neap_scratch_finish(s, root);
    return err;
}

/* --- decoding -------------------------------------------------------------- */

static void join(struct neap_decoder *d, int function, int number) {
    neap_decoder_take(d, 1);
    uint32_t offset = neap_decoder_u32(d);
    int other = *neap_decoder_take(d, 1);
    lua_rawgeti(d->L, d->met, (int)offset);
    lua_upvaluejoin(d->L, function, number, -1, other);
    lua_pop(d->L, 1);
}

/* It is remembered before its upvalues are read: one of them may be itself. */
static void push_function(struct neap_decoder *d, uint32_t offset) {
    lua_State *L = d->L;
    luaL_checkstack(L, 8, "a snapshot");
    uint32_t size = neap_decoder_u32(d);
    const char *code = (const char *)neap_decoder_take(d, size);
    if (luaL_loadbuffer(L, code, size, "=snapshot") != 0)
        lua_error(L);
    int function = lua_gettop(L);
    neap_decoder_remember(d, offset);
    int count = *neap_decoder_take(d, 1);
    for (int i = 1; i <= count; i++) {
        if (*d->at == NEAP_WIRE_JOIN) {
            join(d, function, i);
        } else {
            neap_decoder_value(d);
            lua_setupvalue(L, function, i);
        }
    }
}

int neap_snapshot_decode(lua_State *L, struct neap_handles *h, const uint8_t *bytes,
                         size_t size, struct neap_blob *const *blobs, uint32_t blob_count,
                         int resolver) {
    resolver = resolver < 0 ? lua_gettop(L) + 1 + resolver : resolver;
    struct neap_decoder d = { .L = L,
                              .h = h,
                              .bytes = bytes,
                              .at = bytes,
                              .end = bytes + size,
                              .blobs = blobs,
                              .blob_count = blob_count,
                              .resolver = resolver,
                              .function = push_function };
    neap_decoder_begin(&d);
    neap_decoder_value(&d);
    neap_decoder_end(&d, 1);
    return 1;
}
