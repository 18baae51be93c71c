#include "net/pool_threads.h"

#include "base/alloc.h"
#include "base/error.h"

#include <pthread.h>
#include <stdlib.h>
#include <uv.h>

enum { DEFAULT = 4, MOST = 1024 }; /* libuv's */

/* As libuv reads it. */
static int count(void) {
    const char *text = getenv("UV_THREADPOOL_SIZE");
    int n = text != NULL ? atoi(text) : DEFAULT;
    return n < 1 ? 1 : n > MOST ? MOST : n;
}

static void *wait_for(void *gate) {
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

/* All at once, as they will be. */
static int try_threads(int wanted) {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *threads = neap_calloc((size_t)wanted, sizeof *threads);
    int made = 0;
    pthread_mutex_lock(&gate);
    while (made < wanted && pthread_create(&threads[made], NULL, wait_for, &gate) == 0)
        made++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < made; i++)
        pthread_join(threads[i], NULL);
    neap_free(threads);
    return made == wanted ? 0 : NEAP_EMEMORY;
}

static void do_nothing(uv_work_t *work) {
    (void)work;
}

static void on_done(uv_work_t *work, int status) {
    (void)status;
    neap_free(work);
}

/* The first piece of work has them made. */
int neap_pool_threads_start(struct uv_loop_s *loop) {
    int err = try_threads(count());
    if (err != 0)
        return err;
    uv_work_t *work = neap_alloc(sizeof *work);
    err = uv_queue_work(loop, work, do_nothing, on_done);
    NEAP_ASSERT(err == 0);
    return 0;
}
