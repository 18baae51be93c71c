/* The listening socket of a lane is watched by uv_poll, not by uv_listen: libuv's own loop
 * does not come back while connections wait and the process has no descriptor left. */
#include "net/http_inside.h"

#include "base/log.h"
#include "core/node.h"
#include "core/worker.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    AT_ONCE = 64,           /* accepted before those that are there are read from */
    PAUSE_MS = 50,          /* without descriptors */
    IDLE_MS = 250,          /* until an idle one counts: its request may be on its way */
    COMPLAIN_EVERY = 10000, /* ms */
};

static void complain(struct http_lane *l, const char *event, const char *why) {
    uint64_t now = neap_http_lane_now(l);
    if (l->complained_at != 0 && now - l->complained_at < COMPLAIN_EVERY)
        return;
    l->complained_at = now;
    struct neap_log_field field = { "why", why, strlen(why), false };
    neap_log_write(neap_node_log(l->server->node), NEAP_LOG_WARN, "-", event, &field, 1);
}

static void watch(struct http_lane *l);

static void pause_accepting(struct http_lane *l) {
    uv_poll_stop(&l->listener);
    l->accept_at = neap_http_lane_now(l) + PAUSE_MS;
    neap_http_lane_wake_at(l, l->accept_at);
}

static bool has_bytes(const struct http_connection *c) {
    int fd = -1, count = 0;
    return uv_fileno((const uv_handle_t *)&c->tcp, &fd) == 0 &&
           ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

/* Who waits for nothing makes room for who is new; at worst it connects again. */
static bool close_oldest_idle(struct http_lane *l) {
    struct http_connection *c = neap_http_lane_oldest(l, HTTP_IDLE);
    if (c == NULL || neap_http_lane_now(l) - c->since < IDLE_MS ||
        neap_http_connection_unsent(c) > 0 || has_bytes(c))
        return false;
    neap_http_connection_close(c);
    return true;
}

static void run_shed(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, shed);
    (void)worker;
    if (!l->closed)
        close_oldest_idle(l);
    atomic_store_explicit(&l->sheds, 0, memory_order_release);
    neap_http_server_unref(l->server);
}

/* The descriptors are those of all: other lanes may have the idle connections. */
static void ask_others(struct http_lane *l) {
    struct neap_http_server *s = l->server;
    for (uint32_t i = 0; i < s->lane_count; i++) {
        struct http_lane *other = &s->lanes[i];
        if (other == l ||
            atomic_exchange_explicit(&other->sheds, 1, memory_order_acq_rel) != 0)
            continue;
        neap_http_server_ref(s); /* the task's */
        other->shed.run = run_shed;
        neap_worker_post(other->worker, &other->shed);
    }
}

/* True if it makes sense to accept another. */
static bool survives(struct http_lane *l, int err) {
    switch (err) {
    case EAGAIN: return false;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        complain(l, "http.full",
                 err == EMFILE ? "too many open files; raise the limit (ulimit -n)"
                               : uv_strerror(-err));
        if (close_oldest_idle(l))
            return true;
        ask_others(l);
        pause_accepting(l);
        return false;
    case EINVAL: /* the owner has ended, and shut it down */
    case EBADF: uv_poll_stop(&l->listener); return false;
    default: return true; /* of the one connection: it is gone already */
    }
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    struct http_lane *l = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < AT_ONCE; i++) {
        int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            neap_http_connection_open(l, fd);
        else if (!survives(l, errno))
            return;
    }
}

static void watch(struct http_lane *l) {
    l->accept_at = 0;
    int err = uv_poll_start(&l->listener, UV_READABLE, on_ready);
    NEAP_ASSERT(err == 0);
}

void neap_http_accept_start(struct http_lane *l) {
    int err = uv_poll_init(l->timer.loop, &l->listener, l->fd);
    if (err != 0) {
        complain(l, "http.no_listener", uv_strerror(err));
        return;
    }
    l->listener.data = l;
    l->handles++;
    l->listening = true;
    watch(l);
}

void neap_http_accept_resume(struct http_lane *l) {
    if (l->listening)
        watch(l);
}

static void on_closed(uv_handle_t *handle) {
    neap_http_lane_closed(handle->data);
}

void neap_http_accept_stop(struct http_lane *l) {
    if (l->listening)
        uv_close((uv_handle_t *)&l->listener, on_closed);
    l->listening = false;
    l->accept_at = 0;
    neap_mutex_lock(&l->server->lock);
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
    neap_mutex_unlock(&l->server->lock);
}
