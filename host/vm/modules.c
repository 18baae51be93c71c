#include "vm/modules.h"

#include "base/alloc.h"
#include "base/strings.h"
#include "base/thread.h"
#include "core/blob.h"
#include "vm/draft.h"
#include "vm/library.h"
#include "vm/source.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct neap_module {
    /* Written under the table's lock by the main thread, read by anybody without: relaxed,
     * since who acts on it then asks for the code, under the lock. */
    _Atomic(uint64_t) code;
    struct neap_blob *bytecode;   /* the lock */
    struct neap_strings requires; /* the lock; names, some perhaps not known yet */
    struct neap_module_file file; /* main thread, and the trial, which it waits for */
    bool is_gone;                 /* likewise */
    char name[];
};

struct app_file {
    struct neap_module_file file;
    uint64_t told; /* the hash of what people were told of last */
};

struct neap_modules {
    /* Written under the lock after all of a commit, read by anybody: release and acquire, so
     * that who sees a new generation and then asks for code gets the new one. */
    _Atomic(uint64_t) generation;

    /* By the place in neap_library_all. Each is set once, by whoever compiled it first:
     * release and acquire, as it brings its bytes along. */
    _Atomic(struct neap_blob *) *library;

    struct neap_mutex lock;
    struct neap_module **all;
    size_t count;

    /* Set before other processes run; read without the lock. */
    struct neap_strings path;
    struct app_file *files;
    size_t file_count;
    char *root;
};

struct neap_modules *neap_modules_new(void) {
    struct neap_modules *m = neap_calloc(1, sizeof *m);
    size_t count;
    neap_library_all(&count);
    m->library = neap_calloc(count, sizeof *m->library);
    atomic_init(&m->generation, 1);
    neap_mutex_init(&m->lock);
    return m;
}

static void free_module(struct neap_module *module) {
    neap_blob_unref(module->bytecode);
    neap_strings_fini(&module->requires);
    neap_free(module);
}

static void free_library(struct neap_modules *m) {
    size_t count;
    neap_library_all(&count);
    for (size_t i = 0; i < count; i++)
        neap_blob_unref(atomic_load_explicit(&m->library[i], memory_order_relaxed));
    neap_free(m->library);
}

void neap_modules_free(struct neap_modules *m) {
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->count; i++)
        free_module(m->all[i]);
    neap_free(m->all);
    free_library(m);
    neap_strings_fini(&m->path);
    neap_free(m->files);
    neap_free(m->root);
    neap_mutex_fini(&m->lock);
    neap_free(m);
}

/* --- where they lie --- */

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
    neap_strings_fini(&m->path);
}

void neap_modules_add_path(struct neap_modules *m, const char *directory) {
    neap_strings_add(&m->path, directory);
}

static void set_file(struct neap_module_file *file, const char *path, uint64_t hash) {
    snprintf(file->path, sizeof file->path, "%s", path);
    file->hash = hash;
}

void neap_modules_keep_file(struct neap_modules *m, const char *path, uint64_t hash) {
    m->files = neap_realloc(m->files, (m->file_count + 1) * sizeof *m->files);
    set_file(&m->files[m->file_count].file, path, hash);
    m->files[m->file_count++].told = hash;
}

const char *neap_modules_directory(const struct neap_modules *m, size_t i) {
    return i < m->path.count ? m->path.items[i] : NULL;
}

const char *neap_modules_shown(const struct neap_modules *m, const char *path) {
    size_t root = m->root != NULL ? strlen(m->root) : 0;
    bool below = root > 0 && strncmp(path, m->root, root) == 0 && path[root] == '/';
    return below ? path + root + 1 : path;
}

/* The dots of the name are folders. */
static bool set_path(struct neap_module_file *file, const char *directory,
                     const char *name, const char *end) {
    int n = snprintf(file->path, sizeof file->path, "%s/%s%s", directory, name, end);
    if (n < 0 || (size_t)n >= sizeof file->path)
        return false;
    char *at = file->path + strlen(directory) + 1;
    for (size_t i = 0; i < strlen(name); i++)
        if (at[i] == '.')
            at[i] = '/';
    return true;
}

/* Without a root nothing is known of where modules may lie: only tests do so. */
static int read_text(const struct neap_modules *m, const char *path,
                     struct neap_bytes *text) {
    return m->root != NULL ? neap_source_read_below(m->root, path, text)
                           : neap_source_read(path, text);
}

static int read_in(const struct neap_modules *m, const char *directory, const char *name,
                   struct neap_module_file *file, struct neap_bytes *text) {
    static const char *const ENDS[] = { ".lua", "/init.lua" };
    for (int i = 0; i < 2; i++) {
        if (!set_path(file, directory, name, ENDS[i]))
            continue;
        int err = read_text(m, file->path, text);
        if (err == 0)
            file->hash = neap_source_hash(text);
        if (err != ENOENT && err != ENOTDIR)
            return err;
    }
    return ENOENT;
}

int neap_modules_read(const struct neap_modules *m, const char *name,
                      struct neap_module_file *file, struct neap_bytes *text) {
    int err = ENOENT;
    for (size_t i = 0; i < m->path.count && err == ENOENT; i++)
        err = read_in(m, m->path.items[i], name, file, text);
    return err;
}

const struct neap_module_file *neap_modules_file(const struct neap_modules *m, size_t i) {
    return i < m->file_count ? &m->files[i].file : NULL;
}

bool neap_modules_note_file(struct neap_modules *m, size_t i, uint64_t hash) {
    struct app_file *app = &m->files[i];
    bool is_news = hash != app->file.hash && hash != app->told;
    app->told = hash;
    return is_news;
}

/* --- the code --- */

uint64_t neap_modules_generation(const struct neap_modules *m) {
    return atomic_load_explicit(&m->generation, memory_order_acquire);
}

static _Atomic(struct neap_blob *) *library_place(const struct neap_modules *m,
                                                  const struct neap_library_file *file) {
    size_t count;
    return &m->library[file - neap_library_all(&count)];
}

const struct neap_blob *neap_modules_library(const struct neap_modules *m,
                                             const struct neap_library_file *file) {
    return atomic_load_explicit(library_place(m, file), memory_order_acquire);
}

/* Two processes may compile a module at the same time: the first to come is kept. */
void neap_modules_keep_library(struct neap_modules *m, const struct neap_library_file *file,
                               const struct neap_bytes *bytecode) {
    struct neap_blob *none = NULL;
    struct neap_blob *blob = neap_blob_new(bytecode->data, bytecode->len);
    if (!atomic_compare_exchange_strong_explicit(library_place(m, file), &none, blob,
                                                 memory_order_release, memory_order_relaxed))
        neap_blob_unref(blob);
}

/* Holder of the lock. */
static struct neap_module *find(const struct neap_modules *m, const char *name) {
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->all[i]->name, name) == 0)
            return m->all[i];
    return NULL;
}

struct neap_blob *neap_modules_code(struct neap_modules *m, const char *name,
                                    uint64_t *code) {
    struct neap_blob *bytecode = NULL;
    neap_mutex_lock(&m->lock);
    const struct neap_module *module = find(m, name);
    if (module != NULL) {
        bytecode = neap_blob_ref(module->bytecode);
        *code = neap_module_code(module);
    }
    neap_mutex_unlock(&m->lock);
    return bytecode;
}

static struct neap_module *new_module(const char *name, const char *path, uint64_t hash,
                                      struct neap_blob *bytecode) {
    size_t size = strlen(name) + 1;
    struct neap_module *module = neap_calloc(1, sizeof *module + size);
    memcpy(module->name, name, size);
    atomic_init(&module->code, 1);
    set_file(&module->file, path, hash);
    module->bytecode = bytecode;
    return module;
}

/* Holder of the lock. */
static void add(struct neap_modules *m, struct neap_module *module) {
    m->all = neap_realloc(m->all, (m->count + 1) * sizeof(struct neap_module *));
    m->all[m->count++] = module;
}

bool neap_modules_keep(struct neap_modules *m, const char *name,
                       const struct neap_module_file *file,
                       const struct neap_bytes *bytecode) {
    struct neap_module *module = new_module(name, file->path, file->hash,
                                            neap_blob_new(bytecode->data, bytecode->len));
    neap_mutex_lock(&m->lock);
    bool is_first = find(m, name) == NULL;
    if (is_first)
        add(m, module);
    neap_mutex_unlock(&m->lock);
    if (!is_first)
        free_module(module);
    return is_first;
}

struct neap_module *neap_modules_find(struct neap_modules *m, const char *name) {
    neap_mutex_lock(&m->lock);
    struct neap_module *module = find(m, name);
    neap_mutex_unlock(&m->lock);
    return module;
}

struct neap_module *neap_modules_at(struct neap_modules *m, size_t i) {
    neap_mutex_lock(&m->lock);
    struct neap_module *module = i < m->count ? m->all[i] : NULL;
    neap_mutex_unlock(&m->lock);
    return module;
}

const char *neap_module_name(const struct neap_module *module) {
    return module->name;
}

uint64_t neap_module_code(const struct neap_module *module) {
    return atomic_load_explicit(&module->code, memory_order_relaxed);
}

const struct neap_module_file *neap_module_file(const struct neap_module *module) {
    return &module->file;
}

bool neap_module_set_gone(struct neap_module *module, bool is_gone) {
    bool is_news = module->is_gone != is_gone;
    module->is_gone = is_gone;
    return is_news;
}

/* --- who requires whom --- */

void neap_modules_note_require(struct neap_modules *m, const char *from, const char *to) {
    neap_mutex_lock(&m->lock);
    struct neap_module *module = find(m, from);
    if (module != NULL && find(m, to) != NULL && !neap_strings_has(&module->requires, to))
        neap_strings_add(&module->requires, to);
    neap_mutex_unlock(&m->lock);
}

struct neap_module *neap_modules_required(struct neap_modules *m,
                                          const struct neap_module *of, size_t i) {
    neap_mutex_lock(&m->lock);
    struct neap_module *module = i < of->requires.count ? find(m, of->requires.items[i])
                                                        : NULL;
    neap_mutex_unlock(&m->lock);
    return module;
}

/* --- a reload --- */

/* Holder of the lock. Takes what the draft has of the module. */
static void replace(struct neap_module *module, struct neap_draft_module *draft) {
    neap_blob_unref(module->bytecode);
    module->bytecode = draft->bytecode;
    set_file(&module->file, draft->path, draft->hash);
    neap_strings_fini(&module->requires);
    module->requires = draft->requires;
    draft->bytecode = NULL;
    draft->requires = (struct neap_strings){ 0 };
}

static void bump(struct neap_module *module) {
    atomic_store_explicit(&module->code, neap_module_code(module) + 1,
                          memory_order_relaxed);
}

/* Holder of the lock. What the trial was the first to load is known from here on; if another
 * process came first, with other code, that one was not tried. */
static void take(struct neap_modules *m, const struct neap_draft *draft,
                 struct neap_draft_module *new_code) {
    struct neap_module *module = find(m, new_code->name);
    bool is_new = module == NULL;
    if (is_new) {
        module = new_module(new_code->name, new_code->path, new_code->hash, NULL);
        add(m, module);
    }
    bool overtaken = !is_new && module->file.hash != new_code->hash &&
                     !neap_strings_has(neap_draft_affected(draft), new_code->name);
    replace(module, new_code);
    if (overtaken)
        bump(module);
}

uint64_t neap_modules_commit(struct neap_modules *m, struct neap_draft *draft) {
    const struct neap_strings *affected = neap_draft_affected(draft);
    neap_mutex_lock(&m->lock);
    for (struct neap_draft_module *at = neap_draft_next(draft, NULL); at != NULL;
         at = neap_draft_next(draft, at))
        take(m, draft, at);
    for (size_t i = 0; i < affected->count; i++) {
        struct neap_module *module = find(m, affected->items[i]);
        if (module != NULL)
            bump(module);
    }
    uint64_t generation = neap_modules_generation(m) + 1;
    atomic_store_explicit(&m->generation, generation, memory_order_release);
    neap_mutex_unlock(&m->lock);
    return generation;
}
