/* Texts of scripts (names, ids, stacks) as `neap ps --json` and the others write them: valid
 * JSON that says the same text, but for what is no UTF-8.
 *
 * Input: the texts, a line each. See json.lua, which reads them back. */
#include "cli/json.h"
#include "fuzz/lua_side.h"

static struct lua_side side;
static struct neap_bytes out;

static void end(void) {
    lua_close(side.L);
    neap_bytes_fini(&out);
}

static void begin(void) {
    side.L = luaL_newstate();
    luaL_openlibs(side.L);
    lua_side_begin(&side, "json");
    (void)atexit(end);
}

/* Writes [text, {text: text}, ...]. */
static void write_all(struct fuzz_input *in) {
    size_t length;
    out.len = 0;
    neap_json_open(&out, '[');
    while (in->at < in->end) {
        char *text = fuzz_text(in, '\n', &length);
        neap_json_text(&out, text);
        neap_json_open(&out, '{');
        neap_json_key(&out, text);
        neap_json_text(&out, text);
        neap_json_close(&out, '}');
        free(text);
    }
    neap_json_close(&out, ']');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = { data, data + size };
    if (side.L == NULL)
        begin();
    write_all(&in);
    side.steps = 0;
    lua_pushvalue(side.L, 2);
    lua_pushlstring(side.L, (const char *)data, size);
    lua_pushlstring(side.L, (const char *)out.data, out.len);
    lua_side_call(&side, 2, 0);
    return 0;
}
