#include "net/watch.h"

#include "base/alloc.h"
#include "base/assert.h"
#include "base/list.h"
#include "net/foreground.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

struct folder {
    struct neap_list link;
    uv_fs_event_t handle;
    bool has_failed; /* and that was told */
    char path[];
};

struct neap_watch {
    struct neap_watch_events events;
    uv_timer_t timer;
    struct neap_list folders;
};

/* --- life --- */

struct neap_watch *neap_watch_new(struct neap_foreground *f,
                                  const struct neap_watch_events *events) {
    struct neap_watch *w = neap_calloc(1, sizeof *w);
    w->events = *events;
    neap_list_init(&w->folders);
    int err = uv_timer_init(neap_foreground_loop(f), &w->timer);
    NEAP_ASSERT(err == 0);
    w->timer.data = w;
    return w;
}

static struct folder *folder_of(struct neap_list *node) {
    return NEAP_LIST_ITEM(node, struct folder, link);
}

static void on_folder_closed(uv_handle_t *handle) {
    neap_free(NEAP_LIST_ITEM(handle, struct folder, handle));
}

static void on_timer_closed(uv_handle_t *handle) {
    neap_free(handle->data);
}

void neap_watch_free(struct neap_watch *w) {
    if (w == NULL)
        return;
    struct neap_list *node;
    while ((node = neap_list_pop(&w->folders)) != NULL)
        uv_close((uv_handle_t *)&folder_of(node)->handle, on_folder_closed);
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
}

/* --- changes --- */

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status);

/* A folder that was replaced by another one of its name is watched no more, so each is begun
 * anew; one that is not there now may be there at the next change. */
static void begin(struct neap_watch *w, struct folder *folder) {
    uv_fs_event_stop(&folder->handle);
    int err = uv_fs_event_start(&folder->handle, on_event, folder->path, 0);
    if (err != 0 && !folder->has_failed)
        w->events.on_failure(w->events.context, folder->path, err);
    folder->has_failed = err != 0;
}

static void on_settled(uv_timer_t *timer) {
    struct neap_watch *w = timer->data;
    for (struct neap_list *at = w->folders.next; at != &w->folders; at = at->next)
        begin(w, folder_of(at));
    w->events.on_change(w->events.context);
}

/* Not put off by what comes meanwhile, or a file that is written all the time would keep it
 * from ever being told. */
static void note_change(struct neap_watch *w) {
    if (!uv_is_active((uv_handle_t *)&w->timer))
        uv_timer_start(&w->timer, on_settled, NEAP_WATCH_MS, 0);
}

static bool is_file(const struct folder *folder, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Lua files, and what is or was a folder. An application that writes its log beside its code
 * is no reason to look: that would write another line. */
static bool is_of_interest(const struct folder *folder, const char *name) {
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    if (dot != NULL)
        return strcmp(dot, ".lua") == 0;
    return name == NULL || !is_file(folder, name);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status) {
    const struct folder *folder = NEAP_LIST_ITEM(handle, struct folder, handle);
    (void)events;
    if (status != 0 || is_of_interest(folder, name))
        note_change(handle->data);
}

static bool is_watched(const struct neap_watch *w, const char *path) {
    for (struct neap_list *at = w->folders.next; at != &w->folders; at = at->next)
        if (strcmp(folder_of(at)->path, path) == 0)
            return true;
    return false;
}

void neap_watch_add(struct neap_watch *w, const char *path) {
    if (is_watched(w, path))
        return;
    size_t size = strlen(path) + 1;
    struct folder *folder = neap_calloc(1, sizeof *folder + size);
    memcpy(folder->path, path, size);
    int err = uv_fs_event_init(w->timer.loop, &folder->handle);
    NEAP_ASSERT(err == 0);
    folder->handle.data = w;
    neap_list_push(&w->folders, &folder->link);
    begin(w, folder);
    note_change(w);
}
