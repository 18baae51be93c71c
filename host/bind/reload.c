/* New code for a running program: what a trial does, and what services ask and answer. */
#include "bind/arguments.h"
#include "bind/host.h"

#include "core/process.h"
#include "vm/chunk.h"
#include "vm/draft.h"
#include "vm/fail.h"
#include "vm/images.h"
#include "vm/modules.h"
#include "vm/reload.h"
#include "vm/runtime_inside.h"
#include "vm/upgrade.h"
#include "vm/vm.h"

static struct neap_modules *modules_of(const struct neap_vm *vm) {
    return neap_runtime_modules(vm->runtime);
}

static const char *text_or_null(lua_State *L, int index) {
    return lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : NULL;
}

/* --- what a process has loaded --- */

/* generation(): how often code was replaced in this node, plus 1. */
static int l_generation(lua_State *L) {
    lua_pushnumber(L, (double)neap_modules_generation(modules_of(neap_vm_current_pure())));
    return 1;
}

/* is_current(): no code was replaced since this process loaded its own. */
static int l_is_current(lua_State *L) {
    lua_pushboolean(L, neap_vm_is_current(neap_vm_current()));
    return 1;
}

/* code_of(module): the number of its code now, or nil. */
static int l_code_of(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    const struct neap_module *module = neap_modules_find(modules_of(vm),
                                                         luaL_checkstring(L, 1));
    if (module != NULL)
        lua_pushnumber(L, (double)neap_module_code(module));
    else
        lua_pushnil(L);
    return 1;
}

/* loaded(): the generation of the modules that this process has. */
static int l_loaded(lua_State *L) {
    lua_pushnumber(L, (double)neap_vm_current_pure()->generation);
    return 1;
}

/* set_code(code, generation): of this process's module, and when its modules were loaded. */
static int l_set_code(lua_State *L) {
    struct neap_vm *vm = neap_vm_current();
    neap_process_set_code(vm->process, (uint64_t)luaL_checknumber(L, 1));
    vm->generation = (uint64_t)luaL_checknumber(L, 2);
    neap_images_note_loaded(neap_runtime_images(vm->runtime), vm);
    return 0;
}

/* A module of the trial itself is known to its draft only. */
static void note_require(struct neap_vm *vm, const char *from, const char *to) {
    struct neap_draft_module *tried = vm->draft != NULL ? neap_draft_find(vm->draft, from)
                                                        : NULL;
    if (tried == NULL)
        neap_modules_note_require(modules_of(vm), from, to);
    else if (!neap_strings_has(&tried->requires, to))
        neap_strings_add(&tried->requires, to);
}

/* note_require(from, to): module `from` needs module `to`. */
static int l_note_require(lua_State *L) {
    note_require(neap_vm_current_pure(), luaL_checkstring(L, 1), luaL_checkstring(L, 2));
    return 0;
}

/* --- a service --- */

/* upgrader(module, code): from here on host.next tells when the module has newer code. */
static int l_upgrader(lua_State *L) {
    const char *module = luaL_checkstring(L, 1);
    uint64_t code = (uint64_t)luaL_checknumber(L, 2);
    neap_upgrade_join(neap_vm_current(), module, code);
    return 0;
}

/* upgraded(generation, code [, refusal]): what became of that. */
static int l_upgraded(lua_State *L) {
    uint64_t generation = (uint64_t)luaL_checknumber(L, 1);
    uint64_t code = (uint64_t)luaL_checknumber(L, 2);
    neap_upgrade_answer(neap_vm_current(), generation, code, text_or_null(L, 3));
    return 0;
}

/* --- the trial --- */

static struct neap_vm *trial_only(lua_State *L, const char *name) {
    struct neap_vm *vm = neap_vm_current();
    if (vm->draft == NULL)
        neap_misuse(L, name, "only the trial of a reload may call this");
    return vm;
}

static struct neap_reload_report *report_of(const struct neap_vm *vm) {
    return neap_reload_trial_report(neap_runtime_reload(vm->runtime));
}

/* asked(): the names that were given to the reload. */
static int l_asked(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "asked");
    const struct neap_strings *names = neap_reload_names(neap_runtime_reload(vm->runtime));
    lua_createtable(L, (int)names->count, 0);
    for (size_t i = 0; i < names->count; i++) {
        lua_pushstring(L, names->items[i]);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

static void push_requires(struct neap_modules *modules, lua_State *L,
                          const struct neap_module *of) {
    const struct neap_module *required;
    lua_newtable(L);
    for (size_t i = 0; (required = neap_modules_required(modules, of, i)) != NULL; i++) {
        lua_pushstring(L, neap_module_name(required));
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* known(): every module loaded so far, in order: { { name =, requires = { names } } }. */
static int l_known(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "known");
    const struct neap_module *module;
    lua_newtable(L);
    for (size_t i = 0; (module = neap_modules_at(modules_of(vm), i)) != NULL; i++) {
        lua_createtable(L, 0, 2);
        lua_pushstring(L, neap_module_name(module));
        lua_setfield(L, -2, "name");
        push_requires(modules_of(vm), L, module);
        lua_setfield(L, -2, "requires");
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

static const char *const NEWS[] = {
    [NEAP_CHUNK_SAME] = "same",
    [NEAP_CHUNK_CHANGED] = "changed",
    [NEAP_CHUNK_GONE] = "gone",
};

/* draft(module, force): "same", "changed" or "gone"; "unloaded": there is such a file, but no
 * process has loaded it; nil: nothing is known of it. Raises what is wrong with the file. */
static int l_draft(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "draft");
    struct neap_module_file file;
    const char *name = luaL_checkstring(L, 1);
    struct neap_module *module = neap_modules_find(modules_of(vm), name);
    if (module != NULL)
        lua_pushstring(L, NEWS[neap_chunk_draft(vm, L, module, lua_toboolean(L, 2))]);
    else if (neap_modules_read(modules_of(vm), name, &file, &vm->carrier->text) == 0)
        lua_pushliteral(L, "unloaded");
    else
        lua_pushnil(L);
    return 1;
}

/* app_file(i): the i-th file that is no module, and its news; nil past the last. */
static int l_app_file(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "app_file");
    enum neap_chunk_news news;
    const char *shown = neap_chunk_file(vm, (size_t)luaL_checkinteger(L, 1) - 1, &news);
    if (shown == NULL)
        return 0;
    lua_pushstring(L, shown);
    lua_pushstring(L, NEWS[news]);
    return 2;
}

/* loading(module): it is about to run. */
static int l_loading(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "loading");
    neap_reload_note_loading(neap_runtime_reload(vm->runtime), luaL_checkstring(L, 1));
    return 0;
}

/* changed(module, names): it is to have its new code, and these, which require it, too. */
static int l_changed(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "changed");
    const char *module = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    struct neap_reload_line *line = neap_reload_report_add(
        report_of(vm), NEAP_RELOAD_CHANGED, module, NULL, NULL);
    neap_draft_affect(vm->draft, module);
    for (int i = 1; i <= (int)lua_objlen(L, 2); i++) {
        lua_rawgeti(L, 2, i);
        neap_strings_add(&line->names, luaL_checkstring(L, -1));
        neap_draft_affect(vm->draft, luaL_checkstring(L, -1));
        lua_pop(L, 1);
    }
    return 0;
}

/* problem(module, text [, trace]): why nothing will be changed. */
static int l_problem(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "problem");
    neap_reload_report_add(report_of(vm), NEAP_RELOAD_PROBLEM, luaL_checkstring(L, 1),
                           luaL_checkstring(L, 2), text_or_null(L, 3));
    return 0;
}

/* note(text): what else people should know. */
static int l_note(lua_State *L) {
    struct neap_vm *vm = trial_only(L, "note");
    neap_reload_report_add(report_of(vm), NEAP_RELOAD_NOTE, NULL, luaL_checkstring(L, 1),
                           NULL);
    return 0;
}

const luaL_Reg NEAP_BIND_RELOAD[] = {
    { "generation", l_generation },
    { "loaded", l_loaded },
    { "is_current", l_is_current },
    { "code_of", l_code_of },
    { "set_code", l_set_code },
    { "note_require", l_note_require },
    { "upgrader", l_upgrader },
    { "upgraded", l_upgraded },
    { "asked", l_asked },
    { "known", l_known },
    { "draft", l_draft },
    { "app_file", l_app_file },
    { "loading", l_loading },
    { "changed", l_changed },
    { "problem", l_problem },
    { "note", l_note },
    { NULL, NULL },
};
