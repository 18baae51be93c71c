/* faulty.h - C functions that fault in the killable text, as LuaJIT itself might: one writes
 * to nowhere, one uses up the stack. */
#ifndef NEAP_TEST_FAULTY_H
#define NEAP_TEST_FAULTY_H

#include "test/test.h"

#include "vm/killable.h"

#include <lua.h>

static volatile int *volatile faulty_nowhere = (volatile int *)8;
static int (*volatile faulty_dig_on)(volatile char *); /* a compiler refuses plain recursion */

KILLABLE static int faulty_write(lua_State *L) {
    (void)L;
    *faulty_nowhere = 1;
    return 0;
}

KILLABLE static int faulty_dig_deeper(volatile char *above) {
    volatile char place[512];
    place[0] = above != NULL ? above[0] : 1;
    return faulty_dig_on(place) + place[0];
}

KILLABLE static int faulty_dig(lua_State *L) {
    (void)L;
    faulty_dig_on = faulty_dig_deeper;
    return faulty_dig_deeper(NULL);
}

#endif
