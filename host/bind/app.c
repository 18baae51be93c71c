/* What the first process needs to bring the application up. */
#include "bind/arguments.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/node.h"
#include "core/process.h"
#include "vm/chunk.h"
#include "vm/codec.h"
#include "vm/fail.h"
#include "vm/modules.h"
#include "vm/runtime_inside.h"
#include "vm/vm.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct neap_vm *first_only(lua_State *L, const char *name) {
    struct neap_vm *vm = neap_vm_current();
    if (!neap_runtime_is_first(vm->runtime, vm->process))
        neap_misuse(L, name, "only the first process may call this");
    return vm;
}

static void set_text(lua_State *L, const char *key, const char *text, size_t size) {
    lua_pushlstring(L, text, size);
    lua_setfield(L, -2, key);
}

static void set_list(lua_State *L, const char *key, const char *const *texts, size_t count) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(L, texts[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    lua_setfield(L, -2, key);
}

/* "/a/shop" is the folder of the app "/a/shop", and of "/a/shop/x.lua". */
static void set_place(struct neap_vm *vm, lua_State *L, const char *path) {
    size_t size = strlen(path);
    struct stat st;
    bool file = stat(path, &st) != 0 || !S_ISDIR(st.st_mode);
    const char *slash = strrchr(path, '/');
    size_t folder = file && slash != NULL ? (size_t)(slash - path) : size;
    set_text(L, "kind", file ? "file" : "dir", file ? 4 : 3);
    set_text(L, "path", path, size);
    set_text(L, "dir", path, folder > 0 ? folder : 1);
    lua_getfield(L, -1, "dir"); /* what messages about files leave out */
    neap_modules_set_root(neap_runtime_modules(vm->runtime), lua_tostring(L, -1));
    lua_pop(L, 1);
}

static int l_boot(lua_State *L) {
    struct neap_vm *vm = first_only(L, "boot");
    const struct neap_runtime_options *o = neap_runtime_options_of(vm->runtime);
    lua_createtable(L, 0, 8);
    set_text(L, "mode", o->check ? "check" : "run", o->check ? 5 : 3);
    set_place(vm, L, o->app_path);
    if (o->name != NULL)
        set_text(L, "name", o->name, strlen(o->name));
    set_list(L, "args", o->args, o->arg_count);
    set_list(L, "sets", o->sets, o->set_count);
    return 1;
}

/* Encodes the field `key` of the table at 1 into a message that hangs on the vm. */
static void encode_field(struct neap_vm *vm, lua_State *L, const char *key,
                         struct neap_message **to) {
    lua_getfield(L, 1, key);
    int err = neap_encode_value(&vm->carrier->scratch, L, &vm->handles, lua_gettop(L),
                                key, (size_t)16 << 20);
    if (err != 0)
        luaL_error(L, "%s", vm->carrier->scratch.error);
    lua_pop(L, 1);
    neap_vm_free_message(vm, to);
    *to = neap_scratch_message(&vm->carrier->scratch, NEAP_MESSAGE_VALUE);
}

static void set_paths(struct neap_vm *vm, lua_State *L) {
    struct neap_modules *modules = neap_runtime_modules(vm->runtime);
    lua_getfield(L, 1, "dir");
    if (lua_type(L, -1) == LUA_TSTRING)
        neap_modules_set_root(modules, lua_tostring(L, -1));
    neap_modules_clear_path(modules);
    lua_getfield(L, 1, "path");
    int count = (int)lua_objlen(L, -1);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, i);
        neap_modules_add_path(modules, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
}

/* configure{ config=, args=, path=, dir=, name= }: before any other process; once more when
 * app.lua has said its name and path. */
static int l_configure(lua_State *L) {
    struct neap_vm *vm = first_only(L, "configure");
    luaL_checktype(L, 1, LUA_TTABLE);
    encode_field(vm, L, "config", &vm->message);
    encode_field(vm, L, "args", &vm->half_spawned);
    set_paths(vm, L);
    neap_runtime_set_strict(vm->runtime, neap_field_boolean(L, 1, "strict"));
    lua_getfield(L, 1, "name");
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "neap";
    neap_runtime_configure(vm->runtime, vm->message, vm->half_spawned, name);
    vm->message = vm->half_spawned = NULL;
    return 0;
}

/* Decoded anew for each process: what one changes, no other sees. */
static int push_copy(struct neap_vm *vm, lua_State *L, const struct neap_message *m) {
    if (m == NULL)
        lua_newtable(L);
    else
        neap_decode_value(L, &vm->handles, m->payload, m->size, m->blobs, m->blob_count);
    return 1;
}

static int l_config(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    return push_copy(vm, L, neap_runtime_config(vm->runtime));
}

/* is_strict(): whether reading an unknown global is an error. */
static int l_is_strict(lua_State *L) {
    lua_pushboolean(L, neap_runtime_is_strict(neap_vm_current_pure()->runtime));
    return 1;
}

static int l_args(lua_State *L) {
    struct neap_vm *vm = neap_vm_current_pure();
    return push_copy(vm, L, neap_runtime_args(vm->runtime));
}

/* set_fault_policy("continue" | "restart"): before any other process. */
static int l_set_fault_policy(lua_State *L) {
    struct neap_vm *vm = first_only(L, "set_fault_policy");
    bool restart = strcmp(luaL_checkstring(L, 1), "restart") == 0;
    neap_suspicion_set_policy(neap_runtime_suspicion(vm->runtime),
                              restart ? NEAP_FAULT_RESTART : NEAP_FAULT_CONTINUE);
    return 0;
}

static int l_ready(lua_State *L) {
    neap_runtime_ready(first_only(L, "ready")->runtime);
    return 0;
}

/* refuse(lines): what is wrong with the app, for people; the program ends. */
static int l_refuse(lua_State *L) {
    struct neap_vm *vm = first_only(L, "refuse");
    luaL_checktype(L, 1, LUA_TTABLE);
    const struct neap_log *log = neap_node_log(neap_process_node(vm->process));
    int count = (int)lua_objlen(L, 1);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, 1, i);
        size_t size = 1;
        const char *line = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size)
                                                          : "?";
        neap_log_say(log, line, size);
        lua_pop(L, 1);
    }
    neap_runtime_refuse(vm->runtime);
    neap_vm_exit(vm, neap_reason_of(NEAP_REASON_SHUTDOWN));
}

/* load_file(path): a chunk, or nil and why not. */
static int l_load_file(lua_State *L) {
    struct neap_vm *vm = first_only(L, "load_file");
    if (neap_chunk_push_file(vm, L, luaL_checkstring(L, 1)))
        return 1;
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* file_text(path): its source text, or nothing. */
static int l_file_text(lua_State *L) {
    struct neap_vm *vm = first_only(L, "file_text");
    return neap_chunk_push_file_text(vm, L, luaL_checkstring(L, 1)) ? 1 : 0;
}

/* module_text(name): its source text and the path of its file, or nothing. */
static int l_module_text(lua_State *L) {
    struct neap_vm *vm = first_only(L, "module_text");
    return neap_chunk_push_text(vm, L, luaL_checkstring(L, 1)) ? 2 : 0;
}

/* exists(path): of the folders and files an app names. */
static int l_exists(lua_State *L) {
    first_only(L, "exists");
    lua_pushboolean(L, access(luaL_checkstring(L, 1), F_OK) == 0);
    return 1;
}

const luaL_Reg NEAP_BIND_APP[] = {
    { "boot", l_boot },
    { "configure", l_configure },
    { "config", l_config },
    { "args", l_args },
    { "set_fault_policy", l_set_fault_policy },
    { "is_strict", l_is_strict },
    { "ready", l_ready },
    { "refuse", l_refuse },
    { "load_file", l_load_file },
    { "exists", l_exists },
    { "file_text", l_file_text },
    { "module_text", l_module_text },
    { NULL, NULL },
};
