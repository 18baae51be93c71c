#include "vm/value.h"

#include "test/test.h"

#include <lauxlib.h>

TEST(layouts_are_those_of_the_library_that_is_linked) {
    lua_State *L = luaL_newstate();
    lua_pushstring(L, "what was there");

    EXPECT_TRUE(neap_value_layouts_hold(L));

    EXPECT_INT(lua_gettop(L), 1);
    lua_close(L);
}

TEST(every_number_reads_as_a_number) {
    static const double NUMBERS[] = { 0.0,       -0.0,         1,
                                      -1,        1e308,        -1e308,
                                      5e-324,    1.0 / 0.0,    -1.0 / 0.0,
                                      0.0 / 0.0, -(0.0 / 0.0), 4503599627370497.0 };
    lua_State *L = luaL_newstate();
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        lua_pushnumber(L, NUMBERS[i]);
        struct neap_value v = neap_value_at(L, -1);
        double n = neap_value_number(v);

        EXPECT_INT(neap_value_tag(v), NEAP_VALUE_NUMBER);
        EXPECT_TRUE(n == NUMBERS[i] || n != n);
    }
    lua_close(L);
}

TEST(where_there_is_no_value_there_is_a_nil) {
    lua_State *L = luaL_newstate();

    EXPECT_TRUE(neap_value_is_nil(neap_value_at(L, 1)));
    lua_pushboolean(L, 1);
    EXPECT_FALSE(neap_value_is_nil(neap_value_at(L, 1)));
    EXPECT_TRUE(neap_value_is_nil(neap_value_at(L, 2)));
    lua_close(L);
}
