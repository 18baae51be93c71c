#include "vm/handle.h"

#include "base/assert.h"
#include "vm/cell.h"
#include "vm/heap.h"
#include "vm/value.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* What lies in a userdata. Its kind is told by the metatable. */
struct address_box {
    uint32_t size;
    char name[]; /* with a NUL */
};

struct buffer_box {
    struct neap_blob *blob; /* its reference is the one in handles.blobs */
    uint64_t serial;        /* 0: holds nothing */
};

/* Keys of intern tables that are exact as a double. */
static const uint64_t EXACT = (uint64_t)1 << 53;
enum { GENERATION_BITS = 21 };

/* --- kinds ---------------------------------------------------------------- */

enum neap_handle_kind neap_handle_kind(lua_State *L, const struct neap_handles *h, int idx) {
    struct neap_value v = neap_value_at(L, idx);
    if (neap_value_tag(v) != NEAP_VALUE_USERDATA)
        return NEAP_HANDLE_NONE;
    const void *metatable = neap_value_metatable(v);
    for (int kind = NEAP_HANDLE_PID; kind < NEAP_HANDLE_KINDS; kind++)
        if (h->metatable[kind] == metatable)
            return (enum neap_handle_kind)kind;
    return NEAP_HANDLE_NONE;
}

/* The block of the handle at `idx`, or NULL when it is of another kind. */
static const void *box_of(lua_State *L, const struct neap_handles *h, int idx,
                          enum neap_handle_kind kind) {
    struct neap_value v = neap_value_at(L, idx);
    bool is = neap_value_tag(v) == NEAP_VALUE_USERDATA &&
              neap_value_metatable(v) == h->metatable[kind];
    return is ? neap_value_block(v) : NULL;
}

static bool copy_box(lua_State *L, const struct neap_handles *h, int idx,
                     enum neap_handle_kind kind, void *to, size_t size) {
    const void *box = box_of(L, h, idx, kind);
    if (box != NULL)
        memcpy(to, box, size);
    return box != NULL;
}

bool neap_handle_to_pid(lua_State *L, const struct neap_handles *h, int idx,
                        struct neap_pid *pid) {
    return copy_box(L, h, idx, NEAP_HANDLE_PID, pid, sizeof *pid);
}

bool neap_handle_to_ref(lua_State *L, const struct neap_handles *h, int idx, uint64_t *ref) {
    return copy_box(L, h, idx, NEAP_HANDLE_REF, ref, sizeof *ref);
}

bool neap_handle_to_from(lua_State *L, const struct neap_handles *h, int idx,
                         struct neap_from *from) {
    return copy_box(L, h, idx, NEAP_HANDLE_FROM, from, sizeof *from);
}

bool neap_handle_to_timer(lua_State *L, const struct neap_handles *h, int idx,
                          uint64_t *timer) {
    return copy_box(L, h, idx, NEAP_HANDLE_TIMER, timer, sizeof *timer);
}

const char *neap_handle_to_address(lua_State *L, const struct neap_handles *h, int idx,
                                   size_t *size) {
    const struct address_box *box = box_of(L, h, idx, NEAP_HANDLE_ADDRESS);
    if (box == NULL)
        return NULL;
    if (size != NULL)
        *size = box->size;
    return box->name;
}

struct neap_blob *neap_handle_to_buffer(lua_State *L, const struct neap_handles *h,
                                        int idx) {
    const struct buffer_box *box = box_of(L, h, idx, NEAP_HANDLE_BUFFER);
    return box == NULL ? NULL : box->blob;
}

/* --- making them ---------------------------------------------------------- */

/* Pushes a userdata of that kind with a copy of `bytes`. */
static void *push_box(lua_State *L, const struct neap_handles *h,
                      enum neap_handle_kind kind, const void *bytes, size_t size) {
    void *box = lua_newuserdata(L, size);
    memcpy(box, bytes, size);
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->metatable_ref[kind]);
    lua_setmetatable(L, -2);
    return box;
}

/* Replaces the key on the stack's top by the handle that is interned under it. */
static void intern(lua_State *L, const struct neap_handles *h, enum neap_handle_kind kind,
                   const void *bytes, size_t size) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->intern_ref[kind]);
    lua_pushvalue(L, -2);
    lua_rawget(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        push_box(L, h, kind, bytes, size);
        lua_pushvalue(L, -3);
        lua_pushvalue(L, -2);
        lua_rawset(L, -4);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* The key must be a function of what the handle means, or a handle could exist twice. */
static void push_id_key(lua_State *L, uint64_t id) {
    if (id < EXACT)
        lua_pushnumber(L, (lua_Number)id);
    else
        lua_pushlstring(L, (const char *)&id, sizeof id);
}

static void push_pid_key(lua_State *L, struct neap_handles *h, struct neap_pid pid) {
    if (h->tag == 0)
        h->tag = pid.tag;
    if (pid.tag == h->tag && pid.generation < (uint64_t)1 << GENERATION_BITS)
        lua_pushnumber(
            L, (lua_Number)((uint64_t)pid.slot << GENERATION_BITS | pid.generation));
    else
        lua_pushlstring(L, (const char *)&pid, sizeof pid);
}

void neap_handle_push_pid(lua_State *L, struct neap_handles *h, struct neap_pid pid) {
    if (neap_pid_is_none(pid)) {
        lua_pushnil(L);
        return;
    }
    push_pid_key(L, h, pid);
    intern(L, h, NEAP_HANDLE_PID, &pid, sizeof pid);
}

void neap_handle_push_ref(lua_State *L, struct neap_handles *h, uint64_t ref) {
    push_id_key(L, ref);
    intern(L, h, NEAP_HANDLE_REF, &ref, sizeof ref);
}

void neap_handle_push_timer(lua_State *L, struct neap_handles *h, uint64_t timer) {
    push_id_key(L, timer);
    intern(L, h, NEAP_HANDLE_TIMER, &timer, sizeof timer);
}

/* The whole value is the key, so nothing depends on refs being unique in the node. */
void neap_handle_push_from(lua_State *L, struct neap_handles *h, struct neap_from from) {
    lua_pushlstring(L, (const char *)&from, sizeof from);
    intern(L, h, NEAP_HANDLE_FROM, &from, sizeof from);
}

void neap_handle_push_address(lua_State *L, struct neap_handles *h, const char *name,
                              size_t size) {
    NEAP_ASSERT(size <= NEAP_NAME_MAX);
    union {
        struct address_box box;
        char room[sizeof(struct address_box) + NEAP_NAME_MAX + 1];
    } it;
    it.box.size = (uint32_t)size;
    memcpy(it.box.name, name, size);
    it.box.name[size] = '\0';
    lua_pushlstring(L, name, size);
    intern(L, h, NEAP_HANDLE_ADDRESS, &it, sizeof it.box + size + 1);
}

/* --- buffers --------------------------------------------------------------- */

static struct neap_cell *crit_enter(void) {
    struct neap_cell *cell = neap_cell_current();
    if (cell != NULL)
        neap_crit_enter(cell);
    return cell;
}

static void crit_leave(struct neap_cell *cell) {
    if (cell != NULL)
        neap_crit_leave(cell);
}

/* Takes the caller's reference to `blob`. In a critical section. */
static void hold(struct neap_handles *h, struct buffer_box *box, struct neap_blob *blob) {
    box->blob = blob;
    box->serial = ++h->last_serial;
    neap_map_put(&h->blobs, box->serial, blob);
    h->blob_bytes += neap_blob_size(blob);
    if (h->heap != NULL)
        neap_heap_charge(h->heap, neap_blob_size(blob));
}

static void drop(struct neap_handles *h, struct buffer_box *box) {
    struct neap_blob *blob = neap_map_remove(&h->blobs, box->serial);
    *box = (struct buffer_box){ 0 };
    if (blob == NULL)
        return;
    h->blob_bytes -= neap_blob_size(blob);
    if (h->heap != NULL)
        neap_heap_uncharge(h->heap, neap_blob_size(blob));
    neap_blob_unref(blob);
}

/* An empty one first: a process that is discarded while Lua allocates holds nothing. */
static struct buffer_box *push_buffer_box(lua_State *L, const struct neap_handles *h) {
    static const struct buffer_box EMPTY;
    return push_box(L, h, NEAP_HANDLE_BUFFER, &EMPTY, sizeof EMPTY);
}

void neap_handle_push_buffer(lua_State *L, struct neap_handles *h, struct neap_blob *blob) {
    struct buffer_box *box = push_buffer_box(L, h);
    struct neap_cell *cell = crit_enter();
    hold(h, box, neap_blob_ref(blob));
    crit_leave(cell);
}

void neap_handle_push_new_buffer(lua_State *L, struct neap_handles *h, const void *bytes,
                                 size_t size) {
    struct buffer_box *box = push_buffer_box(L, h);
    struct neap_cell *cell = crit_enter();
    hold(h, box, neap_blob_new(bytes, size));
    crit_leave(cell);
}

/* --- metatables ------------------------------------------------------------ */

/* The functions find the handles through a userdata that holds their address: in a clone, C
 * has to change it in one place only. */
static struct neap_handles *handles_of(lua_State *L) {
    struct neap_handles *const *box = lua_touserdata(L, lua_upvalueindex(1));
    return *box;
}

static int l_tostring(lua_State *L) {
    char text[NEAP_HANDLE_TEXT];
    if (!neap_handle_text(L, handles_of(L), 1, text))
        return luaL_error(L, "not a value of the host");
    lua_pushstring(L, text);
    return 1;
}

static int l_from_index(lua_State *L) {
    struct neap_from from;
    if (!neap_handle_to_from(L, handles_of(L), 1, &from))
        return luaL_error(L, "not a from");
    if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "pid") == 0)
        neap_handle_push_pid(L, handles_of(L), from.pid);
    else
        lua_pushnil(L);
    return 1;
}

/* The buffer in argument 1; raises when it is none (b.tostring(5)). */
static struct neap_blob *check_buffer(lua_State *L) {
    struct neap_blob *blob = neap_handle_to_buffer(L, handles_of(L), 1);
    if (blob == NULL)
        luaL_argerror(L, 1, "buffer expected");
    return blob;
}

static int l_buffer_len(lua_State *L) {
    lua_pushnumber(L, (lua_Number)neap_blob_size(check_buffer(L)));
    return 1;
}

static int l_buffer_tostring(lua_State *L) {
    const struct neap_blob *blob = check_buffer(L);
    lua_pushlstring(L, (const char *)neap_blob_data(blob), neap_blob_size(blob));
    return 1;
}

/* A position as string.sub counts: negative from the end. */
static double position(lua_State *L, int idx, double missing, double size) {
    double at = luaL_optnumber(L, idx, missing);
    return at < 0 ? at + size + 1 : at;
}

static int l_buffer_sub(lua_State *L) {
    const struct neap_blob *blob = check_buffer(L);
    double size = (double)neap_blob_size(blob);
    double first = position(L, 2, 1, size);
    double last = position(L, 3, -1, size);
    first = first >= 1 ? first : 1; /* NaN too */
    last = last <= size ? last : size;
    size_t start = first <= last ? (size_t)first - 1 : 0;
    size_t count = first <= last ? (size_t)last - start : 0;
    lua_pushlstring(L, (const char *)neap_blob_data(blob) + start, count);
    return 1;
}

/* Runs when the collector frees the buffer; at a discard neap_handles_close does it. */
static int l_buffer_gc(lua_State *L) {
    struct neap_handles *h = handles_of(L);
    struct buffer_box *box = (struct buffer_box *)(uintptr_t)box_of(L, h, 1,
                                                                    NEAP_HANDLE_BUFFER);
    if (box == NULL)
        return 0;
    struct neap_cell *cell = crit_enter();
    drop(h, box);
    crit_leave(cell);
    return 0;
}

/* Sets a field of the table on the stack's top to a function of the handles whose box lies at
 * `box`. */
static void set_function(lua_State *L, int box, const char *name, lua_CFunction function) {
    lua_pushvalue(L, box);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

static void fill_buffer_metatable(lua_State *L, int box) {
    set_function(L, box, "__gc", l_buffer_gc);
    set_function(L, box, "__len", l_buffer_len);
    lua_newtable(L);
    set_function(L, box, "tostring", l_buffer_tostring);
    set_function(L, box, "sub", l_buffer_sub);
    lua_setfield(L, -2, "__index");
}

/* __metatable keeps scripts from the metatable and so from __gc. */
static void open_metatable(lua_State *L, struct neap_handles *h, int box,
                           enum neap_handle_kind kind) {
    lua_newtable(L);
    h->metatable[kind] = lua_topointer(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    set_function(L, box, "__tostring", l_tostring);
    if (kind == NEAP_HANDLE_FROM)
        set_function(L, box, "__index", l_from_index);
    if (kind == NEAP_HANDLE_BUFFER)
        fill_buffer_metatable(L, box);
    h->metatable_ref[kind] = luaL_ref(L, LUA_REGISTRYINDEX);
}

void neap_handles_open(struct neap_handles *h, lua_State *L) {
    *h = (struct neap_handles){ .error_ref = LUA_NOREF };
    neap_map_init(&h->blobs);
    luaL_checkstack(L, 8, NULL);
    h->box = lua_newuserdata(L, sizeof *h->box);
    *h->box = h;
    int box = lua_gettop(L);
    lua_newtable(L); /* the metatable of the intern tables */
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    for (int kind = NEAP_HANDLE_PID; kind < NEAP_HANDLE_KINDS; kind++) {
        open_metatable(L, h, box, (enum neap_handle_kind)kind);
        lua_newtable(L);
        lua_pushvalue(L, -2);
        lua_setmetatable(L, -2);
        h->intern_ref[kind] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_pop(L, 2);
}

/* --- clones --- */

void neap_handles_points(const struct neap_handles *h, struct neap_image_point *points) {
    for (int kind = 0; kind < NEAP_HANDLE_KINDS; kind++)
        points[kind].in = h->metatable[kind];
    points[NEAP_HANDLE_KINDS].in = h->error_metatable;
    points[NEAP_HANDLE_KINDS + 1].in = h->box;
    points[NEAP_HANDLE_KINDS + 1].clear = sizeof *h->box;
}

static void *find_point(struct neap_heap *clone, const struct neap_image_point *point) {
    return point->at == 0 ? NULL : neap_image_at(clone, point->at);
}

void neap_handles_clone(struct neap_handles *h, const struct neap_handles *of,
                        struct neap_heap *clone, const struct neap_image_point *points) {
    *h = *of;
    for (int kind = 0; kind < NEAP_HANDLE_KINDS; kind++)
        h->metatable[kind] = find_point(clone, &points[kind]);
    h->error_metatable = find_point(clone, &points[NEAP_HANDLE_KINDS]);
    h->box = find_point(clone, &points[NEAP_HANDLE_KINDS + 1]);
    *h->box = h;
    h->heap = clone;
}

bool neap_handles_may_clone(const struct neap_handles *h,
                            const struct neap_image_userdata *userdata) {
    return userdata->block == h->box ||
           (userdata->metatable != NULL &&
            userdata->metatable == h->metatable[NEAP_HANDLE_ADDRESS]);
}

void neap_handles_close(struct neap_handles *h) {
    uint32_t at = 0;
    uint64_t serial;
    void *blob;
    while (neap_map_next(&h->blobs, &at, &serial, &blob))
        neap_blob_unref(blob);
    neap_map_fini(&h->blobs);
    h->blob_bytes = 0;
}

/* --- text and errors ------------------------------------------------------- */

static void pid_text(char text[NEAP_HANDLE_TEXT], const char *before, struct neap_pid pid) {
    char plain[NEAP_PID_TEXT];
    snprintf(text, NEAP_HANDLE_TEXT, "%s%s", before, neap_pid_format(pid, plain));
}

static void id_text(char text[NEAP_HANDLE_TEXT], const char *word, const uint64_t *id) {
    snprintf(text, NEAP_HANDLE_TEXT, "%s %" PRIu64, word, *id);
}

bool neap_handle_text(lua_State *L, const struct neap_handles *h, int idx,
                      char text[NEAP_HANDLE_TEXT]) {
    enum neap_handle_kind kind = neap_handle_kind(L, h, idx);
    if (kind == NEAP_HANDLE_NONE)
        return false;
    const void *box = lua_touserdata(L, idx);
    switch (kind) {
    case NEAP_HANDLE_PID: pid_text(text, "", *(const struct neap_pid *)box); break;
    case NEAP_HANDLE_FROM:
        pid_text(text, "from ", ((const struct neap_from *)box)->pid);
        break;
    case NEAP_HANDLE_REF: id_text(text, "ref", box); break;
    case NEAP_HANDLE_TIMER: id_text(text, "timer", box); break;
    case NEAP_HANDLE_ADDRESS:
        snprintf(text, NEAP_HANDLE_TEXT, "address %s",
                 ((const struct address_box *)box)->name);
        break;
    default: {
        const struct buffer_box *buffer = box;
        size_t size = buffer->blob == NULL ? 0 : neap_blob_size(buffer->blob);
        snprintf(text, NEAP_HANDLE_TEXT, "buffer %zu bytes", size);
    }
    }
    return true;
}

void neap_handles_set_error_metatable(lua_State *L, struct neap_handles *h, int idx) {
    lua_pushvalue(L, idx);
    h->error_metatable = lua_topointer(L, -1);
    if (h->error_ref == LUA_NOREF)
        h->error_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    else
        lua_rawseti(L, LUA_REGISTRYINDEX, h->error_ref);
}

bool neap_handles_is_error(lua_State *L, const struct neap_handles *h, int idx) {
    if (h->error_metatable == NULL || !lua_istable(L, idx) || !lua_getmetatable(L, idx))
        return false;
    bool is = lua_topointer(L, -1) == h->error_metatable;
    lua_pop(L, 1);
    return is;
}

void neap_handles_mark_error(lua_State *L, const struct neap_handles *h) {
    if (h->error_metatable == NULL)
        return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->error_ref);
    lua_setmetatable(L, -2);
}
