#include "vm/delivery.h"

#include "vm/codec.h"
#include "vm/exit_reason.h"
#include "vm/heap.h"

#include <lauxlib.h>

enum { LARGE = 64 * 1024 };

/* A large message takes its place in few steps, and the collector's cycle that runs by then
 * may be one that began before the garbage was made. So what is garbage goes first. */
static void make_room(lua_State *L, const struct neap_handles *h,
                      const struct neap_message *m) {
    if (m->cost > LARGE && h->heap != NULL && neap_heap_is_short(h->heap, m->cost))
        lua_gc(L, LUA_GCCOLLECT, 0);
}

int neap_push_arguments(lua_State *L, struct neap_handles *h, const struct neap_message *m) {
    make_room(L, h, m);
    return neap_decode_pack(L, h, m->payload, m->size, m->blobs, m->blob_count);
}

static void push_table(lua_State *L, const char *tag, int size) {
    luaL_checkstack(L, 10, "a message");
    lua_createtable(L, size, 0);
    lua_pushstring(L, tag);
    lua_rawseti(L, -2, 1);
}

static void push_exit(lua_State *L, struct neap_handles *h, const struct neap_message *m) {
    push_table(L, "EXIT", 3);
    neap_handle_push_pid(L, h, m->from);
    lua_rawseti(L, -2, 2);
    neap_push_reason(L, h, m->reason);
    lua_rawseti(L, -2, 3);
}

static void push_down(lua_State *L, struct neap_handles *h, const struct neap_message *m) {
    push_table(L, "DOWN", 4);
    neap_handle_push_ref(L, h, m->ref);
    lua_rawseti(L, -2, 2);
    if (m->name != NULL)
        lua_pushstring(L, m->name);
    else
        neap_handle_push_pid(L, h, m->from);
    lua_rawseti(L, -2, 3);
    neap_push_reason(L, h, m->reason);
    lua_rawseti(L, -2, 4);
}

/* Appends the message's arguments to the table on the stack's top, which holds `used`. */
static void add_arguments(lua_State *L, struct neap_handles *h,
                          const struct neap_message *m, int used) {
    int table = lua_gettop(L);
    int count = neap_push_arguments(L, h, m);
    for (int i = count; i > 0; i--)
        lua_rawseti(L, table, used + i);
}

static void push_call(lua_State *L, struct neap_handles *h, const struct neap_message *m) {
    push_table(L, "CALL", 2 + neap_decode_count(m->payload, m->size));
    neap_handle_push_from(L, h, (struct neap_from){ m->from, m->ref });
    lua_rawseti(L, -2, 2);
    add_arguments(L, h, m, 2);
}

static void push_cast(lua_State *L, struct neap_handles *h, const struct neap_message *m) {
    push_table(L, "CAST", 1 + neap_decode_count(m->payload, m->size));
    add_arguments(L, h, m, 1);
}

int neap_push_message(lua_State *L, struct neap_handles *h, const struct neap_message *m) {
    switch (m->kind) {
    case NEAP_MESSAGE_EXIT: push_exit(L, h, m); break;
    case NEAP_MESSAGE_DOWN: push_down(L, h, m); break;
    case NEAP_MESSAGE_CALL: push_call(L, h, m); break;
    case NEAP_MESSAGE_CAST: push_cast(L, h, m); break;
    default:
        make_room(L, h, m);
        neap_decode_value(L, h, m->payload, m->size, m->blobs, m->blob_count);
        break;
    }
    return 1;
}
