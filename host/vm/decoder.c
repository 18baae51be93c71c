#include "vm/decoder.h"

#include <lauxlib.h>

const uint8_t *neap_decoder_take(struct neap_decoder *d, size_t size) {
    const uint8_t *at = d->at;
    NEAP_DEBUG_ASSERT((size_t)(d->end - at) >= size);
    d->at = at + size;
    return at;
}

uint32_t neap_decoder_u32(struct neap_decoder *d) {
    return neap_wire_u32(neap_decoder_take(d, sizeof(uint32_t)));
}

static uint64_t take_u64(struct neap_decoder *d) {
    return neap_wire_u64(neap_decoder_take(d, sizeof(uint64_t)));
}

static struct neap_pid take_pid(struct neap_decoder *d) {
    return neap_wire_pid(neap_decoder_take(d, NEAP_WIRE_PID_SIZE - 1));
}

void neap_decoder_begin(struct neap_decoder *d) {
    luaL_checkstack(d->L, 10, "a message");
    uint8_t flags = *neap_decoder_take(d, 1);
    d->met = 0;
    if ((flags & NEAP_WIRE_HAS_BACK) == 0)
        return;
    lua_newtable(d->L);
    d->met = lua_gettop(d->L);
}

void neap_decoder_end(struct neap_decoder *d, int results) {
    NEAP_DEBUG_ASSERT(d->at == d->end);
    if (d->met != 0)
        lua_remove(d->L, -results - 1);
}

void neap_decoder_remember(struct neap_decoder *d, uint32_t offset) {
    NEAP_DEBUG_ASSERT(d->met != 0);
    lua_pushvalue(d->L, -1);
    lua_rawseti(d->L, d->met, (int)offset);
}

static void push_string(struct neap_decoder *d, size_t size) {
    lua_pushlstring(d->L, (const char *)neap_decoder_take(d, size), size);
}

static void push_number(struct neap_decoder *d) {
    lua_Number n;
    memcpy(&n, neap_decoder_take(d, sizeof n), sizeof n);
    lua_pushnumber(d->L, n);
}

static void push_address(struct neap_decoder *d) {
    uint32_t size = neap_decoder_u32(d);
    const uint8_t *name = neap_decoder_take(d, size);
    neap_handle_push_address(d->L, d->h, (const char *)name, size);
}

static void push_from(struct neap_decoder *d) {
    struct neap_from from = { .pid = take_pid(d) };
    from.ref = take_u64(d);
    neap_handle_push_from(d->L, d->h, from);
}

static void push_buffer(struct neap_decoder *d) {
    uint32_t index = neap_decoder_u32(d);
    NEAP_DEBUG_ASSERT(index < d->blob_count);
    neap_handle_push_buffer(d->L, d->h, d->blobs[index]);
}

static void push_by_name(struct neap_decoder *d) {
    NEAP_ASSERT(d->resolver != 0);
    uint32_t size = neap_decoder_u32(d);
    lua_pushvalue(d->L, d->resolver);
    push_string(d, size);
    lua_call(d->L, 1, 1);
}

static void push_table(struct neap_decoder *d, unsigned bits, uint32_t offset) {
    lua_State *L = d->L;
    uint32_t items = neap_decoder_u32(d);
    uint32_t pairs = neap_decoder_u32(d);
    luaL_checkstack(L, 8, "a message");
    lua_createtable(L, (int)items, (int)pairs);
    int table = lua_gettop(L);
    if ((bits & NEAP_WIRE_TABLE_SHARED) != 0)
        neap_decoder_remember(d, offset);
    for (uint32_t i = 1; i <= items; i++) {
        neap_decoder_value(d);
        lua_rawseti(L, table, (int)i);
    }
    for (uint32_t i = 0; i < pairs; i++) {
        neap_decoder_value(d);
        neap_decoder_value(d);
        lua_rawset(L, table);
    }
    if ((bits & NEAP_WIRE_TABLE_ERROR) != 0)
        neap_handles_mark_error(L, d->h);
    if ((bits & NEAP_WIRE_TABLE_META) != 0) {
        neap_decoder_value(d);
        lua_setmetatable(L, table);
    }
}

/* The format again, one line per tag. */
void neap_decoder_value(struct neap_decoder *d) {
    lua_State *L = d->L;
    uint32_t offset = (uint32_t)(d->at - d->bytes);
    unsigned tag = *neap_decoder_take(d, 1);
    if (tag >= NEAP_WIRE_SMALL) {
        lua_pushinteger(L, (lua_Integer)(tag - NEAP_WIRE_SMALL));
        return;
    }
    if (tag >= NEAP_WIRE_SHORT) {
        push_string(d, tag - NEAP_WIRE_SHORT);
        return;
    }
    switch (tag) {
    case NEAP_WIRE_NIL: lua_pushnil(L); break;
    case NEAP_WIRE_FALSE: lua_pushboolean(L, 0); break;
    case NEAP_WIRE_TRUE: lua_pushboolean(L, 1); break;
    case NEAP_WIRE_NULL: lua_pushlightuserdata(L, NULL); break;
    case NEAP_WIRE_INT: lua_pushinteger(L, (int32_t)neap_decoder_u32(d)); break;
    case NEAP_WIRE_NUMBER: push_number(d); break;
    case NEAP_WIRE_STRING: push_string(d, neap_decoder_u32(d)); break;
    case NEAP_WIRE_NAME: push_by_name(d); break;
    case NEAP_WIRE_ADDRESS: push_address(d); break;
    case NEAP_WIRE_PID: neap_handle_push_pid(L, d->h, take_pid(d)); break;
    case NEAP_WIRE_REF: neap_handle_push_ref(L, d->h, take_u64(d)); break;
    case NEAP_WIRE_TIMER: neap_handle_push_timer(L, d->h, take_u64(d)); break;
    case NEAP_WIRE_FROM: push_from(d); break;
    case NEAP_WIRE_BUFFER: push_buffer(d); break;
    case NEAP_WIRE_BACK: lua_rawgeti(L, d->met, (int)neap_decoder_u32(d)); break;
    case NEAP_WIRE_FUNCTION:
        NEAP_ASSERT(d->function != NULL);
        d->function(d, offset);
        break;
    default:
        NEAP_ASSERT((tag & ~(unsigned)NEAP_WIRE_TABLE_BITS) == NEAP_WIRE_TABLE);
        push_table(d, tag & NEAP_WIRE_TABLE_BITS, offset);
    }
}
