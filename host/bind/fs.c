/* Files: neap.fs. The options were read by lua/neap/fs/options.lua. */
#include "bind/arguments.h"
#include "bind/grants.h"
#include "bind/host.h"

#include "base/error.h"
#include "core/process.h"
#include "net/file.h"
#include "net/loop.h"
#include "vm/exit_reason.h"
#include "vm/fail.h"
#include "vm/heap.h"
#include "vm/modules.h"
#include "vm/runtime_inside.h"
#include "vm/vm.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char *const NAMES[NEAP_FILE_VERBS] = {
    [NEAP_FILE_READ] = "neap.fs.read",     [NEAP_FILE_WRITE] = "neap.fs.write",
    [NEAP_FILE_APPEND] = "neap.fs.append", [NEAP_FILE_LIST] = "neap.fs.list",
    [NEAP_FILE_STAT] = "neap.fs.stat",     [NEAP_FILE_REMOVE] = "neap.fs.remove",
    [NEAP_FILE_MKDIR] = "neap.fs.mkdir",
};

/* --- arguments --- */

static const char *path_argument(lua_State *L, const char *where) {
    size_t size;
    const char *path = neap_arg_string(L, 1, where, &size);
    if (size == 0)
        neap_misuse(L, where, "argument 1 is \"\"; expected a path");
    if (memchr(path, '\0', size) != NULL)
        neap_misuse(L, where,
                    "argument 1, \"%.40s\", goes on after a zero byte; expected a path",
                    path);
    return path;
}

static void data_argument(struct neap_vm *vm, lua_State *L, struct neap_file_request *r) {
    r->data = neap_handle_to_buffer(L, &vm->handles, 2);
    if (r->data != NULL)
        return;
    if (lua_type(L, 2) != LUA_TSTRING)
        neap_arg_fail(L, NAMES[r->verb], 2, "a string or a neap.buffer");
    r->bytes = lua_tolstring(L, 2, &r->size);
}

static uint64_t count_argument(lua_State *L, int index) {
    double n = lua_tonumber(L, index);
    return n >= 9e15 ? (uint64_t)9e15 : n > 0 ? (uint64_t)n : 0;
}

/* --- what came of it --- */

static void set_text(lua_State *L, const char *key, const char *text) {
    lua_pushstring(L, text);
    lua_setfield(L, -2, key);
}

static void set_number(lua_State *L, const char *key, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, key);
}

/* Ids are text: a number would be exact up to 2^53 only. */
static void set_id(lua_State *L, const char *key, uint64_t id) {
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, id);
    set_text(L, key, text);
}

static void push_facts(lua_State *L, const struct neap_file_facts *facts) {
    static const char *const TYPES[] = {
        [NEAP_FILE_IS_FILE] = "file",
        [NEAP_FILE_IS_DIRECTORY] = "directory",
        [NEAP_FILE_IS_LINK] = "link",
        [NEAP_FILE_IS_OTHER] = "other",
    };
    char mode[8];
    snprintf(mode, sizeof mode, "%04o", facts->mode);
    lua_createtable(L, 0, 6);
    set_text(L, "type", TYPES[facts->type]);
    set_text(L, "mode", mode);
    set_number(L, "size", (double)facts->size);
    set_number(L, "modified", facts->modified);
    set_id(L, "inode", facts->inode);
    set_id(L, "device", facts->device);
}

static void push_names(lua_State *L, const struct neap_file_job *job) {
    lua_createtable(L, (int)job->count, 0);
    for (size_t i = 0; i < job->count; i++) {
        lua_pushstring(L, job->names[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

static void push_result(lua_State *L, const struct neap_file_job *job) {
    switch (job->verb) {
    case NEAP_FILE_READ: lua_pushlstring(L, job->bytes, job->len); break;
    case NEAP_FILE_LIST: push_names(L, job); break;
    case NEAP_FILE_STAT: push_facts(L, &job->facts); break;
    default: lua_pushboolean(L, 1);
    }
}

/* --- why nothing came of it --- */

static int fail_size(struct neap_vm *vm, lua_State *L, const struct neap_file_job *job,
                     const char *path) {
    neap_fail(vm, L, "limit", "%.400s has %.0f %s or more, %.0f are allowed (max)", path,
              (double)job->used, job->verb == NEAP_FILE_LIST ? "names" : "bytes",
              (double)job->max);
    set_text(L, "limit", "max");
    set_text(L, "path", path);
    set_number(L, "used", (double)job->used);
    set_number(L, "max", (double)job->max);
    return 2;
}

/* It was not even read: it could not be held. */
NEAP_NORETURN static void end_over_memory(struct neap_vm *vm,
                                          const struct neap_file_job *job) {
    neap_vm_exit(vm, neap_reason_limit("memory",
                                       (double)neap_heap_used(vm->heap) + (double)job->used,
                                       (double)job->memory, NULL));
}

static int fail_system(struct neap_vm *vm, lua_State *L, const struct neap_file_job *job,
                       const char *path) {
    static const char *const WORDS[NEAP_FILE_VERBS] = {
        [NEAP_FILE_READ] = "read",
        [NEAP_FILE_WRITE] = "write",
        [NEAP_FILE_APPEND] = "append to",
        [NEAP_FILE_LIST] = "list",
        [NEAP_FILE_STAT] = "stat",
        [NEAP_FILE_REMOVE] = "remove",
        [NEAP_FILE_MKDIR] = "make the directory",
    };
    char text[NEAP_FILE_TEXT];
    const char *code = neap_file_error(job->err, text);
    neap_fail(vm, L, "file", "cannot %s %.400s: %s", WORDS[job->verb], path,
              job->what != NULL ? job->what : text);
    set_text(L, "code", code);
    set_text(L, "path", path);
    return 2;
}

static int fail(struct neap_vm *vm, lua_State *L, const struct neap_file_job *job,
                const char *path) {
    switch (job->err) {
    case NEAP_ELIMIT: return fail_size(vm, L, job, path);
    case NEAP_EMEMORY: end_over_memory(vm, job);
    default: return fail_system(vm, L, job, path);
    }
}

static int fail_orphans(struct neap_vm *vm, lua_State *L) {
    neap_fail(vm, L, "limit",
              "%d file operations of processes that have ended are still in flight, %d "
              "are allowed: the file system does not answer, or they are begun too fast",
              NEAP_FILE_ORPHANS, NEAP_FILE_ORPHANS);
    set_text(L, "limit", "files");
    set_number(L, "used", NEAP_FILE_ORPHANS);
    set_number(L, "max", NEAP_FILE_ORPHANS);
    return 2;
}

/* --- waiting --- */

/* The operation stays the process's while Lua makes values of what it found: that may end
 * the process. */
static int take_result(struct neap_vm *vm, lua_State *L, bool is_late) {
    (void)is_late; /* there is no deadline */
    struct neap_file *f = neap_file_of(vm->process);
    if (!neap_file_is_done(f))
        return NEAP_EWAIT;
    luaL_checkstack(L, 10, "a result");
    const struct neap_file_job *job = neap_file_job_of(f);
    int n = 1;
    if (job->err != 0)
        n = fail(vm, L, job, neap_file_path(f));
    else
        push_result(L, job);
    neap_crit_enter(&vm->carrier->cell);
    neap_file_free(f);
    neap_crit_leave(&vm->carrier->cell);
    return n;
}

static void on_decided(struct neap_vm *vm, bool waits) {
    struct neap_file *f = neap_file_of(vm->process);
    if (waits)
        neap_file_begin(
            f, neap_loop_of(neap_worker_poller(neap_process_worker(vm->process))));
    else
        neap_file_free(f);
}

/* --- whether it may --- */

static bool writes(enum neap_file_verb verb) {
    return verb != NEAP_FILE_READ && verb != NEAP_FILE_LIST && verb != NEAP_FILE_STAT;
}

/* What would have to be granted: the folder that the path lies in; of a list, the path. */
NEAP_NORETURN static void refuse(lua_State *L, const struct neap_file_request *r,
                                 char *path, const char *root) {
    const char *word = writes(r->verb) ? "fs" : "read";
    char *slash = strrchr(path, '/');
    if (r->verb != NEAP_FILE_LIST)
        slash[slash == path ? 1 : 0] = '\0';
    const char *below = neap_path_below(root, path);
    if (below != NULL && below[0] == '\0')
        neap_refuse(L, NAMES[r->verb], "%s", word);
    neap_refuse(L, NAMES[r->verb], "%s:%.200s", word, below != NULL ? below : path);
}

/* What is called "x/" must be a folder: the system says so. */
static void keep_slash(const struct neap_file_request *r, char path[PATH_MAX]) {
    size_t size = strlen(path);
    bool matters = r->verb != NEAP_FILE_REMOVE && r->verb != NEAP_FILE_MKDIR;
    if (matters && r->given[strlen(r->given) - 1] == '/' && size > 1 && size < PATH_MAX - 1)
        memcpy(path + size, "/", 2);
}

/* Makes the path absolute, and finds what grants it, or raises. False: it is too long to be
 * one. */
static bool find_grant(struct neap_vm *vm, lua_State *L, struct neap_file_request *r,
                       char path[PATH_MAX]) {
    const char *root = neap_modules_root(neap_runtime_modules(vm->runtime));
    bool is_absolute = r->given[0] == '/';
    int size = snprintf(path, PATH_MAX, "%s%s%s", is_absolute ? "" : root,
                        is_absolute ? "" : "/", r->given);
    if (size < 0 || size >= PATH_MAX)
        return false;
    neap_path_normalize(path, true);
    const struct neap_grant *grant = neap_grants_of_path(neap_process_grants(vm->process),
                                                         path, writes(r->verb));
    if (grant == NULL)
        refuse(L, r, path, root);
    keep_slash(r, path);
    r->path = path;
    r->folder = strlen(grant->what) > 1 ? strlen(grant->what) : 0; /* "/" */
    r->anchor = grant->anchor;
    return true;
}

static int run(struct neap_vm *vm, lua_State *L, struct neap_file_request *r) {
    struct neap_cell *cell = &vm->carrier->cell;
    char path[PATH_MAX];
    if (!find_grant(vm, L, r, path)) {
        struct neap_file_job too_long = { .verb = r->verb, .err = -ENAMETOOLONG };
        return fail(vm, L, &too_long, r->given);
    }
    r->memory = neap_process_limits(vm->process)->memory;
    neap_wait_clear(vm);
    neap_crit_enter(cell);
    int err = neap_file_new(vm->process, r);
    neap_crit_leave(cell);
    r->path = NULL; /* the operation has a copy */
    if (err != 0)
        return fail_orphans(vm, L);
    vm->wait = (struct neap_wait){ .kind = NEAP_WAIT_IO,
                                   .deadline = NEAP_FOREVER,
                                   .io = take_result,
                                   .decided = on_decided };
    return neap_wait_start(vm, L, NAMES[r->verb]);
}

/* --- the functions --- */

/* fs_read(path, max, offset, length) */
static int l_read(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_file_request r = { .verb = NEAP_FILE_READ };
    r.given = path_argument(L, NAMES[r.verb]);
    r.max = count_argument(L, 2);
    r.offset = count_argument(L, 3);
    r.length = count_argument(L, 4);
    return run(vm, L, &r);
}

static int put(lua_State *L, enum neap_file_verb verb) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_file_request r = { .verb = verb };
    r.given = path_argument(L, NAMES[verb]);
    data_argument(vm, L, &r);
    return run(vm, L, &r);
}

static int l_write(lua_State *L) {
    return put(L, NEAP_FILE_WRITE);
}

static int l_append(lua_State *L) {
    return put(L, NEAP_FILE_APPEND);
}

/* fs_list(path, max) */
static int l_list(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_file_request r = { .verb = NEAP_FILE_LIST };
    r.given = path_argument(L, NAMES[r.verb]);
    r.max = count_argument(L, 2);
    return run(vm, L, &r);
}

/* fs_stat(path, follow) */
static int l_stat(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_file_request r = { .verb = NEAP_FILE_STAT };
    r.given = path_argument(L, NAMES[r.verb]);
    r.follow = lua_toboolean(L, 2);
    return run(vm, L, &r);
}

static int change(lua_State *L, enum neap_file_verb verb) {
    struct neap_vm *vm = neap_vm_current();
    struct neap_file_request r = { .verb = verb };
    r.given = path_argument(L, NAMES[verb]);
    return run(vm, L, &r);
}

static int l_remove(lua_State *L) {
    return change(L, NEAP_FILE_REMOVE);
}

static int l_mkdir(lua_State *L) {
    return change(L, NEAP_FILE_MKDIR);
}

const luaL_Reg NEAP_BIND_FS[] = {
    { "fs_read", l_read },   { "fs_write", l_write }, { "fs_append", l_append },
    { "fs_list", l_list },   { "fs_stat", l_stat },   { "fs_remove", l_remove },
    { "fs_mkdir", l_mkdir }, { NULL, NULL },
};
