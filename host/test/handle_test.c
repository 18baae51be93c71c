#include "vm/handle.h"

#include "test/test.h"
#include "test/two_states.h"

TEST(equal_pids_are_one_userdata) {
    struct side a;
    side_open(&a);

    neap_handle_push_pid(a.L, &a.h, test_pid(17));
    neap_handle_push_pid(a.L, &a.h, test_pid(17));
    neap_handle_push_pid(a.L, &a.h, test_pid(18));

    EXPECT_TRUE(lua_rawequal(a.L, 1, 2));
    EXPECT_FALSE(lua_rawequal(a.L, 1, 3));
    side_close(&a);
}

TEST(pids_that_differ_in_one_field_differ) {
    static const struct neap_pid PIDS[] = {
        { 3, 1, 7 }, { 3, 2, 7 },          { 4, 1, 7 },
        { 3, 1, 8 }, { UINT64_MAX, 1, 7 }, { (uint64_t)1 << 21, 1, 7 }
    };
    struct side a;
    side_open(&a);
    enum { COUNT = sizeof PIDS / sizeof *PIDS };

    for (int i = 0; i < COUNT; i++)
        neap_handle_push_pid(a.L, &a.h, PIDS[i]);

    for (int i = 1; i <= COUNT; i++) {
        struct neap_pid pid;
        EXPECT_TRUE(neap_handle_to_pid(a.L, &a.h, i, &pid));
        EXPECT_TRUE(neap_pid_equal(pid, PIDS[i - 1]));
        for (int k = 1; k < i; k++)
            EXPECT_FALSE(lua_rawequal(a.L, i, k));
    }
    side_close(&a);
}

TEST(a_pid_of_no_process_is_nil) {
    struct side a;
    side_open(&a);

    neap_handle_push_pid(a.L, &a.h, (struct neap_pid){ 0 });

    EXPECT_TRUE(lua_isnil(a.L, 1));
    side_close(&a);
}

/* One of every kind, at 1 .. 6. */
static void push_all(struct side *a) {
    neap_handle_push_pid(a->L, &a->h, test_pid(17));
    neap_handle_push_ref(a->L, &a->h, UINT64_MAX);
    neap_handle_push_address(a->L, &a->h, "shop.web", 8);
    neap_handle_push_from(a->L, &a->h, (struct neap_from){ test_pid(4), 9 });
    neap_handle_push_timer(a->L, &a->h, 4);
    neap_handle_push_new_buffer(a->L, &a->h, "0123456789", 10);
}

TEST(kinds_are_told_apart) {
    struct side a;
    side_open(&a);

    push_all(&a);
    lua_newuserdata(a.L, 64);
    lua_pushinteger(a.L, 5);

    for (int i = 1; i < NEAP_HANDLE_KINDS; i++)
        EXPECT_INT(neap_handle_kind(a.L, &a.h, i), i);
    EXPECT_INT(neap_handle_kind(a.L, &a.h, 7), NEAP_HANDLE_NONE);
    EXPECT_INT(neap_handle_kind(a.L, &a.h, 8), NEAP_HANDLE_NONE);
    EXPECT_NULL(neap_handle_to_buffer(a.L, &a.h, 1));
    EXPECT_NULL(neap_handle_to_address(a.L, &a.h, 6, NULL));
    EXPECT_INT(lua_gettop(a.L), 8);
    side_close(&a);
}

TEST(handles_have_readable_texts) {
    static const char *const TEXTS[] = {
        "17.3",    "ref 18446744073709551615", "address shop.web", "from 4.3",
        "timer 4", "buffer 10 bytes",
    };
    struct side a;
    side_open(&a);
    push_all(&a);

    for (int i = 0; i < 6; i++) {
        char text[NEAP_HANDLE_TEXT];
        EXPECT_TRUE(neap_handle_text(a.L, &a.h, i + 1, text));
        EXPECT_STR(text, TEXTS[i]);
        lua_pushvalue(a.L, i + 1);
        name_it(&a, "it");
        expect_run(&a, "return it", TEXTS[i]);
    }
    side_close(&a);
}

TEST(all_but_buffers_are_interned) {
    struct side a;
    side_open(&a);

    push_all(&a);
    push_all(&a);

    for (int i = 1; i < NEAP_HANDLE_BUFFER; i++)
        EXPECT_TRUE(lua_rawequal(a.L, i, i + 6));
    EXPECT_FALSE(lua_rawequal(a.L, 6, 12));
    side_close(&a);
}

TEST(interned_handles_are_collected) {
    struct side a;
    side_open(&a);
    lua_gc(a.L, LUA_GCCOLLECT, 0);
    int before = lua_gc(a.L, LUA_GCCOUNT, 0);

    for (uint32_t i = 1; i < 20000; i++) {
        neap_handle_push_pid(a.L, &a.h, test_pid(i));
        lua_pop(a.L, 1);
    }
    lua_gc(a.L, LUA_GCCOLLECT, 0);
    lua_gc(a.L, LUA_GCCOLLECT, 0);

    EXPECT_TRUE(lua_gc(a.L, LUA_GCCOUNT, 0) < before + 1500);
    side_close(&a);
}

TEST(scripts_do_not_get_at_metatables) {
    struct side a;
    side_open(&a);
    push_all(&a);

    for (int i = 1; i < NEAP_HANDLE_KINDS; i++) {
        lua_pushvalue(a.L, i);
        name_it(&a, "it");
        expect_run(&a, "return getmetatable(it)", "false");
        expect_run(&a, "return (pcall(setmetatable, it, {}))", "false");
        expect_run(&a, "return (pcall(function() it.x = 1 end))", "false");
        expect_run(&a, "return (pcall(function() return it.__gc() end))", "false");
    }
    side_close(&a);
}

TEST(a_from_knows_its_pid) {
    struct side a;
    side_open(&a);
    neap_handle_push_from(a.L, &a.h, (struct neap_from){ test_pid(4), 9 });
    name_it(&a, "from");

    expect_run(&a, "return from.pid", "4.3");
    expect_run(&a, "return from.pid == from.pid", "true");
    expect_run(&a, "return from.other", "nil");
    side_close(&a);
}

TEST(a_buffer_gives_its_bytes) {
    struct side a;
    side_open(&a);
    neap_handle_push_new_buffer(a.L, &a.h, "0123456789", 10);
    name_it(&a, "b");

    expect_run(&a, "return #b", "10");
    expect_run(&a, "return b:tostring()", "0123456789");
    expect_run(&a, "return b:sub(3)", "23456789");
    expect_run(&a, "return b:sub(-3, -2)", "78");
    expect_run(&a, "return b:sub(0, 99) == ('0123456789'):sub(0, 99)", "true");
    expect_run(&a, "return b:sub(5, 4) == ''", "true");
    expect_run(&a, "return b:sub(0/0, 1e308)", "0123456789");
    expect_run(&a, "return b:sub(-1e308, -1e300) == ''", "true");
    expect_run(&a, "return (pcall(b.tostring, 5))", "false");
    side_close(&a);
}

TEST(a_buffer_is_released_when_it_is_collected) {
    struct side a;
    side_open(&a);
    neap_handle_push_new_buffer(a.L, &a.h, "0123456789", 10);
    EXPECT_INT(a.h.blob_bytes, 10);

    lua_pop(a.L, 1);
    lua_gc(a.L, LUA_GCCOLLECT, 0);
    lua_gc(a.L, LUA_GCCOLLECT, 0);

    EXPECT_INT(a.h.blob_bytes, 0);
    EXPECT_INT(a.h.blobs.count, 0);
    side_close(&a);
}

/* The leak checker sees it if a blob stays; the state is closed later only for its memory. */
TEST(buffers_are_released_from_c_before_the_state_goes) {
    struct side a;
    side_open(&a);
    struct neap_blob *blob = neap_blob_new("shared", 6);
    neap_handle_push_buffer(a.L, &a.h, blob);
    neap_handle_push_new_buffer(a.L, &a.h, "own", 3);
    neap_blob_unref(blob);
    EXPECT_INT(a.h.blobs.count, 2);

    neap_handles_close(&a.h);

    EXPECT_INT(a.h.blobs.count, 0);
    side_close(&a);
}

TEST(error_objects_are_told_by_their_metatable) {
    struct side a;
    side_open(&a);
    run(&a, "mt = {} return mt");
    neap_handles_set_error_metatable(a.L, &a.h, -1);
    lua_settop(a.L, 0);

    run(&a, "return setmetatable({}, mt), setmetatable({}, {}), {}, 5");

    EXPECT_TRUE(neap_handles_is_error(a.L, &a.h, 1));
    for (int i = 2; i <= 4; i++)
        EXPECT_FALSE(neap_handles_is_error(a.L, &a.h, i));
    lua_pushvalue(a.L, 3);
    neap_handles_mark_error(a.L, &a.h);
    EXPECT_TRUE(neap_handles_is_error(a.L, &a.h, 3));
    side_close(&a);
}
