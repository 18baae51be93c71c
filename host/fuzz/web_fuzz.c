/* What a web server in Lua reads of a request: urls, forms, ranges, conditions, dates, routes;
 * and what `neap check` reads of a program. See web.lua. */
#include "fuzz/lua_side.h"

static struct lua_side side;

static void end(void) {
    lua_close(side.L);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (side.L == NULL) {
        side.L = luaL_newstate();
        luaL_openlibs(side.L);
        lua_side_begin(&side, "web");
        (void)atexit(end);
    }
    lua_side_feed(&side, data, size);
    return 0;
}
