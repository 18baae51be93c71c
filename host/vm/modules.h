/* modules.h - the modules of the program: their code, which all processes share as bytecode,
 * where they lie, and who requires whom.
 * Owns:      all of that, from a module's first load until the runtime ends.
 * Threads:   any, but as the headings say; one mutex, not held while Lua or the disk works.
 * Bounds:    a program has tens of modules.
 * Invariant: a module is read once, and again only by a reload (vm/reload.h): processes
 *            started in between run the same code, whatever happens to the file. A reload
 *            replaces the code of all that changed at one instant; `generation` counts these
 *            instants. Who loads code holds a reference of its own meanwhile. */
#ifndef NEAP_VM_MODULES_H
#define NEAP_VM_MODULES_H

#include "base/bytes.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neap_modules;
struct neap_module; /* one that was loaded from a file; it stays as long as the table */
struct neap_blob;
struct neap_draft;
struct neap_library_file;

struct neap_module_file { /* a plain value */
    char path[PATH_MAX];
    uint64_t hash;
};

/* --- the thread that makes or frees the runtime ------------------------------- */
struct neap_modules *neap_modules_new(void);
void neap_modules_free(struct neap_modules *m);

/* --- the first process, before any other -------------------------------------- */
/* `root`: the application's folder, which modules lie below; what is cut off the front of paths in
 * messages. */
void neap_modules_set_root(struct neap_modules *m, const char *root);
void neap_modules_clear_path(struct neap_modules *m);
void neap_modules_add_path(struct neap_modules *m, const char *directory);

/* Remembers a file that is no module: app.lua. */
void neap_modules_keep_file(struct neap_modules *m, const char *path, uint64_t hash);

/* --- the first process, or the trial of a reload ------------------------------------ */
/* The i-th such file has this hash now: true if it is not what was loaded, and that was not
 * known yet. */
bool neap_modules_note_file(struct neap_modules *m, size_t i, uint64_t hash);

/* --- any thread, once the path is set ------------------------------------------- */
const char *neap_modules_root(const struct neap_modules *m); /* lent: it stays */
const char *neap_modules_directory(const struct neap_modules *m, size_t i); /* or NULL */

/* The path as people wrote it: relative to the application's folder. Lent by `path`. */
const char *neap_modules_shown(const struct neap_modules *m, const char *path);

/* Reads the file of the module "a.b": a/b.lua or a/b/init.lua in the first directory that has
 * one. 0, or an errno value; ENOENT: there is none. `file->path` is the last one looked at. */
int neap_modules_read(const struct neap_modules *m, const char *name,
                      struct neap_module_file *file, struct neap_bytes *text);

/* The i-th that _keep_file was told of; NULL past the last. */
const struct neap_module_file *neap_modules_file(const struct neap_modules *m, size_t i);

/* --- any thread ---------------------------------------------------------- */
/* How often code was replaced, plus 1. Cheap: one read. */
uint64_t neap_modules_generation(const struct neap_modules *m);

/* Lends the bytecode of an embedded module, which never changes; NULL: not compiled yet. */
const struct neap_blob *neap_modules_library(const struct neap_modules *m,
                                             const struct neap_library_file *file);
void neap_modules_keep_library(struct neap_modules *m, const struct neap_library_file *file,
                               const struct neap_bytes *bytecode);

/* Gives the bytecode of a module, with a reference, and which code of it that is; NULL: it was
 * not loaded yet. */
struct neap_blob *neap_modules_code(struct neap_modules *m, const char *name,
                                    uint64_t *code);

/* The first code of a module. False: another process was first, and its code counts. */
bool neap_modules_keep(struct neap_modules *m, const char *name,
                       const struct neap_module_file *file,
                       const struct neap_bytes *bytecode);

struct neap_module *neap_modules_find(struct neap_modules *m, const char *name); /* or NULL */
struct neap_module *neap_modules_at(struct neap_modules *m, size_t i); /* as first loaded */

/* If `to` changes, `from` has new code too. Modules that are not known are passed over. */
void neap_modules_note_require(struct neap_modules *m, const char *from, const char *to);

/* The i-th module that `of` requires, as far as was seen; NULL past the last. */
struct neap_module *neap_modules_required(struct neap_modules *m,
                                          const struct neap_module *of, size_t i);

const char *neap_module_name(const struct neap_module *module);

/* How often its code was replaced, or that of what it requires, plus 1. */
uint64_t neap_module_code(const struct neap_module *module);

/* --- main thread, or the trial of a reload ---------------------------------------- */
/* Lent until the next commit. */
const struct neap_module_file *neap_module_file(const struct neap_module *module);

/* Its file is gone, or there again. True: that was not known. */
bool neap_module_set_gone(struct neap_module *module, bool is_gone);

/* --- main thread -------------------------------------------------------------- */
/* Puts the draft into effect; what it held is the modules' then. Gives the generation. */
uint64_t neap_modules_commit(struct neap_modules *m, struct neap_draft *draft);

#endif
