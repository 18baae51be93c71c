#include "net/file.h"

#include "base/alloc.h"
#include "base/error.h"
#include "core/blob.h"
#include "core/node.h"
#include "core/process.h"
#include "core/resource.h"

#include <stdatomic.h>
#include <string.h>
#include <uv.h>

enum file_state { NEW, RUNNING, DONE, ORPHAN };

struct neap_file {
    struct neap_resource resource;
    enum file_state state;
    uv_work_t work;
    struct neap_file_job job; /* while RUNNING or ORPHAN, the pool's */
    struct neap_node *node;
    struct neap_blob *data; /* or NULL */
    const char *given;      /* what the process gave, behind `path` */
    char path[];
};

static struct neap_file *file_of(struct neap_resource *resource) {
    return NEAP_LIST_ITEM(resource, struct neap_file, resource);
}

static void free_file(struct neap_file *f) {
    neap_file_job_fini(&f->job);
    neap_blob_unref(f->data);
    neap_free(f);
}

/* --- the end of the owner --- */

/* What waits for a thread of the pool is taken back, and comes to on_worked just the same. */
static void orphan(struct neap_file *f) {
    f->state = ORPHAN;
    f->resource.owner = NULL;
    neap_node_add_orphans(f->node, 1);
    atomic_store_explicit(&f->job.cancelled, 1, memory_order_relaxed);
    uv_cancel((uv_req_t *)&f->work);
}

static void release(struct neap_resource *resource) {
    struct neap_file *f = file_of(resource);
    if (f->state == RUNNING)
        orphan(f);
    else
        free_file(f);
}

static const struct neap_resource_kind KIND = { "file", release };

/* --- the work --- */

static void on_work(uv_work_t *work) {
    struct neap_file *f = work->data;
    neap_file_job_run(&f->job);
}

static void on_worked(uv_work_t *work, int status) {
    struct neap_file *f = work->data;
    (void)status; /* cancelled: only an orphan is */
    if (f->state == ORPHAN) {
        neap_node_add_orphans(f->node, -1);
        free_file(f);
        return;
    }
    f->state = DONE;
    neap_resource_notify(&f->resource);
}

void neap_file_begin(struct neap_file *f, struct uv_loop_s *loop) {
    NEAP_ASSERT(f->state == NEW);
    f->state = RUNNING;
    f->work.data = f;
    int err = uv_queue_work(loop, &f->work, on_work, on_worked);
    NEAP_ASSERT(err == 0);
}

/* --- making it --- */

static struct neap_file *with_path(const char *path, const char *given) {
    size_t size = strlen(path) + 1;
    size_t given_size = strlen(given) + 1;
    struct neap_file *f = neap_calloc(1, sizeof *f + size + given_size);
    memcpy(f->path, path, size);
    memcpy(f->path + size, given, given_size);
    f->given = f->path + size;
    return f;
}

static void take_data(struct neap_file *f, const struct neap_file_request *r) {
    if (r->data != NULL)
        f->data = neap_blob_ref(r->data);
    else if (r->bytes != NULL)
        f->data = neap_blob_new(r->bytes, r->size);
    if (f->data == NULL)
        return;
    f->job.data = neap_blob_data(f->data);
    f->job.size = neap_blob_size(f->data);
}

static struct neap_file *make(const struct neap_file_request *r) {
    struct neap_file *f = with_path(r->path, r->given);
    f->job.verb = r->verb;
    f->job.path = f->path;
    f->job.folder = r->folder;
    f->job.anchor = r->anchor;
    f->job.max = r->max;
    f->job.memory = r->memory;
    f->job.offset = r->offset;
    f->job.length = r->length;
    f->job.follow = r->follow;
    take_data(f, r);
    return f;
}

int neap_file_new(struct neap_process *owner, const struct neap_file_request *request) {
    struct neap_node *node = neap_process_node(owner);
    neap_file_free(neap_file_of(owner));
    if (neap_node_orphans(node) >= NEAP_FILE_ORPHANS)
        return NEAP_ELIMIT;
    struct neap_file *f = make(request);
    f->node = node;
    neap_resource_add(owner, &f->resource, &KIND);
    return 0;
}

/* --- asking --- */

struct neap_file *neap_file_of(const struct neap_process *owner) {
    struct neap_resource *found = neap_resource_find(owner, &KIND);
    return found != NULL ? file_of(found) : NULL;
}

bool neap_file_is_done(const struct neap_file *f) {
    return f->state == DONE;
}

const struct neap_file_job *neap_file_job_of(const struct neap_file *f) {
    NEAP_ASSERT(f->state == DONE);
    return &f->job;
}

const char *neap_file_path(const struct neap_file *f) {
    return f->given;
}

void neap_file_free(struct neap_file *f) {
    if (f == NULL)
        return;
    NEAP_ASSERT(f->state == NEW || f->state == DONE);
    neap_resource_drop(&f->resource);
    free_file(f);
}
