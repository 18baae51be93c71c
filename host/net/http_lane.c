#include "net/http_inside.h"

#include "core/worker.h"
#include "net/http_head.h"
#include "net/loop.h"

#include <string.h>
#include <time.h>

/* --- time --- */

uint64_t neap_http_lane_now(struct http_lane *l) {
    return uv_now(l->timer.loop);
}

struct http_connection *neap_http_lane_oldest(struct http_lane *l, enum http_state state) {
    struct neap_list *list = &l->states[state];
    return neap_list_empty(list)
               ? NULL
               : NEAP_LIST_ITEM(list->next, struct http_connection, link);
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct http_lane *l, uint64_t due) {
    uint64_t now = neap_http_lane_now(l);
    l->timer_due = due;
    uv_timer_start(&l->timer, on_timer, due > now ? due - now : 0, 0);
}

/* What has been in a list for its time-out, oldest first. Its end may be to stay there. */
static void expire(struct http_lane *l, enum http_state state, uint64_t now) {
    struct http_connection *c;
    while ((c = neap_http_lane_oldest(l, state)) != NULL &&
           now - c->since >= l->timeouts[state])
        neap_http_connection_expire(c);
}

static void on_timer(uv_timer_t *timer) {
    struct http_lane *l = timer->data;
    uint64_t now = neap_http_lane_now(l);
    l->timer_due = 0;
    uint64_t next = neap_http_pool_expire(l, now);
    for (int state = 0; state < HTTP_STATES; state++) {
        expire(l, (enum http_state)state, now);
        struct http_connection *c = neap_http_lane_oldest(l, (enum http_state)state);
        if (c != NULL && c->since + l->timeouts[state] < next)
            next = c->since + l->timeouts[state];
    }
    if (l->accept_at != 0 && l->accept_at <= now)
        neap_http_accept_resume(l);
    if (l->accept_at != 0 && l->accept_at < next)
        next = l->accept_at;
    if (next != UINT64_MAX && !l->closed)
        set_timer(l, next);
}

void neap_http_lane_wake_at(struct http_lane *l, uint64_t due) {
    if (l->timer_due == 0 || due < l->timer_due)
        set_timer(l, due);
}

/* One timer serves all: each list is in the order of its deadlines, and a timer that is too
 * early only looks again. */
void neap_http_lane_move(struct http_connection *c, enum http_state state) {
    struct http_lane *l = c->lane;
    neap_list_remove(&c->link);
    neap_list_push(&l->states[state], &c->link);
    c->state = (uint8_t)state;
    c->since = neap_http_lane_now(l);
    neap_http_lane_wake_at(l, c->since + l->timeouts[state]);
}

const char *neap_http_lane_date(struct http_lane *l) {
    time_t now = time(NULL);
    if (now != l->date_at) {
        neap_http_date(l->date, now);
        l->date_at = now;
    }
    return l->date;
}

/* --- requests, to be used again --- */

struct neap_http_request *neap_http_lane_take_request(struct http_lane *l) {
    return l->spare_count > 0 ? l->spares[--l->spare_count] : neap_http_request_new();
}

void neap_http_lane_give_request(struct http_lane *l, struct neap_http_request *r) {
    if (l->spare_count == HTTP_SPARE_REQUESTS) {
        neap_http_request_free(r);
        return;
    }
    neap_http_request_clear(r);
    l->spares[l->spare_count++] = r;
}

/* --- the beginning --- */

void neap_http_lane_accepted(struct http_lane *l) {
    l->handles++;
    l->connections++;
    neap_http_server_count(l->server, 1);
}

/* The socket is bound and listens already. */
static void start(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, start);
    uv_loop_t *loop = neap_loop_of(neap_worker_poller(worker));
    int err = uv_timer_init(loop, &l->timer);
    NEAP_ASSERT(err == 0);
    l->timer.data = l;
    l->handles = 1;
    neap_http_accept_start(l);
}

/* --- the end --- */

static void on_timer_closed(uv_handle_t *timer) {
    neap_http_lane_closed(timer->data);
}

static void drain(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, drain);
    (void)worker;
    struct http_connection *c;
    l->draining = true;
    neap_http_accept_stop(l);
    while ((c = neap_http_lane_oldest(l, HTTP_IDLE)) != NULL)
        neap_http_connection_dismiss(c);
    neap_http_server_lane_drains(l->server);
}

static void close_all(struct http_lane *l) {
    struct http_connection *c;
    for (int state = 0; state < HTTP_STATES; state++)
        while ((c = neap_http_lane_oldest(l, (enum http_state)state)) != NULL) {
            if (c->handler != NULL)
                c->handler->connection = NULL;
            c->handler = NULL;
            if (c->started)
                neap_http_connection_cut(c);
            else
                neap_http_connection_close(c);
        }
}

static void close_lane(struct neap_task *task, struct neap_worker *worker) {
    struct http_lane *l = NEAP_LIST_ITEM(task, struct http_lane, close);
    (void)worker;
    NEAP_ASSERT(l->handles > 0); /* `start` was posted before, from the same worker */
    l->closed = l->draining = true;
    neap_http_accept_stop(l);
    close_all(l);
    neap_http_pool_close(l);
    uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}

void neap_http_lane_closed(struct http_lane *l) {
    l->handles--;
    neap_http_lane_check_end(l);
}

void neap_http_lane_gone(struct http_lane *l) {
    l->connections--;
    neap_http_server_count(l->server, -1);
}

/* A lane that has ended holds nothing but its memory, which is the server's. */
void neap_http_lane_check_end(struct http_lane *l) {
    if (!l->closed || l->handles > 0 || l->handlers > 0 || l->pool_queued)
        return;
    while (l->spare_count > 0)
        neap_http_request_free(l->spares[--l->spare_count]);
    neap_bytes_fini(&l->head);
    neap_http_server_unref(l->server);
}

void neap_http_lane_init(struct http_lane *l, struct neap_http_server *s,
                         struct neap_worker *w, int fd) {
    uint64_t request = s->options.request_timeout / NEAP_MS;
    l->server = s;
    l->worker = w;
    l->fd = fd;
    for (int state = 0; state < HTTP_STATES; state++)
        neap_list_init(&l->states[state]);
    l->timeouts[HTTP_IDLE] = s->options.idle_timeout / NEAP_MS;
    l->timeouts[HTTP_READING] = l->timeouts[HTTP_WAITING] = request;
    l->timeouts[HTTP_HANDLED] = l->timeouts[HTTP_LEAVING] = request;
    l->timeouts[HTTP_LINGERING] = HTTP_LINGER_MS;
    l->limits = NEAP_HTTP_LIMITS_DEFAULT;
    l->limits.body = s->options.max_body;
    l->serials = (uint64_t)neap_worker_index(w) << HTTP_SERIAL_BITS;
    l->start.run = start;
    l->drain.run = drain;
    l->close.run = close_lane;
    neap_http_pool_init(l);
}

void neap_http_lane_start(struct http_lane *l) {
    neap_worker_post(l->worker, &l->start);
}
