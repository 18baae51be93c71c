#include "vm/chunk.h"

#include "core/blob.h"
#include "vm/draft.h"
#include "vm/library.h"
#include "vm/modules.h"
#include "vm/runtime_inside.h"
#include "vm/source.h"
#include "vm/state.h"
#include "vm/vm.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

static struct neap_modules *modules_of(const struct neap_vm *vm) {
    return neap_runtime_modules(vm->runtime);
}

/* --- bytecode --- */

static int write_bytecode(lua_State *L, const void *piece, size_t size, void *to) {
    (void)L;
    neap_bytes_append(to, piece, size);
    return 0;
}

/* The bytecode of the chunk on top of the stack. */
static struct neap_bytes *dumped(struct neap_vm *vm, lua_State *L) {
    struct neap_bytes *bytes = &vm->carrier->text;
    bytes->len = 0;
    lua_dump(L, write_bytecode, bytes);
    return bytes;
}

/* Pushes the chunk of vm->code, which the vm holds as long as that takes: it may raise, or
 * never come back. */
static void load_held(struct neap_vm *vm, lua_State *L, const char *name) {
    int err = luaL_loadbuffer(L, (const char *)neap_blob_data(vm->code),
                              neap_blob_size(vm->code), name);
    neap_blob_unref(vm->code);
    vm->code = NULL;
    neap_state_forget_ffi(L);
    if (err != 0)
        lua_error(L);
}

static bool push_shared(struct neap_vm *vm, lua_State *L, const char *name, uint64_t *code) {
    const struct neap_draft_module *tried = NULL;
    if (vm->draft != NULL)
        tried = neap_draft_find(vm->draft, name);
    neap_blob_unref(vm->code);
    vm->code = tried != NULL ? neap_blob_ref(tried->bytecode)
                             : neap_modules_code(modules_of(vm), name, code);
    if (vm->code == NULL)
        return false;
    load_held(vm, L, name);
    return true;
}

/* --- text to a chunk --- */

/* Pushes the chunk, or raises the compiler's message. */
static void compile(lua_State *L, const char *text, size_t size, const char *chunk_name) {
    int err = luaL_loadbuffer(L, text, size, chunk_name);
    neap_state_forget_ffi(L);
    if (err != 0)
        lua_error(L);
}

static void compile_library(struct neap_vm *vm, lua_State *L,
                            const struct neap_library_file *file) {
    char chunk_name[256] = "@";
    snprintf(chunk_name + 1, sizeof chunk_name - 1, "%s.lua", file->module);
    for (char *c = chunk_name; *c != '\0' && strcmp(c, ".lua") != 0; c++)
        if (*c == '.')
            *c = '/';
    compile(L, file->text, file->size, chunk_name);
    neap_modules_keep_library(modules_of(vm), file, dumped(vm, L));
}

bool neap_chunk_push_library(struct neap_vm *vm, lua_State *L, const char *name) {
    const struct neap_library_file *file = neap_library_find(name);
    if (file == NULL)
        return false;
    const struct neap_blob *code = neap_modules_library(modules_of(vm), file);
    if (code == NULL) {
        compile_library(vm, L, file);
        return true;
    }
    if (luaL_loadbuffer(L, (const char *)neap_blob_data(code), neap_blob_size(code),
                        name) != 0)
        lua_error(L);
    neap_state_forget_ffi(L);
    return true;
}

/* --- files --- */

/* Pushes the chunk of the text in the carrier's buffer. */
static void compile_file(struct neap_vm *vm, lua_State *L, const char *path) {
    struct neap_bytes *text = &vm->carrier->text;
    const char *shown = neap_modules_shown(modules_of(vm), path);
    char chunk_name[PATH_MAX + 1];
    snprintf(chunk_name, sizeof chunk_name, "@%s", shown);
    if (text->len > 0 && text->data[0] == '\x1b')
        luaL_error(L, "%s: this is bytecode; only Lua source text is loaded", shown);
    neap_source_hide_shebang(text);
    compile(L, (const char *)text->data, text->len, chunk_name);
}

bool neap_chunk_push_file(struct neap_vm *vm, lua_State *L, const char *path) {
    int err = neap_source_read(path, &vm->carrier->text);
    if (err != 0) {
        lua_pushfstring(L, "%s: %s", path, strerror(err));
        return false;
    }
    neap_modules_keep_file(modules_of(vm), path, neap_source_hash(&vm->carrier->text));
    compile_file(vm, L, path);
    return true;
}

/* False: there is no such file. Raises if it can not be read. */
static bool read_module(struct neap_vm *vm, lua_State *L, const char *name,
                        struct neap_module_file *file) {
    int err = neap_modules_read(modules_of(vm), name, file, &vm->carrier->text);
    if (err != 0 && err != ENOENT)
        luaL_error(L, "module %s: %s: %s", name, file->path,
                   err == EXDEV ? "it leads out of the application's folder"
                                : strerror(err));
    return err == 0;
}

/* Keeps the chunk on top of the stack for the processes to come. If another one was faster,
 * its code is everybody's. */
static void share(struct neap_vm *vm, lua_State *L, const char *name,
                  const struct neap_module_file *file, uint64_t *code) {
    const struct neap_bytes *bytes = dumped(vm, L);
    *code = 1;
    if (vm->draft != NULL) {
        neap_draft_put(vm->draft, name, file->path, file->hash, bytes);
    } else if (neap_modules_keep(modules_of(vm), name, file, bytes)) {
        neap_runtime_note_module(vm->runtime);
    } else {
        lua_pop(L, 1);
        push_shared(vm, L, name, code);
    }
}

static void push_searched(struct neap_vm *vm, lua_State *L, const char *name) {
    const char *directory;
    luaL_Buffer text;
    const char *file_name = luaL_gsub(L, name, ".", "/");
    luaL_buffinit(L, &text);
    for (size_t i = 0; (directory = neap_modules_directory(modules_of(vm), i)) != NULL;
         i++) {
        lua_pushfstring(L, "%s%s/%s.lua, %s/%s/init.lua", i == 0 ? "" : ", ", directory,
                        file_name, directory, file_name);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
}

bool neap_chunk_push(struct neap_vm *vm, lua_State *L, const char *name, uint64_t *code) {
    struct neap_module_file file;
    if (push_shared(vm, L, name, code))
        return true;
    if (!read_module(vm, L, name, &file)) {
        push_searched(vm, L, name);
        return false;
    }
    compile_file(vm, L, file.path);
    share(vm, L, name, &file, code);
    return true;
}

bool neap_chunk_push_file_text(struct neap_vm *vm, lua_State *L, const char *path) {
    const struct neap_bytes *text = &vm->carrier->text;
    if (neap_source_read(path, &vm->carrier->text) != 0)
        return false;
    lua_pushlstring(L, (const char *)text->data, text->len);
    return true;
}

bool neap_chunk_push_text(struct neap_vm *vm, lua_State *L, const char *name) {
    struct neap_module_file file;
    const struct neap_bytes *text = &vm->carrier->text;
    if (!read_module(vm, L, name, &file))
        return false;
    lua_pushlstring(L, (const char *)text->data, text->len);
    lua_pushstring(L, neap_modules_shown(modules_of(vm), file.path));
    return true;
}

/* --- a trial --- */

static bool is_same(const struct neap_module_file *a, const struct neap_module_file *b) {
    return a->hash == b->hash && strcmp(a->path, b->path) == 0;
}

enum neap_chunk_news neap_chunk_draft(struct neap_vm *vm, lua_State *L,
                                      struct neap_module *module, bool force) {
    struct neap_module_file file;
    const char *name = neap_module_name(module);
    bool is_there = read_module(vm, L, name, &file);
    bool is_news = neap_module_set_gone(module, !is_there);
    if (!is_there)
        return is_news || force ? NEAP_CHUNK_GONE : NEAP_CHUNK_SAME;
    if (!force && is_same(&file, neap_module_file(module)))
        return NEAP_CHUNK_SAME;
    compile_file(vm, L, file.path);
    neap_draft_put(vm->draft, name, file.path, file.hash, dumped(vm, L));
    lua_pop(L, 1);
    return NEAP_CHUNK_CHANGED;
}

const char *neap_chunk_file(struct neap_vm *vm, size_t i, enum neap_chunk_news *news) {
    const struct neap_module_file *file = neap_modules_file(modules_of(vm), i);
    if (file == NULL)
        return NULL;
    struct neap_bytes *text = &vm->carrier->text;
    bool is_there = neap_source_read(file->path, text) == 0;
    uint64_t hash = is_there ? neap_source_hash(text) : 0;
    *news = is_there ? NEAP_CHUNK_CHANGED : NEAP_CHUNK_GONE;
    if (!neap_modules_note_file(modules_of(vm), i, hash))
        *news = NEAP_CHUNK_SAME;
    return neap_modules_shown(modules_of(vm), file->path);
}
