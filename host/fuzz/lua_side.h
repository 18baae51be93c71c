/* lua_side.h - a Lua state whose code a fuzzer looks into: a file of this folder, and the Lua
 *              library as it is embedded.
 * Owns:      its state and what the file returned, from lua_side_open until _close.
 * Threads:   main.
 * Bounds:    LUA_SIDE_STEPS instructions of an input.
 * Invariant: an error that the file does not expect ends the program.
 *
 * libFuzzer looks for inputs that reach new code, and sees that of C only; so a hook counts
 * the lines of Lua, in counters that it is told of. */
#ifndef NEAP_FUZZ_LUA_SIDE_H
#define NEAP_FUZZ_LUA_SIDE_H

#include "fuzz/fuzz.h"
#include "vm/library.h"

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

enum {
    LUA_SIDE_LINES = 1 << 14,
    LUA_SIDE_STEPS = 50 * 1000 * 1000,
    LUA_SIDE_TICK = 10000
};

/* Written by the hook only, read by libFuzzer between two inputs, on the same thread. */
__attribute__((
    section("__libfuzzer_extra_counters"))) static uint8_t lua_side_lines[LUA_SIDE_LINES];

struct lua_side {
    lua_State *L;
    long steps; /* of this input */
};

/* The hook is C of one state at a time. */
static struct lua_side *lua_side_running;

static void lua_side_count_line(lua_State *L, lua_Debug *ar) {
    lua_getinfo(L, "S", ar);
    uint32_t hash = (uint32_t)ar->currentline * 2654435761u;
    for (const char *c = ar->source; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    uint8_t *counter = &lua_side_lines[hash % LUA_SIDE_LINES];
    *counter = (uint8_t)(*counter + (*counter != UINT8_MAX));
}

static void lua_side_hook(lua_State *L, lua_Debug *ar) {
    if (ar->event == LUA_HOOKLINE) {
        lua_side_count_line(L, ar);
        return;
    }
    lua_side_running->steps += LUA_SIDE_TICK;
    if (lua_side_running->steps > LUA_SIDE_STEPS)
        test_failed(__FILE__, __LINE__, "it hangs: over %d instructions", LUA_SIDE_STEPS);
}

/* The searcher of the library: package.loaders has no other. */
static int lua_side_find(lua_State *L) {
    const struct neap_library_file *file = neap_library_find(luaL_checkstring(L, 1));
    char chunk[160];
    if (file == NULL)
        return 0;
    snprintf(chunk, sizeof chunk, "=%s", file->module);
    if (luaL_loadbuffer(L, file->text, file->size, chunk) != 0)
        return lua_error(L);
    return 1;
}

static void lua_side_call(struct lua_side *side, int arguments, int results) {
    if (lua_pcall(side->L, arguments, results, 1) != 0)
        test_failed(__FILE__, __LINE__, "%s", lua_tostring(side->L, -1));
}

static int lua_side_traceback(lua_State *L) {
    luaL_traceback(L, L, lua_tostring(L, 1), 1);
    return 1;
}

/* Runs host/fuzz/NAME.lua; the stack holds the handler of errors and what it returned. The
 * library's functions that the file is to have are globals already. */
TEST_USED void lua_side_begin(struct lua_side *side, const char *name) {
    char path[128];
    lua_State *L = side->L;
    snprintf(path, sizeof path, "host/fuzz/%s.lua", name);
    lua_pushcfunction(L, lua_side_traceback);
    lua_getglobal(L, "package");
    lua_newtable(L);
    lua_pushcfunction(L, lua_side_find);
    lua_rawseti(L, -2, 1);
    lua_setfield(L, -2, "loaders");
    lua_pop(L, 1);
    if (luaL_loadfile(L, path) != 0)
        test_failed(__FILE__, __LINE__, "%s", lua_tostring(L, -1));
    lua_side_call(side, 0, 1);
    lua_side_running = side;
    luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    lua_sethook(L, lua_side_hook, LUA_MASKLINE | LUA_MASKCOUNT, LUA_SIDE_TICK);
}

/* Calls what the file returned with the input. */
TEST_USED void lua_side_feed(struct lua_side *side, const uint8_t *data, size_t size) {
    side->steps = 0;
    lua_pushvalue(side->L, 2);
    lua_pushlstring(side->L, (const char *)data, size);
    lua_side_call(side, 1, 0);
}

#endif
