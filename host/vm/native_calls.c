#include "vm/native_calls.h"

#include "vm/cell.h"
#include "vm/heap.h"
#include "vm/killable.h"

#include <stdint.h>

/* --- memory ---------------------------------------------------------------- */

struct block { /* before what a module gets, which stays aligned to 16 bytes */
    size_t size;
    size_t pad;
    char bytes[];
};

/* What wraps around must not look small; the heap refuses this. */
KILLABLE_INLINE size_t with_head(size_t size) {
    return size < SIZE_MAX / 2 ? size + sizeof(struct block) : size;
}

KILLABLE_INLINE struct block *block_of(void *bytes) {
    return (struct block *)bytes - 1;
}

KILLABLE_INLINE void *resized(struct block *b, size_t old, size_t size) {
    struct block *fresh = neap_heap_alloc(neap_cell_current()->heap, b, old, size);
    if (fresh == NULL)
        return NULL;
    fresh->size = size;
    return fresh->bytes;
}

KILLABLE void *neap_native_malloc(size_t size) {
    return resized(NULL, 0, with_head(size));
}

KILLABLE void *neap_native_realloc(void *bytes, size_t size) {
    struct block *b = bytes != NULL ? block_of(bytes) : NULL;
    return resized(b, b != NULL ? b->size : 0, with_head(size));
}

KILLABLE void neap_native_free(void *bytes) {
    if (bytes == NULL)
        return;
    struct block *b = block_of(bytes);
    neap_heap_alloc(neap_cell_current()->heap, b, b->size, 0);
}

/* --- the end --------------------------------------------------------------- */

NEAP_NORETURN NEAP_PRINTF(1, 0) static void end_with(const char *fmt, va_list args) {
    neap_cell_vpanic(neap_cell_current(), fmt, args);
}

NEAP_NORETURN NEAP_PRINTF(1, 2) static void end(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    end_with(fmt, args);
}

void neap_native_assert_fail(const char *what, const char *file, unsigned line,
                             const char *function) {
    end("%s:%u: assertion failed in %s: %s", file, line, function, what);
}

void neap_native_abort(void) {
    end("a built-in module called abort()");
}

void neap_native_exit(int code) {
    end("a built-in module called exit(%d)", code);
}

void neap_native_stack_smashed(void) {
    end("a built-in module wrote past the end of a buffer on the stack");
}

int neap_native_fprintf(FILE *to, int flag, const char *fmt, ...) {
    va_list args;
    (void)to;
    (void)flag;
    va_start(args, fmt);
    end_with(fmt, args);
}

int neap_native_vfprintf(FILE *to, int flag, const char *fmt, va_list args) {
    (void)to;
    (void)flag;
    end_with(fmt, args);
}

size_t neap_native_fwrite(const void *text, size_t size, size_t count, FILE *to) {
    (void)to;
    end("%.*s", (int)(size * count), (const char *)text);
}

int neap_native_fputc(int byte, FILE *to) {
    (void)to;
    end("%c", byte);
}

/* --- the Lua API ------------------------------------------------------------- */

void neap_native_register(lua_State *L, const char *name, const luaL_Reg *functions) {
    if (name != NULL)
        lua_newtable(L);
    luaL_register(L, NULL, functions);
}

KILLABLE const char *neap_native_json_string(lua_State *L, int index, size_t *size) {
    const char *text = lua_tolstring(L, index, size);
    if (__builtin_expect(*size > NEAP_NATIVE_JSON_STRING, 0))
        luaL_error(L, "Cannot serialise a string of %d bytes: the longest is %d",
                   (int)*size, (int)NEAP_NATIVE_JSON_STRING);
    return text;
}

void neap_native_fpconv_init(void) {
}
