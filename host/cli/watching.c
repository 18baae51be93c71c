#include "cli/watching.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "cli/reloading.h"
#include "core/node.h"
#include "net/watch.h"
#include "vm/modules.h"
#include "vm/runtime.h"

#include <stdio.h>
#include <string.h>

struct neap_watching {
    struct neap_runtime *runtime;
    struct neap_reloading *reloading;
    struct neap_watch *watch;
};

static void on_change(void *context) {
    struct neap_watching *w = context;
    neap_reloading_look(w->reloading);
}

static void on_failure(void *context, const char *folder, int err) {
    const struct neap_watching *w = context;
    const char *reason = neap_strerror(err);
    struct neap_log_field fields[] = { { "folder", folder, strlen(folder), false },
                                       { "reason", reason, strlen(reason), false } };
    neap_log_write(neap_node_log(neap_runtime_node(w->runtime)), NEAP_LOG_WARN, "-",
                   "watch.failed", fields, 2);
}

static void add_folder_of(struct neap_watching *w, const struct neap_module_file *file) {
    char folder[PATH_MAX];
    const char *slash = strrchr(file->path, '/');
    size_t size = slash != NULL && slash != file->path ? (size_t)(slash - file->path) : 1;
    snprintf(folder, sizeof folder, "%.*s", (int)size, file->path);
    neap_watch_add(w->watch, folder);
}

struct neap_watching *neap_watching_new(struct neap_foreground *f,
                                        struct neap_runtime *runtime,
                                        struct neap_reloading *reloading) {
    const struct neap_module_file *file;
    struct neap_watching *w = neap_calloc(1, sizeof *w);
    w->runtime = runtime;
    w->reloading = reloading;
    w->watch = neap_watch_new(f, &(struct neap_watch_events){ .on_change = on_change,
                                                              .on_failure = on_failure,
                                                              .context = w });
    for (size_t i = 0;
         (file = neap_modules_file(neap_runtime_modules(runtime), i)) != NULL; i++)
        add_folder_of(w, file);
    neap_watching_sync(w);
    return w;
}

void neap_watching_free(struct neap_watching *w) {
    if (w == NULL)
        return;
    neap_watch_free(w->watch);
    neap_free(w);
}

void neap_watching_sync(struct neap_watching *w) {
    const struct neap_module *module;
    for (size_t i = 0;
         (module = neap_modules_at(neap_runtime_modules(w->runtime), i)) != NULL; i++)
        add_folder_of(w, neap_module_file(module));
}
