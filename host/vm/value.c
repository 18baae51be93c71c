#include "vm/value.h"

static bool tags_hold(lua_State *L, int top) {
    static const struct {
        int type;
        enum neap_value_tag tag;
    } PAIRS[] = {
        { LUA_TNUMBER, NEAP_VALUE_NUMBER },       { LUA_TNUMBER, NEAP_VALUE_NUMBER },
        { LUA_TNUMBER, NEAP_VALUE_NUMBER },       { LUA_TSTRING, NEAP_VALUE_STRING },
        { LUA_TBOOLEAN, NEAP_VALUE_TRUE },        { LUA_TBOOLEAN, NEAP_VALUE_FALSE },
        { LUA_TLIGHTUSERDATA, NEAP_VALUE_LIGHT }, { LUA_TTABLE, NEAP_VALUE_TABLE },
        { LUA_TUSERDATA, NEAP_VALUE_USERDATA },   { LUA_TTHREAD, NEAP_VALUE_THREAD },
        { LUA_TFUNCTION, NEAP_VALUE_FUNCTION },   { LUA_TNIL, NEAP_VALUE_NIL },
    };
    int count = (int)(sizeof PAIRS / sizeof *PAIRS);
    for (int i = 0; i < count; i++) {
        struct neap_value v = neap_value_at(L, top + 1 + i);
        bool same = lua_type(L, top + 1 + i) == PAIRS[i].type &&
                    neap_value_tag(v) == PAIRS[i].tag &&
                    neap_value_at(L, i - count).bits == v.bits;
        if (!same)
            return false;
    }
    return neap_value_is_nil(neap_value_at(L, top + count + 1));
}

static int push_nothing(lua_State *L) {
    (void)L;
    return 0;
}

static void push_one_of_each(lua_State *L) {
    lua_pushnumber(L, -1.5);
    lua_pushinteger(L, 7);
    lua_pushnumber(L, -(0.0 / 0.0));
    lua_pushlstring(L, "te\0xt", 5);
    lua_pushboolean(L, 1);
    lua_pushboolean(L, 0);
    lua_pushlightuserdata(L, NULL);
    lua_newtable(L);
    lua_newuserdata(L, 16);
    lua_newthread(L);
    lua_pushcfunction(L, push_nothing);
    lua_pushnil(L);
}

static bool fields_hold(lua_State *L, int top) {
    size_t size;
    const char *text = neap_value_string(neap_value_at(L, top + 4), &size);
    struct neap_value userdata = neap_value_at(L, top + 9);
    bool bare = neap_value_metatable(userdata) == NULL;
    lua_pushvalue(L, top + 8);
    lua_setmetatable(L, top + 9);
    return bare && size == 5 && text == lua_tostring(L, top + 4) &&
           neap_value_number(neap_value_at(L, top + 1)) == -1.5 &&
           neap_value_number(neap_value_at(L, top + 2)) == 7 &&
           neap_value_object(neap_value_at(L, top + 8)) == lua_topointer(L, top + 8) &&
           neap_value_metatable(userdata) == lua_topointer(L, top + 8) &&
           neap_value_block(userdata) == lua_touserdata(L, top + 9);
}

/* What the table holds, as the API finds it at the same keys. */
static bool array_holds(lua_State *L, int index, const void *table) {
    uint32_t count;
    const struct neap_value *array = neap_table_array(table, &count);
    for (uint32_t i = 1; i < count; i++) {
        lua_rawgeti(L, index, (int)i);
        bool same = neap_value_at(L, -1).bits == array[i].bits;
        lua_pop(L, 1);
        if (!same)
            return false;
    }
    return count > 3;
}

static bool nodes_hold(lua_State *L, int index, const void *table) {
    uint32_t count, found = 0;
    const struct neap_node_of_table *nodes = neap_table_nodes(table, &count);
    for (uint32_t i = 0; i < count && count <= 64; i++) {
        if (neap_value_tag(nodes[i].key) != NEAP_VALUE_STRING)
            continue;
        size_t size;
        const char *key = neap_value_string(nodes[i].key, &size);
        lua_pushlstring(L, key, size);
        lua_rawget(L, index);
        found += neap_value_at(L, -1).bits == nodes[i].value.bits;
        lua_pop(L, 1);
    }
    return found == 3;
}

static bool tables_hold(lua_State *L) {
    static const char *const KEYS[] = { "one", "two", "three" };
    lua_createtable(L, 5, 4);
    int index = lua_gettop(L);
    for (int i = 1; i <= 5; i++) {
        lua_pushinteger(L, i * 11);
        lua_rawseti(L, index, i);
    }
    for (int i = 0; i < 3; i++) {
        lua_pushstring(L, KEYS[i]);
        lua_pushboolean(L, i);
        lua_rawset(L, index);
    }
    const void *table = neap_value_object(neap_value_at(L, index));
    bool bare = !neap_table_has_metatable(table);
    bool hold = bare && array_holds(L, index, table) && nodes_hold(L, index, table);
    lua_newtable(L);
    lua_setmetatable(L, index);
    return hold && neap_table_has_metatable(table);
}

bool neap_value_layouts_hold(lua_State *L) {
    int top = lua_gettop(L);
    if (!lua_checkstack(L, 40))
        return false;
    push_one_of_each(L);
    bool hold = neap_value_fits(L, 8) && !neap_value_fits(L, 1 << 20) &&
                tags_hold(L, top) && fields_hold(L, top) && tables_hold(L);
    lua_settop(L, top);
    return hold;
}
