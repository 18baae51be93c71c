/* value.h - Lua values where they lie: read without a call into the VM.
 * Owns:      nothing; what is read is lent while the value is on the stack.
 * Threads:   the carrier of the state.
 * Bounds:    none.
 * Invariant: the layouts are those of LuaJIT 2.1 with 64-bit references (GC64). The host
 *            links one library, and the self-test compares what is read here with what the
 *            API says (neap_value_layouts_hold), so a library with others is refused.
 *
 * A binding that asks the API for its arguments spends two thirds of its instructions on
 * finding them: lua_type, lua_touserdata and lua_getmetatable each decode the index anew. A
 * hop of a message from process to process took 2040 instructions with them. */
#ifndef NEAP_VM_VALUE_H
#define NEAP_VM_VALUE_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct neap_value { /* LuaJIT's TValue: a double, or 17 bits of tag and 47 of pointer */
    uint64_t bits;
};

/* The tags: the upper bits as a negative number. Everything else is a double. */
enum neap_value_tag {
    NEAP_VALUE_NUMBER = -14,
    NEAP_VALUE_USERDATA = -13,
    NEAP_VALUE_TABLE = -12,
    NEAP_VALUE_FUNCTION = -9,
    NEAP_VALUE_THREAD = -7,
    NEAP_VALUE_STRING = -5,
    NEAP_VALUE_LIGHT = -4,
    NEAP_VALUE_TRUE = -3,
    NEAP_VALUE_FALSE = -2,
    NEAP_VALUE_NIL = -1,
};

/* Where the fields lie that are read here. */
enum {
    NEAP_STATE_BASE = 32, /* lua_State: the first value of the running function */
    NEAP_STATE_TOP = 40,
    NEAP_STATE_MAX = 48,
    NEAP_STRING_SIZE = 20, /* GCstr */
    NEAP_STRING_TEXT = 24,
    NEAP_USERDATA_META = 32, /* GCudata */
    NEAP_USERDATA_BLOCK = 48,
    NEAP_TABLE_ARRAY = 16, /* GCtab: values 0 .. size - 1 */
    NEAP_TABLE_META = 32,
    NEAP_TABLE_NODES = 40,
    NEAP_TABLE_SIZE = 48, /* of the array */
    NEAP_TABLE_MASK = 52, /* of the nodes: their number less 1 */
};

struct neap_node_of_table { /* LuaJIT's Node */
    struct neap_value value;
    struct neap_value key;
    uint64_t next;
};

/* --- the carrier of the state --------------------------------------------- */
static inline uint64_t neap_layout_u64(const void *object, size_t at) {
    uint64_t word;
    memcpy(&word, (const char *)object + at, sizeof word);
    return word;
}

static inline const struct neap_value *neap_value_base(const lua_State *L) {
    return (const struct neap_value *)(uintptr_t)neap_layout_u64(L, NEAP_STATE_BASE);
}

static inline const struct neap_value *neap_value_top(const lua_State *L) {
    return (const struct neap_value *)(uintptr_t)neap_layout_u64(L, NEAP_STATE_TOP);
}

/* The value at an index that is no pseudo-index; a nil when there is none. */
static inline struct neap_value neap_value_at(const lua_State *L, int index) {
    const struct neap_value *base = neap_value_base(L), *top = neap_value_top(L);
    if (index < 0)
        return top[index];
    const struct neap_value *v = base + index - 1;
    return v < top ? *v : (struct neap_value){ UINT64_MAX };
}

/* True if `count` more values fit on the stack as it is. */
static inline bool neap_value_fits(const lua_State *L, size_t count) {
    return neap_layout_u64(L, NEAP_STATE_MAX) - neap_layout_u64(L, NEAP_STATE_TOP) >
           count * sizeof(struct neap_value);
}

static inline enum neap_value_tag neap_value_tag(struct neap_value v) {
    int64_t tag = (int64_t)v.bits >> 47;
    return tag < NEAP_VALUE_USERDATA || tag >= 0 ? NEAP_VALUE_NUMBER
                                                 : (enum neap_value_tag)tag;
}

static inline bool neap_value_is_nil(struct neap_value v) {
    return neap_value_tag(v) == NEAP_VALUE_NIL;
}

static inline double neap_value_number(struct neap_value v) {
    double n;
    memcpy(&n, &v.bits, sizeof n);
    return n;
}

/* The object behind a reference. */
static inline const void *neap_value_object(struct neap_value v) {
    return (const void *)(uintptr_t)(v.bits & (((uint64_t)1 << 47) - 1));
}

static inline const char *neap_value_string(struct neap_value v, size_t *size) {
    const char *object = neap_value_object(v);
    uint32_t length;
    memcpy(&length, object + NEAP_STRING_SIZE, sizeof length);
    *size = length;
    return object + NEAP_STRING_TEXT;
}

/* The metatable of a userdata, as lua_topointer would give it; NULL: none. */
static inline const void *neap_value_metatable(struct neap_value v) {
    return (const void *)(uintptr_t)neap_layout_u64(neap_value_object(v),
                                                    NEAP_USERDATA_META);
}

/* --- a table, while nothing writes to it --- */
static inline uint32_t neap_layout_u32(const void *object, size_t at) {
    uint32_t word;
    memcpy(&word, (const char *)object + at, sizeof word);
    return word;
}

static inline bool neap_table_has_metatable(const void *table) {
    return neap_layout_u64(table, NEAP_TABLE_META) != 0;
}

/* The values at 0 .. count - 1. */
static inline const struct neap_value *neap_table_array(const void *table, uint32_t *count) {
    *count = neap_layout_u32(table, NEAP_TABLE_SIZE);
    return (const struct neap_value *)(uintptr_t)neap_layout_u64(table, NEAP_TABLE_ARRAY);
}

/* All nodes, those without a value included. */
static inline const struct neap_node_of_table *neap_table_nodes(const void *table,
                                                                uint32_t *count) {
    *count = neap_layout_u32(table, NEAP_TABLE_MASK) + 1;
    return (const struct neap_node_of_table *)(uintptr_t)neap_layout_u64(table,
                                                                         NEAP_TABLE_NODES);
}

/* What lua_touserdata gives for a full userdata. */
static inline const void *neap_value_block(struct neap_value v) {
    return (const char *)neap_value_object(v) + NEAP_USERDATA_BLOCK;
}

/* True if all of the above agrees with the API in this state. Pushes and pops. */
bool neap_value_layouts_hold(lua_State *L);

#endif
