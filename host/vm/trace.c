#include "vm/trace.h"

static const char LIBRARY[] = "@neap/";

bool neap_trace_is_library(const lua_Debug *ar) {
    return strncmp(ar->source, LIBRARY, sizeof LIBRARY - 1) == 0;
}

static bool is_c(const lua_Debug *ar) {
    return ar->what[0] == 'C';
}

/* By halving: asking for a level costs as much as there are levels above it, and an overflown
 * stack has 20,000. */
static int depth_of(lua_State *L) {
    lua_Debug ar;
    int low = 0;
    int high = 16;
    while (lua_getstack(L, high, &ar))
        high *= 2;
    while (low < high) { /* level high is not there; all below low are */
        int middle = low + (high - low) / 2;
        if (lua_getstack(L, middle, &ar))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many levels there are when those of the library at the outer end, and C functions
 * between them, are not counted. */
static int count_levels(lua_State *L) {
    lua_Debug ar;
    for (int count = depth_of(L); count > 0; count--) {
        lua_getstack(L, count - 1, &ar);
        lua_getinfo(L, "S", &ar);
        if (!neap_trace_is_library(&ar) && !is_c(&ar))
            return count;
    }
    return 0;
}

static void write_level(const lua_Debug *ar, struct neap_bytes *out) {
    if (out->len != 0)
        neap_bytes_put(out, '\n');
    if (ar->currentline > 0)
        neap_bytes_printf(out, "%s:%d: in ", ar->short_src, ar->currentline);
    else
        neap_bytes_printf(out, "[%s]: in ", ar->what);
    if (ar->name != NULL)
        neap_bytes_text(out, ar->name);
    else if (ar->what[0] == 'm')
        neap_bytes_text(out, "main chunk");
    else if (is_c(ar))
        neap_bytes_text(out, "a function");
    else
        neap_bytes_printf(out, "function <%s:%d>", ar->short_src, ar->linedefined);
}

static int skip(int level, int count, struct neap_bytes *out) {
    int rest = count - NEAP_TRACE_LEVELS / 2;
    if (level != NEAP_TRACE_LEVELS / 2 || rest <= level)
        return level;
    neap_bytes_printf(out, "\n... %d levels ...", rest - level);
    return rest;
}

static void write_from(lua_State *L, int level, int count, struct neap_bytes *out) {
    lua_Debug ar;
    for (; level < count && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "nSl", &ar);
        write_level(&ar, out);
        level = skip(level + 1, count, out) - 1;
    }
}

void neap_trace_write(lua_State *L, int level, struct neap_bytes *out) {
    write_from(L, level, count_levels(L), out);
}

void neap_trace_write_begun(lua_State *L, struct neap_bytes *out) {
    lua_Debug ar;
    int count = count_levels(L);
    if (count == 0 || !lua_getstack(L, 0, &ar))
        return;
    lua_getinfo(L, "S", &ar);
    neap_bytes_printf(out, "%s:%d: in compiled function <%s:%d>", ar.short_src,
                      ar.linedefined, ar.short_src, ar.linedefined);
    write_from(L, 1, count, out);
}

int neap_trace_innermost(lua_State *L) {
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (!neap_trace_is_library(&ar) && !is_c(&ar))
            return level;
    }
    return 0;
}
