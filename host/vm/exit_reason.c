#include "vm/exit_reason.h"

#include "vm/codec.h"
#include "vm/encoder.h"
#include "vm/limit_text.h"
#include "vm/line.h"
#include "vm/wire.h"

#include <inttypes.h>
#include <lauxlib.h>
#include <stdio.h>

enum {
    MESSAGE_BYTES = 8 * 1024, /* so that a long message leaves room for the traceback */
    TRACEBACK_BYTES = 24 * 1024,
    HEAD = 1 + NEAP_WIRE_TABLE_HEAD, /* flags and the head of the root table */
};

static struct neap_reason reason_of_bytes(const struct neap_bytes *b) {
    return (struct neap_reason){ .word = NEAP_REASON_VALUE,
                                 .value = neap_blob_new(b->data, b->len) };
}

/* --- writing an error object ------------------------------------------------ */

static void begin_error(struct neap_bytes *b) {
    memset(neap_bytes_room(b, HEAD), 0, HEAD);
    b->data[b->len + 1] = NEAP_WIRE_TABLE | NEAP_WIRE_TABLE_ERROR;
    b->len += HEAD;
}

static void put_text(struct neap_bytes *b, const char *text, size_t size) {
    uint8_t *to = neap_bytes_room(b, size + 5);
    b->len += (size_t)(neap_wire_put_string(to, text, size) - to);
}

/* The key of the next pair; its value has to follow. */
static void put_key(struct neap_bytes *b, const char *key) {
    uint32_t pairs = neap_wire_u32(b->data + HEAD - sizeof pairs) + 1;
    memcpy(b->data + HEAD - sizeof pairs, &pairs, sizeof pairs);
    put_text(b, key, strlen(key));
}

static void put_text_field(struct neap_bytes *b, const char *key, const char *text,
                           size_t size, size_t max) {
    put_key(b, key);
    put_text(b, text, size < max ? size : max);
}

static void put_number_field(struct neap_bytes *b, const char *key, double n) {
    put_key(b, key);
    uint8_t *to = neap_bytes_room(b, 9);
    b->len += (size_t)(neap_wire_put_number(to, n) - to);
}

static void put_common(struct neap_bytes *b, const char *kind, const char *message,
                       size_t size, const char *traceback) {
    begin_error(b);
    put_text_field(b, "kind", kind, strlen(kind), MESSAGE_BYTES);
    put_text_field(b, "message", message, size, MESSAGE_BYTES);
    if (traceback != NULL)
        put_text_field(b, "traceback", traceback, strlen(traceback), TRACEBACK_BYTES);
}

static struct neap_reason finish_error(struct neap_bytes *b) {
    struct neap_reason reason = reason_of_bytes(b);
    neap_bytes_fini(b);
    return reason;
}

struct neap_reason neap_reason_error(const char *message, const char *traceback) {
    struct neap_bytes b = { 0 };
    put_common(&b, "error", message, strlen(message), traceback);
    return finish_error(&b);
}

struct neap_reason neap_reason_limit(const char *limit, double used, double max,
                                     const char *traceback) {
    struct neap_bytes b = { 0 };
    char message[NEAP_LIMIT_TEXT];
    size_t n = neap_limit_text(message, limit, used, max);
    put_common(&b, "limit", message, n, traceback);
    put_text_field(&b, "limit", limit, strlen(limit), MESSAGE_BYTES);
    put_number_field(&b, "used", used);
    put_number_field(&b, "max", max);
    return finish_error(&b);
}

struct neap_reason neap_reason_timeout(const char *message) {
    struct neap_bytes b = { 0 };
    put_common(&b, "timeout", message, strlen(message), NULL);
    return finish_error(&b);
}

struct neap_reason neap_reason_fault(const char *signal, uintptr_t address,
                                     bool is_stack_end) {
    struct neap_bytes b = { 0 };
    char message[120], place[24];
    snprintf(place, sizeof place, "0x%" PRIxPTR, address);
    int n = snprintf(message, sizeof message, "%.32s inside the VM, at %s%s", signal,
                     place, is_stack_end ? ": the C stack is used up" : "");
    put_common(&b, "fault", message, (size_t)n, NULL);
    put_text_field(&b, "signal", signal, strlen(signal), MESSAGE_BYTES);
    put_text_field(&b, "address", place, strlen(place), MESSAGE_BYTES);
    return finish_error(&b);
}

static bool find_word(const char *text, size_t size, struct neap_reason *reason) {
    for (int word = NEAP_REASON_NORMAL; word < NEAP_REASON_VALUE; word++) {
        const char *plain = neap_reason_text((enum neap_reason_word)word);
        if (strlen(plain) == size && memcmp(plain, text, size) == 0) {
            *reason = neap_reason_of((enum neap_reason_word)word);
            return true;
        }
    }
    return false;
}

struct neap_reason neap_reason_string(const char *text, size_t size) {
    struct neap_reason reason;
    if (find_word(text, size, &reason))
        return reason;
    struct neap_bytes b = { 0 };
    neap_bytes_put(&b, 0);
    put_text(&b, text, size < NEAP_REASON_BYTES - 16 ? size : NEAP_REASON_BYTES - 16);
    return finish_error(&b);
}

/* --- from and to Lua --------------------------------------------------------- */

/* {"shutdown", anything} */
static bool is_orderly(const struct neap_bytes *b) {
    const uint8_t *root = b->data + 1;
    const uint8_t *first = neap_wire_is_table(root) ? neap_wire_item(root, 1) : NULL;
    return first != NULL && neap_wire_is_text(first, "shutdown", 8);
}

struct neap_reason neap_encode_reason(struct neap_scratch *s, lua_State *L,
                                      const struct neap_handles *h, int index) {
    struct neap_encoder e = { .s = s, .L = L, .h = h, .lossy = true };
    index = index < 0 ? lua_gettop(L) + 1 + index : index;
    size_t size;
    struct neap_reason reason;
    if (lua_type(L, index) == LUA_TSTRING) {
        const char *text = lua_tolstring(L, index, &size);
        if (find_word(text, size, &reason))
            return reason;
    }
    neap_scratch_begin(s, NEAP_REASON_BYTES);
    neap_bytes_put(&s->bytes, 0);
    neap_encoder_value(&e, index, 0);
    reason = reason_of_bytes(&s->bytes);
    reason.orderly = is_orderly(&s->bytes);
    return reason;
}

/* The error's message if it has one: itself, or its field `message`; else NULL. It lies on the
 * stack, from which the caller removes everything. */
static const char *push_error_message(lua_State *L, int index, size_t *size) {
    int type = lua_type(L, index);
    if (type == LUA_TSTRING)
        return lua_tolstring(L, index, size);
    if (type == LUA_TNUMBER) {
        lua_pushvalue(L, index);
        return lua_tolstring(L, -1, size);
    }
    if (type == LUA_TTABLE) {
        lua_pushliteral(L, "message");
        lua_rawget(L, index);
        return lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, size) : NULL;
    }
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, index));
    return lua_tolstring(L, -1, size);
}

/* What is in a table without a message, as logs write it. Gives the size. */
static size_t write_table(struct neap_encoder e, int index, char line[NEAP_REASON_LINE]) {
    struct neap_bytes out = { 0 };
    neap_scratch_begin(e.s, NEAP_REASON_BYTES);
    neap_bytes_put(&e.s->bytes, 0);
    neap_encoder_value(&e, index, 0);
    neap_line_value(e.s->bytes.data + 1, NEAP_REASON_LINE, &out);
    size_t size = out.len < NEAP_REASON_LINE ? out.len : NEAP_REASON_LINE;
    memcpy(line, out.data, size);
    neap_bytes_fini(&out);
    return size;
}

struct neap_reason neap_encode_reason_error(struct neap_scratch *s, lua_State *L,
                                            const struct neap_handles *h, int index,
                                            const char *traceback) {
    struct neap_encoder e = { .s = s, .L = L, .h = h, .lossy = true };
    int top = lua_gettop(L);
    index = index < 0 ? top + 1 + index : index;
    size_t size;
    char line[NEAP_REASON_LINE];
    const char *message = push_error_message(L, index, &size);
    if (message == NULL) {
        size = write_table(e, index, line);
        message = line;
    }
    neap_scratch_begin(s, NEAP_REASON_BYTES);
    put_common(&s->bytes, "error", message, size, traceback);
    put_key(&s->bytes, "value");
    neap_encoder_value(&e, index, 1);
    lua_settop(L, top);
    return reason_of_bytes(&s->bytes);
}

void neap_push_reason(lua_State *L, struct neap_handles *h, struct neap_reason reason) {
    if (reason.word != NEAP_REASON_VALUE)
        lua_pushstring(L, neap_reason_text(reason.word));
    else
        neap_decode_value(L, h, neap_blob_data(reason.value),
                          neap_blob_size(reason.value), NULL, 0);
}

/* --- reading ------------------------------------------------------------------ */

static const uint8_t *root_of(struct neap_reason reason) {
    return reason.word == NEAP_REASON_VALUE ? neap_blob_data(reason.value) + 1 : NULL;
}

bool neap_reason_field(struct neap_reason reason, const char *key, const char **text,
                       size_t *size) {
    const uint8_t *root = root_of(reason);
    if (root == NULL || !neap_wire_is_table(root))
        return false;
    const uint8_t *value = neap_wire_field(root, key);
    return value != NULL && neap_wire_string(value, text, size);
}

void neap_reason_line(struct neap_reason reason, struct neap_bytes *out) {
    const uint8_t *root = root_of(reason);
    if (root == NULL)
        neap_bytes_text(out, neap_reason_text(reason.word));
    else
        neap_line_value(root, NEAP_REASON_LINE, out);
}
