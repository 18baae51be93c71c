#include "vm/modules.h"

#include "base/alloc.h"
#include "base/list.h"
#include "base/thread.h"
#include "core/blob.h"
#include "vm/library.h"
#include "vm/runtime_inside.h"
#include "vm/state.h"
#include "vm/vm.h"

#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct code { /* a compiled module */
    struct neap_list link;
    struct neap_blob *bytecode;
    char name[];
};

struct directory {
    struct neap_list link;
    char path[];
};

struct neap_modules {
    struct neap_mutex lock;
    struct neap_list codes; /* a program has tens of modules */
    struct neap_list path;  /* set before other processes run; read without the lock */
    char *root;
};

struct neap_modules *neap_modules_new(void) {
    struct neap_modules *m = neap_calloc(1, sizeof *m);
    neap_mutex_init(&m->lock);
    neap_list_init(&m->codes);
    neap_list_init(&m->path);
    return m;
}

void neap_modules_free(struct neap_modules *m) {
    if (m == NULL)
        return;
    struct neap_list *node;
    while ((node = neap_list_pop(&m->codes)) != NULL) {
        struct code *code = NEAP_LIST_ITEM(node, struct code, link);
        neap_blob_unref(code->bytecode);
        neap_free(code);
    }
    neap_modules_clear_path(m);
    neap_free(m->root);
    neap_mutex_fini(&m->lock);
    neap_free(m);
}

/* Set twice by a file that returns a spec, when others may be reading it: the same. */
void neap_modules_set_root(struct neap_modules *m, const char *root) {
    if (m->root != NULL && strcmp(m->root, root) == 0)
        return;
    neap_free(m->root);
    m->root = neap_strdup(root);
}

const char *neap_modules_root(const struct neap_modules *m) {
    return m->root;
}

void neap_modules_clear_path(struct neap_modules *m) {
    struct neap_list *node;
    while ((node = neap_list_pop(&m->path)) != NULL)
        neap_free(NEAP_LIST_ITEM(node, struct directory, link));
}

void neap_modules_add_path(struct neap_modules *m, const char *directory) {
    size_t size = strlen(directory) + 1;
    struct directory *d = neap_alloc(sizeof *d + size);
    memcpy(d->path, directory, size);
    neap_list_push(&m->path, &d->link);
}

/* --- the shared bytecode --- */

/* Lent: a module's code stays until the runtime ends. */
static struct neap_blob *find(struct neap_modules *m, const char *name) {
    struct neap_blob *found = NULL;
    neap_mutex_lock(&m->lock);
    for (struct neap_list *at = m->codes.next; at != &m->codes; at = at->next) {
        struct code *code = NEAP_LIST_ITEM(at, struct code, link);
        if (strcmp(code->name, name) == 0) {
            found = code->bytecode;
            break;
        }
    }
    neap_mutex_unlock(&m->lock);
    return found;
}

/* Two processes may compile a module at the same time: the first to come is kept. */
static void keep(struct neap_modules *m, const char *name, const struct neap_bytes *bytes) {
    if (find(m, name) != NULL)
        return;
    size_t size = strlen(name) + 1;
    struct code *code = neap_alloc(sizeof *code + size);
    memcpy(code->name, name, size);
    code->bytecode = neap_blob_new(bytes->data, bytes->len);
    neap_mutex_lock(&m->lock);
    neap_list_push(&m->codes, &code->link);
    neap_mutex_unlock(&m->lock);
}

static int write_bytecode(lua_State *L, const void *piece, size_t size, void *to) {
    (void)L;
    neap_bytes_append(to, piece, size);
    return 0;
}

/* Keeps the chunk on top of the stack for the processes to come. */
static void share(struct neap_vm *vm, lua_State *L, const char *name) {
    struct neap_bytes *bytes = &vm->carrier->text;
    bytes->len = 0;
    lua_dump(L, write_bytecode, bytes);
    keep(neap_runtime_modules(vm->runtime), name, bytes);
}

static bool push_shared(struct neap_vm *vm, lua_State *L, const char *name) {
    const struct neap_blob *code = find(neap_runtime_modules(vm->runtime), name);
    if (code == NULL)
        return false;
    if (luaL_loadbuffer(L, (const char *)neap_blob_data(code), neap_blob_size(code),
                        name) != 0)
        lua_error(L);
    neap_state_forget_ffi(L);
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

bool neap_modules_push_library(struct neap_vm *vm, lua_State *L, const char *name) {
    if (push_shared(vm, L, name))
        return true;
    const struct neap_library_file *file = neap_library_find(name);
    if (file == NULL)
        return false;
    char chunk_name[256] = "@";
    snprintf(chunk_name + 1, sizeof chunk_name - 1, "%s.lua", name);
    for (char *c = chunk_name; *c != '\0' && strcmp(c, ".lua") != 0; c++)
        if (*c == '.')
            *c = '/';
    compile(L, file->text, file->size, chunk_name);
    share(vm, L, name);
    return true;
}

/* --- files --- */

/* 0 and the bytes, or an errno value. EFBIG: too large; EISDIR and the like as they come. */
static int read_file(const char *path, struct neap_bytes *out) {
    struct stat st;
    out->len = 0;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return errno;
    int err = fstat(fileno(file), &st) != 0 ? errno : 0;
    if (err == 0 && !S_ISREG(st.st_mode))
        err = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    if (err == 0 && st.st_size > NEAP_SOURCE_BYTES)
        err = EFBIG;
    if (err == 0) {
        out->len = fread(neap_bytes_room(out, (size_t)st.st_size + 1), 1,
                         (size_t)st.st_size, file);
        err = ferror(file) != 0 ? EIO : 0;
    }
    fclose(file);
    return err;
}

/* "#!/usr/bin/env neap" becomes a comment; lines keep their numbers. */
static void hide_shebang(struct neap_bytes *text) {
    if (text->len >= 2 && text->data[0] == '#' && text->data[1] == '!')
        memcpy(text->data, "--", 2);
}

/* The path as people wrote it: relative to the application's folder. */
static const char *shown_path(const struct neap_modules *m, const char *path) {
    size_t root = m->root != NULL ? strlen(m->root) : 0;
    bool below = root > 0 && strncmp(path, m->root, root) == 0 && path[root] == '/';
    return below ? path + root + 1 : path;
}

/* Pushes the chunk of the text in the carrier's buffer. */
static void compile_file(struct neap_vm *vm, lua_State *L, const char *path) {
    struct neap_bytes *text = &vm->carrier->text;
    const char *shown = shown_path(neap_runtime_modules(vm->runtime), path);
    char chunk_name[PATH_MAX + 1];
    snprintf(chunk_name, sizeof chunk_name, "@%s", shown);
    if (text->len > 0 && text->data[0] == '\x1b')
        luaL_error(L, "%s: this is bytecode; only Lua source text is loaded", shown);
    hide_shebang(text);
    compile(L, (const char *)text->data, text->len, chunk_name);
}

bool neap_modules_push_file(struct neap_vm *vm, lua_State *L, const char *path) {
    int err = read_file(path, &vm->carrier->text);
    if (err != 0) {
        lua_pushfstring(L, "%s: %s", path, strerror(err));
        return false;
    }
    compile_file(vm, L, path);
    return true;
}

/* Reads the first of NAME.lua and NAME/init.lua that exists in `directory`. */
static bool read_in(struct neap_vm *vm, lua_State *L, const char *directory,
                    const char *name, char path[PATH_MAX]) {
    for (int i = 0; i < 2; i++) {
        const char *end = i == 0 ? ".lua" : "/init.lua";
        int n = snprintf(path, PATH_MAX, "%s/%s%s", directory, name, end);
        int err = n >= PATH_MAX ? ENOENT : read_file(path, &vm->carrier->text);
        if (err == 0)
            return true;
        if (err != ENOENT && err != ENOTDIR)
            luaL_error(L, "module %s: %s: %s", name, path, strerror(err));
    }
    return false;
}

/* Reads the module's file, in the first directory of the path that has it. */
static bool find_file(struct neap_vm *vm, lua_State *L, const char *file_name,
                      char path[PATH_MAX]) {
    struct neap_modules *m = neap_runtime_modules(vm->runtime);
    for (struct neap_list *at = m->path.next; at != &m->path; at = at->next) {
        const char *directory = NEAP_LIST_ITEM(at, struct directory, link)->path;
        if (read_in(vm, L, directory, file_name, path))
            return true;
    }
    return false;
}

static void push_searched(struct neap_modules *m, lua_State *L, const char *name) {
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (struct neap_list *at = m->path.next; at != &m->path; at = at->next) {
        const char *directory = NEAP_LIST_ITEM(at, struct directory, link)->path;
        lua_pushfstring(L, "%s%s/%s.lua, %s/%s/init.lua", at == m->path.next ? "" : ", ",
                        directory, name, directory, name);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
}

bool neap_modules_push(struct neap_vm *vm, lua_State *L, const char *name) {
    if (push_shared(vm, L, name))
        return true;
    const char *file_name = luaL_gsub(L, name, ".", "/");
    char path[PATH_MAX];
    if (!find_file(vm, L, file_name, path)) {
        push_searched(neap_runtime_modules(vm->runtime), L, file_name);
        return false;
    }
    compile_file(vm, L, path);
    share(vm, L, name);
    return true;
}

bool neap_modules_push_file_text(struct neap_vm *vm, lua_State *L, const char *path) {
    const struct neap_bytes *text = &vm->carrier->text;
    if (read_file(path, &vm->carrier->text) != 0)
        return false;
    lua_pushlstring(L, (const char *)text->data, text->len);
    return true;
}

bool neap_modules_push_text(struct neap_vm *vm, lua_State *L, const char *name) {
    const struct neap_bytes *text = &vm->carrier->text;
    const char *file_name = luaL_gsub(L, name, ".", "/");
    char path[PATH_MAX];
    bool found = find_file(vm, L, file_name, path);
    lua_pop(L, 1);
    if (!found)
        return false;
    lua_pushlstring(L, (const char *)text->data, text->len);
    lua_pushstring(L, shown_path(neap_runtime_modules(vm->runtime), path));
    return true;
}
