/* Making processes. The options were read and checked by lua/neap/options.lua. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/node.h"
#include "core/process.h"
#include "core/spawn.h"
#include "vm/codec.h"
#include "vm/fail.h"
#include "vm/images.h"
#include "vm/local_name.h"
#include "vm/runtime_inside.h"
#include "vm/snapshot.h"
#include "vm/vm.h"

#include <stdio.h>
#include <string.h>

struct request { /* everything taken from Lua before the process is made */
    enum neap_start_kind kind;
    struct neap_limits limits;
    bool link, monitor, ack, trap_parent, supervisor;
    bool has_name, has_id, has_module;
    bool has_grants; /* they hang on the vm */
    char name[129], id[129], module[129];
};

static enum neap_start_kind read_kind(lua_State *L) {
    const char *kind = neap_arg_string(L, 1, "neap.spawn", NULL);
    if (strcmp(kind, "module") == 0)
        return NEAP_START_MODULE;
    return strcmp(kind, "service") == 0 ? NEAP_START_SERVICE : NEAP_START_FUNCTION;
}

static void read_request(lua_State *L, struct request *r) {
    char role[16];
    r->kind = read_kind(L);
    neap_arg_limits(L, 4, &r->limits);
    r->link = neap_field_boolean(L, 4, "link");
    r->monitor = neap_field_boolean(L, 4, "monitor");
    r->ack = neap_field_boolean(L, 4, "ack");
    r->trap_parent = neap_field_boolean(L, 4, "trap_parent");
    r->has_name = neap_field_text(L, 4, "name", r->name, sizeof r->name);
    r->has_id = neap_field_text(L, 4, "id", r->id, sizeof r->id);
    r->has_module = neap_field_text(L, 4, "module", r->module, sizeof r->module);
    r->supervisor = neap_field_text(L, 4, "role", role, sizeof role) &&
                    strcmp(role, "supervisor") == 0;
    if (r->kind == NEAP_START_MODULE && !r->has_module && lua_type(L, 2) == LUA_TSTRING) {
        strncpy(r->module, lua_tostring(L, 2), sizeof r->module - 1);
        r->has_module = true;
    }
}

/* Pushes "allow[2] is "x"; expected ..." for each problem of the list. */
static void push_problems(lua_State *L, int list, int problems) {
    char line[NEAP_GRANT_WHY + 120];
    int count = (int)lua_objlen(L, list);
    lua_pushliteral(L, "");
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(L, list, i);
        lua_rawgeti(L, problems, i);
        if (lua_isstring(L, -1)) {
            const char *given = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
            snprintf(line, sizeof line, "%sallow[%d] is \"%.80s\"; %s",
                     lua_objlen(L, -3) > 0 ? "\n" : "", i, given, lua_tostring(L, -1));
            lua_pop(L, 2);
            lua_pushstring(L, line);
            lua_concat(L, 2);
        } else {
            lua_pop(L, 2);
        }
    }
}

/* Its capabilities, if they are to be others than its parent's. */
static void read_grants(struct neap_vm *vm, lua_State *L, struct request *r) {
    int top = lua_gettop(L);
    lua_pushliteral(L, "allow");
    lua_rawget(L, 4);
    r->has_grants = lua_istable(L, -1);
    if (r->has_grants && neap_grants_read(vm, L, top + 1, neap_process_grants(vm->process),
                                          &vm->granted) > 0) {
        push_problems(L, top + 1, top + 2);
        neap_misuse(L, "neap.spawn", "%s", lua_tostring(L, -1));
    }
    lua_settop(L, top);
}

/* To give a name is to use it; the children of the root, which have an id, are named by the
 * application. */
static void check_name(struct neap_vm *vm, lua_State *L, const struct request *r) {
    bool is_of_root = r->has_id && neap_runtime_is_first(vm->runtime, vm->process);
    if (r->has_name && !is_of_root)
        neap_need_name(vm, L, r->name, "neap.spawn");
}

/* What is refused is told by the name that the caller has for it: so it is encoded again,
 * since looking for the name takes longer than encoding, and mostly there is no need. */
static int encode_snapshot(struct neap_vm *vm, lua_State *L, const char *root) {
    struct neap_scratch *s = &vm->carrier->scratch;
    size_t max = (size_t)neap_process_limits(vm->process)->message;
    int names = lua_gettop(L);
    char name[NEAP_LOCAL_NAME];
    int err = neap_snapshot_encode(s, L, &vm->handles, 2, names, root, max);
    if (err == NEAP_EINVALID && neap_local_name(L, 2, name))
        err = neap_snapshot_encode(s, L, &vm->handles, 2, names, name, max);
    return err;
}

static int encode_what(struct neap_vm *vm, lua_State *L, const struct request *r) {
    if (r->kind == NEAP_START_MODULE)
        return neap_encode_value(&vm->carrier->scratch, L, &vm->handles, 2, "what",
                                 (size_t)neap_process_limits(vm->process)->message);
    neap_vm_push_slot(vm, L, NEAP_SLOT_NAMES);
    lua_call(L, 0, 1); /* the table of what is found by name */
    bool service = r->kind == NEAP_START_SERVICE;
    int err = encode_snapshot(vm, L, service ? "the service" : "the function");
    lua_pop(L, 1);
    return err;
}

static int argument_count(lua_State *L) {
    return (int)neap_field_count(L, 3, "n", lua_objlen(L, 3));
}

/* Nothing is held but on the vm: what comes may raise or leave. */
static int fail(struct neap_vm *vm, lua_State *L, int err) {
    const struct neap_scratch *s = &vm->carrier->scratch;
    neap_vm_free_message(vm, &vm->half_spawned);
    if (err == NEAP_ELIMIT)
        return neap_fail_limit(vm, L, "message", (double)s->used, (double)s->max);
    neap_misuse(L, "spawn", "%s", s->error);
}

/* In one critical section from the second message on: nothing can get lost. */
static int make(struct neap_vm *vm, const struct request *r, struct neap_spawned *out) {
    struct neap_cell *cell = &vm->carrier->cell;
    neap_crit_enter(cell);
    struct neap_message *args = neap_scratch_message(&vm->carrier->scratch,
                                                     NEAP_MESSAGE_VALUE);
    struct neap_spawn_options options = {
        .parent = vm->process,
        .body = &neap_vm_new(vm->runtime, r->kind, vm->half_spawned, args)->body,
        .limits = r->limits,
        .grants = r->has_grants ? vm->granted : NULL,
        .link = r->link,
        .monitor = r->monitor,
        .ack = r->ack,
        .trap_parent = r->trap_parent,
        .supervisor = r->supervisor,
        .name = r->has_name ? r->name : NULL,
        .id = r->has_id ? r->id : NULL,
        .module = r->has_module ? r->module : NULL,
    };
    vm->half_spawned = NULL;
    int err = neap_spawn(neap_process_node(vm->process), &options, out);
    neap_crit_leave(cell);
    return err;
}

static int push_spawned(struct neap_vm *vm, lua_State *L, const struct request *r,
                        int err, const struct neap_spawned *out) {
    if (err == NEAP_ETAKEN) {
        neap_fail(vm, L, "taken", "the name \"%s\" is taken", r->name);
        neap_handle_push_pid(L, &vm->handles, out->holder);
        lua_setfield(L, -2, "pid");
        return 2;
    }
    if (err != 0)
        return neap_fail(vm, L, "limit", "the node has as many processes as it can hold");
    neap_handle_push_pid(L, &vm->handles, out->pid);
    if (out->ref == 0)
        return 1;
    neap_handle_push_ref(L, &vm->handles, out->ref);
    return 2;
}

/* spawn(kind, what, args, options): see lua/neap/options.lua. */
static int l_spawn(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct request r = { 0 };
    uint64_t held;
    read_request(L, &r);
    check_name(vm, L, &r);
    read_grants(vm, L, &r);
    if (neap_process_check_handles(vm->process, &held) != 0)
        return neap_fail_limit(vm, L, "handles", (double)held,
                               (double)neap_process_limits(vm->process)->handles);
    neap_wait_clear(vm);
    int err = encode_what(vm, L, &r);
    if (err != 0)
        return fail(vm, L, err);
    neap_vm_free_message(vm, &vm->half_spawned);
    vm->half_spawned = neap_scratch_message(&vm->carrier->scratch, NEAP_MESSAGE_VALUE);
    err = neap_encode_list(&vm->carrier->scratch, L, &vm->handles, 3, argument_count(L),
                           "argument #", (size_t)neap_process_limits(vm->process)->message);
    if (err != 0)
        return fail(vm, L, err);
    struct neap_spawned out = { 0 };
    err = make(vm, &r, &out);
    if (err == 0 && r.ack) /* what comes may raise, and the open call must be given up then */
        vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_ACK, .deadline = NEAP_FOREVER };
    return push_spawned(vm, L, &r, err, &out);
}

/* --- in the new process --- */

static void push_what(struct neap_vm *vm, lua_State *L) {
    const struct neap_message *m = vm->start_what;
    if (vm->build != NULL) {
        lua_pushstring(L, neap_build_module(vm->build));
        return;
    }
    if (m == NULL) {
        lua_pushnil(L);
        return;
    }
    if (vm->start_kind == NEAP_START_MODULE || vm->start_kind == NEAP_START_HTTP) {
        neap_decode_value(L, &vm->handles, m->payload, m->size, m->blobs, m->blob_count);
        return;
    }
    neap_vm_push_slot(vm, L, NEAP_SLOT_RESOLVE);
    int resolver = lua_gettop(L);
    neap_snapshot_decode(L, &vm->handles, m->payload, m->size, m->blobs, m->blob_count,
                         resolver);
    lua_remove(L, resolver);
}

/* Pushes { ..., n = count }. */
static void push_args(struct neap_vm *vm, lua_State *L) {
    const struct neap_message *m = vm->start_args;
    int count = m != NULL ? neap_decode_count(m->payload, m->size) : 0;
    luaL_checkstack(L, count + 4, "arguments");
    lua_createtable(L, count, 1);
    int table = lua_gettop(L);
    lua_pushinteger(L, count);
    lua_setfield(L, table, "n");
    if (m == NULL)
        return;
    neap_decode_pack(L, &vm->handles, m->payload, m->size, m->blobs, m->blob_count);
    for (int i = count; i > 0; i--)
        lua_rawseti(L, table, i);
}

/* start(): kind, what, args of the process; once. */
static int l_start(lua_State *L) {
    static const char *const KINDS[] = {
        [NEAP_START_MODULE] = "module",   [NEAP_START_FUNCTION] = "function",
        [NEAP_START_SERVICE] = "service", [NEAP_START_HTTP] = "http",
        [NEAP_START_BOOT] = "boot",       [NEAP_START_RELOAD] = "reload",
        [NEAP_START_IMAGE] = "image",
    };
    struct neap_vm *vm = neap_vm_current_pure();
    luaL_checkstack(L, 8, "the start");
    bool http_image = vm->build != NULL && neap_build_is_http(vm->build);
    lua_pushstring(L, http_image ? "http_image" : KINDS[vm->start_kind]);
    push_what(vm, L);
    push_args(vm, L);
    neap_vm_free_message(vm, &vm->start_what);
    neap_vm_free_message(vm, &vm->start_args);
    return 3;
}

const luaL_Reg NEAP_BIND_SPAWN[] = {
    { "spawn", l_spawn },
    { "start", l_start },
    { NULL, NULL },
};
