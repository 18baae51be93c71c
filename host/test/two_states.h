/* two_states.h - a sender's and a receiver's Lua state, for tests of what passes between.
 * Owns:      both states, their handles and the scratch, from states_open to states_close.
 * Threads:   the test's.
 * Bounds:    none.
 * Invariant: a chunk that fails ends the test with its message. */
#ifndef NEAP_TEST_TWO_STATES_H
#define NEAP_TEST_TWO_STATES_H

#include "test/expect.h"
#include "vm/codec.h"
#include "vm/handle.h"
#include "vm/scratch.h"

#include <lauxlib.h>
#include <lualib.h>

enum { TEST_BYTES = 1024 * 1024 };

struct side {
    lua_State *L;
    struct neap_handles h;
};

struct states {
    struct side from;
    struct side to;
    struct neap_scratch scratch;
};

TEST_USED void side_open(struct side *side) {
    side->L = luaL_newstate();
    luaL_openlibs(side->L);
    neap_handles_open(&side->h, side->L);
}

TEST_USED void side_close(struct side *side) {
    lua_close(side->L);
    neap_handles_close(&side->h);
}

TEST_USED void states_open(struct states *s) {
    side_open(&s->from);
    side_open(&s->to);
    neap_scratch_init(&s->scratch);
}

TEST_USED void states_close(struct states *s) {
    side_close(&s->from);
    side_close(&s->to);
    neap_scratch_fini(&s->scratch);
}

/* Runs a chunk and leaves what it returns on the stack, at least one value. */
TEST_USED void run(struct side *side, const char *chunk) {
    int top = lua_gettop(side->L);
    if (luaL_loadbuffer(side->L, chunk, strlen(chunk), "=test") != 0 ||
        lua_pcall(side->L, 0, LUA_MULTRET, 0) != 0)
        test_failed(__FILE__, __LINE__, "%s", lua_tostring(side->L, -1));
    if (lua_gettop(side->L) == top)
        lua_pushnil(side->L);
}

/* Makes the value on the stack's top a global, so that chunks can talk about it. */
TEST_USED void name_it(struct side *side, const char *name) {
    lua_setglobal(side->L, name);
}

/* Expects that a chunk's only value is `want`, as tostring shows it. */
TEST_USED void expect_run(struct side *side, const char *chunk, const char *want) {
    run(side, chunk);
    lua_getglobal(side->L, "tostring");
    lua_insert(side->L, -2);
    lua_call(side->L, 1, 1);
    EXPECT_STR(lua_tostring(side->L, -1), want);
    lua_pop(side->L, 1);
}

TEST_USED int encode_top(struct states *s) {
    return neap_encode_value(&s->scratch, s->from.L, &s->from.h, -1, "msg", TEST_BYTES);
}

/* Sends the value on top of the sender's stack; it is the global `got` there. */
TEST_USED void pass_top(struct states *s) {
    if (encode_top(s) != 0)
        test_failed(__FILE__, __LINE__, "%s", s->scratch.error);
    struct neap_message *m = neap_scratch_message(&s->scratch, NEAP_MESSAGE_VALUE);
    lua_pop(s->from.L, 1);
    neap_decode_value(s->to.L, &s->to.h, m->payload, m->size, m->blobs, m->blob_count);
    neap_message_free(m);
    EXPECT_INT(lua_gettop(s->to.L), 1);
    name_it(&s->to, "got");
}

TEST_USED void pass(struct states *s, const char *chunk) {
    run(&s->from, chunk);
    pass_top(s);
}

TEST_USED struct neap_pid test_pid(uint32_t slot) {
    return (struct neap_pid){ .slot = slot, .generation = 3, .tag = 77 };
}

#endif
