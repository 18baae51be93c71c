/* App specs (lua/neap/supervisor/spec.lua): any table is one, or has problems that are told. */
#include "fuzz/lua_side.h"

static struct lua_side side;

static void end(void) {
    lua_close(side.L);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (side.L == NULL) {
        side.L = luaL_newstate();
        luaL_openlibs(side.L);
        lua_side_begin(&side, "spec");
        (void)atexit(end);
    }
    lua_side_feed(&side, data, size);
    return 0;
}
