#include "vm/stack.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "core/node.h"
#include "core/process.h"
#include "core/worker.h"
#include "vm/dormant.h"
#include "vm/trace.h"
#include "vm/vm.h"

#include <stdatomic.h>

struct look {
    struct neap_task task;
    struct neap_pid pid;
    struct neap_mutex lock;
    struct neap_cond done;
    bool is_done;            /* the lock */
    struct neap_bytes lines; /* the worker until is_done, then the asker */

    /* Two holders, the asker and the worker: who waits too long goes first. Written by
     * both; acq_rel, so that the one who frees sees what the other wrote. */
    _Atomic(int) holders;
};

static struct look *look_new(struct neap_pid pid) {
    struct look *look = neap_calloc(1, sizeof *look);
    look->pid = pid;
    atomic_init(&look->holders, 2);
    neap_mutex_init(&look->lock);
    neap_cond_init(&look->done);
    return look;
}

static void look_unref(struct look *look) {
    if (atomic_fetch_sub_explicit(&look->holders, 1, memory_order_acq_rel) > 1)
        return;
    neap_cond_fini(&look->done);
    neap_mutex_fini(&look->lock);
    neap_bytes_fini(&look->lines);
    neap_free(look);
}

/* On the worker of the process, hence between two of its slices; and it cannot change its
 * worker meanwhile, since this one would have to give it away. */
static void write_lines(struct neap_worker *worker, struct neap_pid pid,
                        struct neap_bytes *out) {
    struct neap_process_info info;
    struct neap_node *node = neap_worker_node(worker);
    bool alive = neap_process_inspect(node, pid, &info);
    if (!alive || info.worker != neap_worker_index(worker)) {
        neap_bytes_text(out, alive ? "it has just gone to another worker" : "it has ended");
        return;
    }
    if (info.state == NEAP_PROCESS_RUNNING) {
        neap_bytes_text(out, "it is running"); /* on a carrier that has left this worker */
        return;
    }
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    struct neap_vm *vm = (struct neap_vm *)(void *)neap_process_body(p);
    if (vm != NULL)
        neap_dormant_end(vm);
    if (vm == NULL || vm->co == NULL)
        neap_bytes_text(out, "it has not started yet");
    else
        neap_trace_write(vm->co, 0, out);
    if (out->len == 0)
        neap_bytes_text(out, "it waits in the library");
}

static void run(struct neap_task *task, struct neap_worker *worker) {
    struct look *look = (struct look *)(void *)task;
    write_lines(worker, look->pid, &look->lines);
    neap_mutex_lock(&look->lock);
    look->is_done = true;
    neap_cond_signal(&look->done);
    neap_mutex_unlock(&look->lock);
    look_unref(look);
}

static bool wait_until_done(struct look *look) {
    bool in_time = true;
    neap_mutex_lock(&look->lock);
    while (!look->is_done && in_time)
        in_time = neap_cond_wait_for(&look->done, &look->lock,
                                     NEAP_STACK_WAIT_MS * NEAP_MS);
    bool done = look->is_done;
    neap_mutex_unlock(&look->lock);
    return done;
}

char *neap_stack_read(struct neap_node *node, struct neap_pid pid) {
    struct neap_process_info info;
    if (!neap_process_inspect(node, pid, &info))
        return neap_strdup("there is no such process");
    struct look *look = look_new(pid);
    look->task.run = run;
    neap_worker_post(neap_node_worker(node, info.worker), &look->task);
    char *text = NULL;
    if (wait_until_done(look)) {
        neap_bytes_put(&look->lines, '\0');
        text = neap_strdup((const char *)look->lines.data);
    }
    look_unref(look);
    return text != NULL ? text : neap_strdup("it is running, or its worker is busy");
}
