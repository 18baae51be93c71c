#include "vm/encoder.h"

#include "base/error.h"

#include <stdio.h>

enum {
    KEY_TEXT = 40,     /* of a key in an error's path */
    FIXED_ROOM = 40,   /* more than any value needs beside the bytes of a string */
    LOSSY_SLACK = 512, /* in a reason: kept free for what closes it, and for texts */
    DEPTH_SHOWN = 3,   /* levels of the path when it is the depth that is wrong */
};

static bool fits(const struct neap_encoder *e, size_t more) {
    size_t slack = e->lossy ? LOSSY_SLACK : 0;
    return e->s->bytes.len + more + slack <= e->s->max;
}

int neap_encoder_too_large(struct neap_encoder *e, size_t used) {
    e->s->used = used;
    return neap_scratch_fail(e->s, NEAP_ELIMIT, "is larger than %zu bytes", e->s->max);
}

void neap_encoder_u32(struct neap_encoder *e, uint32_t n) {
    neap_bytes_append(&e->s->bytes, &n, sizeof n);
}

static void set_u32(struct neap_encoder *e, size_t at, uint32_t n) {
    memcpy(e->s->bytes.data + at, &n, sizeof n);
}

/* --- scalars --------------------------------------------------------------- */

static void put_string(struct neap_encoder *e, const char *text, size_t size) {
    struct neap_bytes *b = &e->s->bytes;
    uint8_t *to = neap_bytes_room(b, size + FIXED_ROOM);
    b->len += (size_t)(neap_wire_put_string(to, text, size) - to);
    e->s->heap += NEAP_HEAP_STRING + size;
}

int neap_encoder_string(struct neap_encoder *e, const char *text, size_t size) {
    if (!fits(e, size)) {
        if (!e->lossy)
            return neap_encoder_too_large(e, e->s->bytes.len + size);
        size_t used = e->s->bytes.len + LOSSY_SLACK;
        size = used < e->s->max ? e->s->max - used : 0;
    }
    put_string(e, text, size);
    return 0;
}

static int put_string_at(struct neap_encoder *e, int index) {
    size_t size;
    const char *text = lua_tolstring(e->L, index, &size);
    return neap_encoder_string(e, text, size);
}

static void put_number_at(struct neap_encoder *e, int index) {
    struct neap_bytes *b = &e->s->bytes;
    uint8_t *to = neap_bytes_room(b, FIXED_ROOM);
    b->len += (size_t)(neap_wire_put_number(to, lua_tonumber(e->L, index)) - to);
}

static void put_name(struct neap_encoder *e, enum neap_wire_tag tag, const char *text,
                     size_t size) {
    neap_bytes_put(&e->s->bytes, (uint8_t)tag);
    neap_encoder_u32(e, (uint32_t)size);
    neap_bytes_append(&e->s->bytes, text, size);
}

/* --- what can not be sent -------------------------------------------------- */

static void text_of_function(struct neap_encoder *e, int index) {
    lua_Debug info;
    lua_pushvalue(e->L, index);
    lua_getinfo(e->L, ">S", &info);
    char text[LUA_IDSIZE + 40];
    int n = info.linedefined < 0 ? snprintf(text, sizeof text, "function: builtin")
                                 : snprintf(text, sizeof text, "function: %s:%d",
                                            info.short_src, info.linedefined);
    put_string(e, text, (size_t)n);
}

static const char *lossy_text(int type) {
    switch (type) {
    case LUA_TTABLE: return "table with a metatable";
    case LUA_TTHREAD: return "coroutine";
    case LUA_TUSERDATA:
    case LUA_TLIGHTUSERDATA: return "userdata";
    default: return "cdata";
    }
}

static const char *problem(const struct neap_encoder *e, int index) {
    switch (lua_type(e->L, index)) {
    case LUA_TFUNCTION:
        return e->function == NULL
                   ? "is a function"
                   : "is a C function that has no name in the standard library";
    case LUA_TTABLE: return "has a metatable";
    case LUA_TTHREAD: return "is a coroutine";
    case LUA_TUSERDATA:
    case LUA_TLIGHTUSERDATA: return "is userdata";
    default: return "is cdata";
    }
}

static int refuse(struct neap_encoder *e, int index) {
    if (!e->lossy)
        return neap_scratch_fail(e->s, NEAP_EINVALID, "%s", problem(e, index));
    int type = lua_type(e->L, index);
    if (type == LUA_TFUNCTION)
        text_of_function(e, index);
    else
        put_string(e, lossy_text(type), strlen(lossy_text(type)));
    return 0;
}

static int too_deep(struct neap_encoder *e) {
    if (e->lossy) {
        put_string(e, "...", 3);
        return 0;
    }
    e->s->path_keep = DEPTH_SHOWN;
    return neap_scratch_fail(e->s, NEAP_EINVALID, "is nested deeper than %d",
                             NEAP_CODEC_DEPTH);
}

/* --- handles --------------------------------------------------------------- */

static void put_buffer(struct neap_encoder *e, int index) {
    struct neap_blob *blob = neap_handle_to_buffer(e->L, e->h, index);
    if (e->lossy || blob == NULL) { /* a reason must not keep somebody's buffer alive */
        char text[NEAP_HANDLE_TEXT];
        neap_handle_text(e->L, e->h, index, text);
        put_string(e, text, strlen(text));
        return;
    }
    neap_bytes_put(&e->s->bytes, NEAP_WIRE_BUFFER);
    neap_encoder_u32(e, neap_scratch_add_blob(e->s, blob));
}

static void put_address(struct neap_encoder *e, int index) {
    size_t size;
    const char *name = neap_handle_to_address(e->L, e->h, index, &size);
    put_name(e, NEAP_WIRE_ADDRESS, name, size);
}

static int put_handle(struct neap_encoder *e, int index) {
    struct neap_bytes *b = &e->s->bytes;
    uint8_t *to = neap_bytes_room(b, FIXED_ROOM);
    uint8_t *end;
    const void *box = lua_touserdata(e->L, index);
    switch (neap_handle_kind(e->L, e->h, index)) {
    case NEAP_HANDLE_PID:
        end = neap_wire_put_pid(to, *(const struct neap_pid *)box);
        break;
    case NEAP_HANDLE_REF:
        end = neap_wire_put_id(to, NEAP_WIRE_REF, *(const uint64_t *)box);
        break;
    case NEAP_HANDLE_TIMER:
        end = neap_wire_put_id(to, NEAP_WIRE_TIMER, *(const uint64_t *)box);
        break;
    case NEAP_HANDLE_FROM: {
        const struct neap_from *from = box;
        end = neap_wire_put_from(to, from->pid, from->ref);
        break;
    }
    case NEAP_HANDLE_ADDRESS: put_address(e, index); return 0;
    case NEAP_HANDLE_BUFFER: put_buffer(e, index); return 0;
    default: return refuse(e, index);
    }
    b->len += (size_t)(end - to);
    return 0;
}

/* --- tables ---------------------------------------------------------------- */

bool neap_encoder_met(struct neap_encoder *e, const void *key) {
    struct neap_bytes *b = &e->s->bytes;
    const uint64_t *former = neap_scratch_seen(e->s, key, b->len);
    if (former == NULL)
        return false;
    uint32_t at = (uint32_t)*former;
    if (neap_wire_is_table(b->data + at))
        b->data[at] |= NEAP_WIRE_TABLE_SHARED;
    b->data[0] |= NEAP_WIRE_HAS_BACK;
    neap_bytes_put(b, NEAP_WIRE_BACK);
    neap_encoder_u32(e, at);
    return true;
}

static bool is_word(const char *text, size_t size) {
    bool word = size != 0 && size <= KEY_TEXT && !(text[0] >= '0' && text[0] <= '9');
    for (size_t i = 0; word && i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        word = c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    }
    return word;
}

/* A string key in quotes, cut, and without bytes that could disturb a log line. */
static int quoted_key(char *to, size_t room, const char *text, size_t size) {
    char plain[KEY_TEXT + 1];
    size_t n = size < KEY_TEXT ? size : KEY_TEXT;
    for (size_t i = 0; i < n; i++)
        plain[i] = (unsigned char)text[i] < ' ' || text[i] == 127 ? '?' : text[i];
    plain[n] = '\0';
    return snprintf(to, room, "[\"%s%s\"]", plain, n < size ? "..." : "");
}

static int key_text(struct neap_encoder *e, int key, char *to, size_t room) {
    char handle[NEAP_HANDLE_TEXT];
    size_t size;
    const char *text;
    switch (lua_type(e->L, key)) {
    case LUA_TSTRING:
        text = lua_tolstring(e->L, key, &size);
        return is_word(text, size) ? snprintf(to, room, ".%s", text)
                                   : quoted_key(to, room, text, size);
    case LUA_TNUMBER: return snprintf(to, room, "[%.14g]", lua_tonumber(e->L, key));
    case LUA_TBOOLEAN:
        return snprintf(to, room, lua_toboolean(e->L, key) ? "[true]" : "[false]");
    default:
        if (neap_handle_text(e->L, e->h, key, handle))
            return snprintf(to, room, "[%.60s]", handle);
        return snprintf(to, room, "[%s]", lua_typename(e->L, lua_type(e->L, key)));
    }
}

void neap_encoder_path(struct neap_encoder *e, int key, int depth) {
    struct neap_scratch *s = e->s;
    char text[2 * KEY_TEXT + 40];
    if (s->wants_name) {
        neap_scratch_path_name(s, lua_type(e->L, key) == LUA_TSTRING
                                      ? lua_tolstring(e->L, key, NULL)
                                      : "function");
    } else if (!s->path_done && depth > s->path_keep) {
        s->path_cut = true;
    } else if (!s->path_done) {
        int n = key_text(e, key, text, sizeof text);
        neap_scratch_path(s, text, (size_t)n);
    }
}

/* A value or a key failed: restores the stack of this level and names the place. */
static int failed_in(struct neap_encoder *e, int err, int key, int depth, bool in_key) {
    lua_settop(e->L, key);
    if (in_key && e->s->path_at == NEAP_SCRATCH_ERROR && !e->s->path_done) {
        char what[NEAP_SCRATCH_PROBLEM];
        memcpy(what, e->s->problem, sizeof what);
        return neap_scratch_fail(e->s, err, "has a key that %.120s", what);
    }
    neap_encoder_path(e, key, depth);
    return err;
}

struct run {        /* how far the walk over a table came */
    uint32_t items; /* 1, 2, 3 .. in this order, before any other key */
    uint32_t pairs;
};

static bool goes_on(struct neap_encoder *e, const struct run *r, int key) {
    return r->pairs == 0 && lua_type(e->L, key) == LUA_TNUMBER &&
           lua_tonumber(e->L, key) == (lua_Number)r->items + 1;
}

/* In lossy mode, what is too much is left out of the table, pair by pair. */
static bool has_room(const struct neap_encoder *e, int key) {
    size_t size = lua_type(e->L, key) == LUA_TSTRING ? lua_objlen(e->L, key) : 0;
    return fits(e, size + 2 * (size_t)FIXED_ROOM);
}

/* The pair at `key` and key + 1. */
static int put_pair(struct neap_encoder *e, struct run *r, int key, int depth) {
    if (e->lossy && !has_room(e, key))
        return 0;
    int err = 0;
    if (goes_on(e, r, key)) {
        r->items++;
    } else {
        r->pairs++;
        err = neap_encoder_value(e, key, depth);
        if (err != 0)
            return failed_in(e, err, key, depth, true);
    }
    err = neap_encoder_value(e, key + 1, depth);
    if (err == 0 && !fits(e, 0) && !e->lossy)
        err = neap_encoder_too_large(e, e->s->bytes.len);
    return err == 0 ? 0 : failed_in(e, err, key, depth, false);
}

/* The head is patched when the counts are known: the table is walked once. */
static int put_pairs(struct neap_encoder *e, int index, uint8_t tag, int depth) {
    lua_State *L = e->L;
    size_t at = e->s->bytes.len;
    neap_bytes_room(&e->s->bytes, NEAP_WIRE_TABLE_HEAD)[0] = tag;
    e->s->bytes.len += NEAP_WIRE_TABLE_HEAD;
    struct run r = { 0, 0 };
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        int err = put_pair(e, &r, key, depth);
        if (err != 0)
            return err;
        lua_settop(L, key);
    }
    set_u32(e, at + 1, r.items);
    set_u32(e, at + 5, r.pairs);
    e->s->heap += NEAP_HEAP_TABLE + (size_t)NEAP_HEAP_ITEM * r.items +
                  (size_t)NEAP_HEAP_PAIR * r.pairs;
    return 0;
}

/* The metatable on the stack's top, behind the pairs: they may refer to it. */
static int put_metatable(struct neap_encoder *e, int index, int depth) {
    if (lua_getmetatable(e->L, index) == 0)
        return 0;
    int err = neap_encoder_value(e, lua_gettop(e->L), depth);
    if (err == 0)
        lua_pop(e->L, 1);
    else if (!e->s->path_done)
        neap_scratch_path(e->s, " (metatable)", 12);
    return err;
}

/* The TABLE bits that the metatable asks for, or -1 when it may not be sent. */
static int metatable_bits(const struct neap_encoder *e, int index) {
    if (lua_getmetatable(e->L, index) == 0)
        return 0;
    bool is_error = e->h->error_metatable == lua_topointer(e->L, -1);
    lua_pop(e->L, 1);
    if (is_error)
        return NEAP_WIRE_TABLE_ERROR;
    return e->function != NULL ? NEAP_WIRE_TABLE_META : -1;
}

static int put_table(struct neap_encoder *e, int index, int depth) {
    int bits = metatable_bits(e, index);
    if (bits < 0)
        return refuse(e, index);
    if (depth >= NEAP_CODEC_DEPTH || !lua_checkstack(e->L, 8))
        return too_deep(e);
    if (neap_encoder_met(e, lua_topointer(e->L, index)))
        return 0;
    int err = put_pairs(e, index, (uint8_t)(NEAP_WIRE_TABLE | bits), depth + 1);
    if (err == 0 && (bits & NEAP_WIRE_TABLE_META) != 0)
        err = put_metatable(e, index, depth + 1);
    return err;
}

/* Snapshots: what the new state finds by name is not copied. */
static bool put_by_name(struct neap_encoder *e, int index) {
    if (e->names == 0)
        return false;
    lua_pushvalue(e->L, index);
    lua_rawget(e->L, e->names);
    bool found = lua_type(e->L, -1) == LUA_TSTRING;
    if (found) {
        size_t size;
        const char *name = lua_tolstring(e->L, -1, &size);
        put_name(e, NEAP_WIRE_NAME, name, size);
    }
    lua_pop(e->L, 1);
    return found;
}

static int put_function(struct neap_encoder *e, int index, int depth) {
    if (put_by_name(e, index))
        return 0;
    bool copied = e->function != NULL && !lua_iscfunction(e->L, index);
    return copied ? e->function(e, index, depth) : refuse(e, index);
}

int neap_encoder_value(struct neap_encoder *e, int index, int depth) {
    struct neap_bytes *b = &e->s->bytes;
    switch (lua_type(e->L, index)) {
    case LUA_TNUMBER: put_number_at(e, index); return 0;
    case LUA_TSTRING: return put_string_at(e, index);
    case LUA_TTABLE: return put_by_name(e, index) ? 0 : put_table(e, index, depth);
    case LUA_TNIL: neap_bytes_put(b, NEAP_WIRE_NIL); return 0;
    case LUA_TBOOLEAN:
        neap_bytes_put(b, lua_toboolean(e->L, index) ? NEAP_WIRE_TRUE : NEAP_WIRE_FALSE);
        return 0;
    case LUA_TUSERDATA: return put_handle(e, index);
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(e->L, index) != NULL)
            return refuse(e, index);
        neap_bytes_put(b, NEAP_WIRE_NULL);
        return 0;
    case LUA_TFUNCTION: return put_function(e, index, depth);
    default: return refuse(e, index);
    }
}
