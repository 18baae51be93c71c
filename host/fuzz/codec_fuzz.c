/* Lua values, encoded in one state and decoded in another, and from there back: they arrive as
 * they were, or it is said why they can not be sent. No byte is changed on the way: only our
 * own encoder makes them (vm/wire.h).
 *
 * Input: a line of letters, whose sizes add up to the limit of a message (fuzz_size_of; none:
 * a megabyte); then a value (values.lua, codec.lua). */
#include "base/error.h"
#include "fuzz/lua_side.h"
#include "test/two_states.h"
#include "vm/exit_reason.h"
#include "vm/wire.h"

enum { AMPLE = 4 * TEST_BYTES };

static struct states states;
static struct lua_side side; /* looks into states.from */

/* --- both states ---------------------------------------------------------------- */

static void set_words(struct side *s) {
    neap_handle_push_pid(s->L, &s->h, test_pid(17));
    name_it(s, "pid");
    neap_handle_push_ref(s->L, &s->h, 5);
    name_it(s, "ref");
    neap_handle_push_from(s->L, &s->h, (struct neap_from){ test_pid(4), 9 });
    name_it(s, "from");
    neap_handle_push_timer(s->L, &s->h, 6);
    name_it(s, "timer");
    neap_handle_push_address(s->L, &s->h, "shop.web", 8);
    name_it(s, "address");
    neap_handle_push_new_buffer(s->L, &s->h, "0123456789", 10);
    name_it(s, "buffer");
    lua_pushlightuserdata(s->L, NULL);
    name_it(s, "null");
    run(s, "error_metatable = {} return error_metatable");
    neap_handles_set_error_metatable(s->L, &s->h, -1);
    lua_settop(s->L, 0);
}

static void end(void) {
    states_close(&states);
}

static void begin(void) {
    states_open(&states);
    set_words(&states.from);
    set_words(&states.to);
    side.L = states.from.L;
    lua_side_begin(&side, "codec");
    (void)atexit(end);
}

/* Calls a function of codec.lua with what is on the stack's top. */
static void call(const char *function, int arguments, int results) {
    lua_getfield(side.L, 2, function);
    lua_insert(side.L, -1 - arguments);
    lua_side_call(&side, arguments, results);
}

/* --- an input --------------------------------------------------------------------- */

static size_t limit_of(struct fuzz_input *in) {
    size_t count;
    size_t limit = 0;
    char *letters = fuzz_text(in, '\n', &count);
    for (size_t i = 0; i < count; i++)
        limit += fuzz_size_of(letters[i]);
    free(letters);
    return limit != 0 ? limit : TEST_BYTES;
}

/* Encodes the value on top of the stack; false: it was refused, and it was said why. */
static bool encode(struct side *from, size_t limit) {
    struct neap_scratch *s = &states.scratch;
    int top = lua_gettop(from->L);
    int err = neap_encode_value(s, from->L, &from->h, -1, "msg", limit);
    EXPECT_INT(lua_gettop(from->L), top);
    if (err == 0) {
        EXPECT_TRUE(s->bytes.len <= limit);
        EXPECT_PTR(neap_wire_skip(s->bytes.data + 1), s->bytes.data + s->bytes.len);
        return true;
    }
    EXPECT_TRUE(err == NEAP_EINVALID || (err == NEAP_ELIMIT && s->used > s->max));
    EXPECT_TRUE(memchr(s->error, '\0', sizeof s->error) != NULL);
    EXPECT_TRUE(strstr(s->error, "msg") != NULL || err == NEAP_ELIMIT);
    return false;
}

/* Pushes in `to` what was encoded. */
static void decode(struct side *to) {
    int top = lua_gettop(to->L);
    struct neap_message *m = neap_scratch_message(&states.scratch, NEAP_MESSAGE_VALUE);
    neap_decode_value(to->L, &to->h, m->payload, m->size, m->blobs, m->blob_count);
    EXPECT_INT(lua_gettop(to->L), top + 1);
    neap_message_free(m);
}

/* As the reason of an exit any value is fit: what can not be sent is shown as text. */
static void check_reason(void) {
    struct neap_bytes line = { 0 };
    struct neap_reason reason = neap_encode_reason(&states.scratch, side.L,
                                                   &states.from.h, -1);
    neap_reason_line(reason, &line);
    EXPECT_TRUE(line.len <= NEAP_REASON_LINE);
    neap_push_reason(states.to.L, &states.to.h, reason);
    lua_settop(states.to.L, 0);
    neap_reason_unref(reason);
    neap_bytes_fini(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = { data, data + size };
    if (side.L == NULL)
        begin();
    size_t limit = limit_of(&in);
    side.steps = 0;
    lua_pushlstring(side.L, (const char *)in.at, (size_t)(in.end - in.at));
    call("make", 1, 1);
    check_reason();
    if (encode(&states.from, limit)) {
        decode(&states.to);
        EXPECT_TRUE(encode(&states.to, AMPLE));
        decode(&states.from);
        call("compare", 2, 0);
    }
    lua_settop(side.L, 2);
    lua_settop(states.to.L, 0);
    return 0;
}
