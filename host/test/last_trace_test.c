#include "vm/last_trace.h"

#include "test/test.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static struct neap_last_trace trace;
static lua_State *main_thread;

static int l_read(lua_State *L) {
    lua_State *own = lua_isthread(L, 1) ? lua_tothread(L, 1) : NULL;
    neap_last_trace_read(&trace, main_thread, own);
    const char *text = neap_last_trace_text(&trace);
    lua_pushstring(L, text != NULL ? text : "none");
    return 1;
}

/* What a script sees that ends in `return read()` at its end. */
static const char *run(const char *script) {
    lua_settop(main_thread, 0);
    lua_pushcfunction(main_thread, l_read);
    lua_setglobal(main_thread, "read");
    EXPECT_INT(luaL_loadbuffer(main_thread, script, strlen(script), "@a.lua"), 0);
    EXPECT_INT(lua_pcall(main_thread, 0, 1, 0), 0);
    return lua_tostring(main_thread, -1);
}

static void begin(void) {
    neap_last_trace_init(&trace);
    main_thread = luaL_newstate();
    luaL_openlibs(main_thread);
}

static void end(void) {
    lua_close(main_thread);
    neap_last_trace_fini(&trace);
}

TEST(last_trace_has_the_stack_of_what_runs) {
    begin();

    EXPECT_STR(
        run("local function f()\n local t = read() return t end\nlocal t = f() return t"),
        "[C]: in read\na.lua:2: in f\na.lua:3: in main chunk");
    end();
}

TEST(last_trace_tells_who_resumed_the_coroutine_that_runs) {
    begin();

    EXPECT_STR(run("local inner = coroutine.wrap(function(own) local t = read(own) "
                   "return t end)\n"
                   "local outer = coroutine.create(function(own)\n"
                   " local t = inner(own) return t end)\n"
                   "local _, t = coroutine.resume(outer, outer) return t"),
               "[C]: in read\na.lua:1: in function <a.lua:1>\n"
               "resumed by\na.lua:3: in function <a.lua:2>");
    end();
}

TEST(last_trace_is_gone_when_it_is_cleared) {
    begin();
    run("return read()");

    neap_last_trace_clear(&trace);

    EXPECT_TRUE(neap_last_trace_text(&trace) == NULL);
    end();
}

TEST(without_a_state_there_is_none) {
    neap_last_trace_init(&trace);

    neap_last_trace_read(&trace, NULL, NULL);

    EXPECT_TRUE(neap_last_trace_text(&trace) == NULL);
    neap_last_trace_fini(&trace);
}
