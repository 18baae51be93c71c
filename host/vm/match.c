#include "vm/match.h"

#include "base/error.h"
#include "vm/encoder.h"
#include "vm/wire.h"

#include <stdio.h>

enum { MAX_POSITION = 1 << 20 };

void neap_pattern_init(struct neap_pattern *p) {
    neap_bytes_init(&p->bytes);
    p->count = 0;
}

void neap_pattern_fini(struct neap_pattern *p) {
    neap_bytes_fini(&p->bytes);
    p->count = 0;
}

/* --- making one ------------------------------------------------------------- */

/* Why the value can not be equal to a part of a message; NULL: it can. */
static const char *never_equal(lua_State *L, const struct neap_handles *h, int index) {
    switch (lua_type(L, index)) {
    case LUA_TTABLE: return "is a table, which equals no part of a message";
    case LUA_TNUMBER:
        return lua_tonumber(L, index) == lua_tonumber(L, index)
                   ? NULL
                   : "is NaN, which equals nothing";
    default:
        return neap_handle_kind(L, h, index) == NEAP_HANDLE_BUFFER
                   ? "is a buffer, which equals no part of a message"
                   : NULL;
    }
}

static int put_place(struct neap_encoder *e, uint32_t position, int index) {
    const char *problem = never_equal(e->L, e->h, index);
    if (problem != NULL)
        return neap_scratch_fail(e->s, NEAP_EINVALID, "%s", problem);
    neap_encoder_u32(e, position);
    int err = neap_encoder_value(e, index, 0);
    if (err == 0 && e->s->bytes.len > e->s->max)
        err = neap_encoder_too_large(e, e->s->bytes.len);
    return err;
}

static bool is_position(lua_State *L, int key, uint32_t *position) {
    if (lua_type(L, key) != LUA_TNUMBER)
        return false;
    double n = lua_tonumber(L, key);
    if (!(n >= 1 && n <= MAX_POSITION) || n != (uint32_t)n)
        return false;
    *position = (uint32_t)n;
    return true;
}

static int put_prefix(struct neap_encoder *e, int index, uint32_t *count) {
    lua_State *L = e->L;
    int key = lua_gettop(L) + 1;
    lua_pushnil(L);
    while (lua_next(L, index) != 0) {
        uint32_t position;
        int err = is_position(L, key, &position)
                      ? put_place(e, position, key + 1)
                      : neap_scratch_fail(e->s, NEAP_EINVALID,
                                          "is not a position: a prefix is a list");
        if (err != 0) {
            lua_settop(L, key);
            neap_encoder_path(e, key, 1);
            return err;
        }
        lua_settop(L, key);
        ++*count;
    }
    return 0;
}

int neap_pattern_set(struct neap_pattern *p, struct neap_scratch *s, lua_State *L,
                     const struct neap_handles *h, int index) {
    struct neap_encoder e = { .s = s, .L = L, .h = h };
    int top = lua_gettop(L);
    uint32_t count = 0;
    index = index < 0 ? top + 1 + index : index;
    neap_scratch_begin(s, NEAP_PATTERN_BYTES);
    int err;
    if (lua_type(L, index) == LUA_TTABLE) {
        err = put_prefix(&e, index, &count);
    } else {
        err = put_place(&e, 1, index);
        count = 1;
    }
    if (err != 0) {
        lua_settop(L, top);
        neap_scratch_finish(s, "match");
        return err;
    }
    p->bytes.len = 0;
    neap_bytes_append(&p->bytes, s->bytes.data, s->bytes.len);
    p->count = count;
    return 0;
}

/* --- matching ---------------------------------------------------------------- */

enum { PLACE_ROOM = 5 + NEAP_NAME_MAX }; /* the longest name, or a from */

static const uint8_t *text_place(uint8_t room[PLACE_ROOM], const char *text) {
    neap_wire_put_string(room, text, strlen(text));
    return room;
}

static const uint8_t *pid_place(uint8_t room[PLACE_ROOM], struct neap_pid pid) {
    if (neap_pid_is_none(pid))
        return NULL;
    neap_wire_put_pid(room, pid);
    return room;
}

static const uint8_t *reason_place(uint8_t room[PLACE_ROOM], struct neap_reason reason) {
    if (reason.word == NEAP_REASON_VALUE)
        return neap_blob_data(reason.value) + 1;
    return text_place(room, neap_reason_text(reason.word));
}

static const uint8_t *argument_place(const struct neap_message *m, uint32_t number) {
    const uint8_t *at = m->payload + 1 + sizeof(uint16_t);
    if (number > (uint32_t)neap_decode_count(m->payload, m->size))
        return NULL;
    while (--number > 0)
        at = neap_wire_skip(at);
    return at;
}

static const uint8_t *exit_place(const struct neap_message *m, uint32_t position,
                                 uint8_t room[PLACE_ROOM]) {
    switch (position) {
    case 1: return text_place(room, "EXIT");
    case 2: return pid_place(room, m->from);
    case 3: return reason_place(room, m->reason);
    default: return NULL;
    }
}

static const uint8_t *down_place(const struct neap_message *m, uint32_t position,
                                 uint8_t room[PLACE_ROOM]) {
    switch (position) {
    case 1: return text_place(room, "DOWN");
    case 2: neap_wire_put_id(room, NEAP_WIRE_REF, m->ref); return room;
    case 3: return m->name != NULL ? text_place(room, m->name) : pid_place(room, m->from);
    case 4: return reason_place(room, m->reason);
    default: return NULL;
    }
}

static const uint8_t *call_place(const struct neap_message *m, uint32_t position,
                                 uint8_t room[PLACE_ROOM]) {
    switch (position) {
    case 1: return text_place(room, "CALL");
    case 2: neap_wire_put_from(room, m->from, m->ref); return room;
    default: return argument_place(m, position - 2);
    }
}

/* The value at a position of the table that receive would return; NULL: nil. */
static const uint8_t *place(const struct neap_message *m, uint32_t position,
                            uint8_t room[PLACE_ROOM]) {
    switch (m->kind) {
    case NEAP_MESSAGE_EXIT: return exit_place(m, position, room);
    case NEAP_MESSAGE_DOWN: return down_place(m, position, room);
    case NEAP_MESSAGE_CALL: return call_place(m, position, room);
    case NEAP_MESSAGE_CAST:
        return position == 1 ? text_place(room, "CAST") : argument_place(m, position - 1);
    default: return neap_wire_item(m->payload + 1, position);
    }
}

static bool is_plain(const struct neap_message *m) {
    return m->kind == NEAP_MESSAGE_VALUE || m->kind == NEAP_MESSAGE_TIMER;
}

bool neap_pattern_matches(const struct neap_pattern *p, const struct neap_message *m) {
    uint8_t room[PLACE_ROOM];
    if (is_plain(m) && !neap_wire_is_table(m->payload + 1))
        return false;
    const uint8_t *at = p->bytes.data;
    for (uint32_t i = 0; i < p->count; i++) {
        const uint8_t *wanted = at + sizeof(uint32_t);
        const uint8_t *found = place(m, neap_wire_u32(at), room);
        if (found == NULL || !neap_wire_equal(wanted, found))
            return false;
        at = neap_wire_skip(wanted);
    }
    return true;
}
