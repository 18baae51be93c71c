#include "net/http_inside.h"

#include "base/alloc.h"
#include "core/process.h"
#include "net/http_head.h"

#include <string.h>
#include <unistd.h>

static struct http_connection *of(void *handle) {
    return ((uv_handle_t *)handle)->data;
}

static uv_stream_t *stream_of(struct http_connection *c) {
    return (uv_stream_t *)&c->tcp;
}

/* --- the end --- */

static void on_closed(uv_handle_t *handle) {
    struct http_connection *c = of(handle);
    struct http_lane *l = c->lane;
    neap_bytes_fini(&c->pending);
    neap_free(c);
    neap_http_lane_closed(l);
}

/* Takes it from its lane; the socket is to be closed. */
static void retire(struct http_connection *c) {
    NEAP_ASSERT(c->handler == NULL);
    c->state = HTTP_CLOSED;
    neap_list_remove(&c->link);
    if (c->request != NULL)
        neap_http_lane_give_request(c->lane, c->request);
    c->request = NULL;
    neap_http_lane_gone(c->lane);
}

void neap_http_connection_close(struct http_connection *c) {
    if (c->state == HTTP_CLOSED)
        return;
    retire(c);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* Without chunks an orderly end would be that of the answer. */
void neap_http_connection_cut(struct http_connection *c) {
    bool is_open = !c->chunked && !c->bodiless && !c->gone;
    retire(c);
    if (!is_open || uv_tcp_close_reset(&c->tcp, on_closed) != 0)
        uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* The client is gone. A handler that has its request is told when it writes; what it waits
 * for now will not happen. */
static void lose(struct http_connection *c) {
    c->gone = true;
    c->keep = false;
    if (c->handler == NULL) {
        neap_http_connection_close(c);
        return;
    }
    uv_read_stop(stream_of(c));
    if (c->handler->waits) {
        c->handler->waits = false;
        neap_resource_notify(&c->handler->resource);
    }
}

/* --- writing --- */

struct write { /* what the socket did not take at once */
    uv_write_t request;
    char bytes[];
};

size_t neap_http_connection_unsent(const struct http_connection *c) {
    return uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp);
}

static void resume(struct http_connection *c);

static void on_written(uv_write_t *request, int status) {
    struct http_connection *c = of(request->handle);
    neap_free(NEAP_LIST_ITEM(request, struct write, request));
    if (c->state == HTTP_CLOSED)
        return;
    if (status != 0) {
        lose(c);
        return;
    }
    if (neap_http_connection_unsent(c) != 0)
        return;
    if (c->handler != NULL && c->handler->waits) {
        c->handler->waits = false;
        neap_resource_notify(&c->handler->resource);
    }
    resume(c);
}

static void queue_write(struct http_connection *c, const uv_buf_t bufs[2], size_t sent) {
    size_t size = bufs[0].len + bufs[1].len - sent;
    struct write *w = neap_alloc(sizeof *w + size);
    size_t first = sent < bufs[0].len ? bufs[0].len - sent : 0;
    if (first > 0)
        memcpy(w->bytes, bufs[0].base + sent, first);
    if (size > first)
        memcpy(w->bytes + first, bufs[1].base + (bufs[1].len - (size - first)),
               size - first);
    uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)size);
    int err = uv_write(&w->request, stream_of(c), &buf, 1, on_written);
    if (err != 0) {
        neap_free(w);
        c->gone = true;
        c->keep = false;
    }
}

/* Most answers go out here whole, by one system call. */
void neap_http_connection_write(struct http_connection *c, const void *a, size_t a_size,
                                const void *b, size_t b_size) {
    if (c->gone)
        return;
    uv_buf_t bufs[2] = { { .base = (char *)(uintptr_t)a, .len = a_size },
                         { .base = (char *)(uintptr_t)b, .len = b_size } };
    int n = neap_http_connection_unsent(c) != 0
                ? UV_EAGAIN
                : uv_try_write(stream_of(c), bufs, b_size > 0 ? 2 : 1);
    if (n < 0 && n != UV_EAGAIN) {
        c->gone = true;
        c->keep = false;
        return;
    }
    size_t sent = n < 0 ? 0 : (size_t)n;
    if (sent < a_size + b_size)
        queue_write(c, bufs, sent);
}

/* --- leaving --- */

static void on_shut(uv_shutdown_t *request, int status) {
    struct http_connection *c = of(request->handle);
    (void)status;
    neap_free(request);
    if (c->state == HTTP_CLOSED)
        return;
    if (c->half || !c->lingers || status != 0)
        neap_http_connection_close(c);
    else
        neap_http_lane_move(c, HTTP_LINGERING);
}

/* Says that nothing more comes, once all is sent. Closing with bytes of the client unread
 * would destroy the answer on its way, so behind an error, and when the client had sent more
 * than was answered, it is read from for a while (RFC 9112, 9.6). */
static void leave(struct http_connection *c) {
    uv_shutdown_t *request = neap_alloc(sizeof *request);
    c->lingers = c->lingers || c->pending.len > 0;
    neap_http_lane_move(c, HTTP_LEAVING);
    c->queued_then = neap_http_connection_unsent(c);
    if (c->request != NULL)
        neap_http_lane_give_request(c->lane, c->request);
    c->request = NULL;
    c->pending.len = 0;
    bool done = c->gone || (!c->lingers && c->queued_then == 0);
    if (done || uv_shutdown(request, stream_of(c), on_shut) != 0) {
        neap_free(request);
        neap_http_connection_close(c);
        return;
    }
    resume(c); /* to read what is thrown away */
}

void neap_http_connection_dismiss(struct http_connection *c) {
    c->keep = false;
    leave(c);
}

void neap_http_connection_refuse(struct http_connection *c, int status, const char *why) {
    struct neap_bytes *head = &c->lane->head;
    (void)why;
    head->len = 0;
    struct neap_http_head h = { .status = status,
                                .minor = 1,
                                .date = neap_http_lane_date(c->lane) };
    neap_http_head_plain(&h, head);
    c->keep = false;
    c->lingers = true;
    neap_http_connection_write(c, head->data, head->len, NULL, 0);
    leave(c);
}

void neap_http_connection_finish(struct http_connection *c) {
    c->started = c->chunked = c->sized = c->bodiless = false;
    if (!c->keep || c->gone || c->lane->draining) { /* which may have begun after the head */
        leave(c);
        return;
    }
    neap_http_lane_give_request(c->lane, c->request);
    c->request = NULL;
    c->queued_then = neap_http_connection_unsent(c);
    neap_http_lane_move(c, HTTP_IDLE);
    resume(c);
}

/* --- reading --- */

static void accept_request(struct http_connection *c) {
    c->serial = ++c->lane->serials;
    c->keep = c->request->keep_alive && !c->lane->draining;
    neap_http_lane_move(c, HTTP_WAITING);
    neap_http_pool_kick(c->lane);
}

static void on_head(struct http_connection *c) {
    if (c->state == HTTP_IDLE) /* the whole head came at once */
        neap_http_lane_move(c, HTTP_READING);
    if (c->request->expects_continue)
        neap_http_connection_write(c, NEAP_HTTP_CONTINUE, sizeof NEAP_HTTP_CONTINUE - 1,
                                   NULL, 0);
}

static bool can_parse(const struct http_connection *c) {
    return c->state < HTTP_WAITING && neap_http_connection_unsent(c) <= NEAP_HTTP_QUEUED;
}

/* Gives the number of bytes used: all, or those up to the end of a request. */
static size_t parse(struct http_connection *c, const char *bytes, size_t size) {
    size_t used = 0;
    if (c->request == NULL)
        c->request = neap_http_lane_take_request(c->lane);
    switch (neap_http_parser_feed(&c->parser, c->request, bytes, size, &used)) {
    case NEAP_HTTP_MORE:
        if (c->state == HTTP_IDLE && !neap_http_parser_is_idle(&c->parser))
            neap_http_lane_move(c, HTTP_READING);
        break;
    case NEAP_HTTP_HEAD: on_head(c); break;
    case NEAP_HTTP_DONE: accept_request(c); break;
    case NEAP_HTTP_BAD:
        neap_http_connection_refuse(c, c->parser.status, c->parser.why);
        return size;
    }
    return used;
}

static void pause_reading(struct http_connection *c) {
    c->paused = true;
    uv_read_stop(stream_of(c));
}

/* What came behind the request that is handled waits; more than a little is not read. */
static void keep_for_later(struct http_connection *c, const char *bytes, size_t size) {
    neap_bytes_append(&c->pending, bytes, size);
    if (c->pending.len > HTTP_PENDING_MAX && !c->paused)
        pause_reading(c);
}

/* What is pending came before it: nothing overtakes it, though by now it could be parsed. */
static void take(struct http_connection *c, const char *bytes, size_t size) {
    while (size > 0 && c->pending.len == 0 && can_parse(c)) {
        size_t used = parse(c, bytes, size);
        bytes += used;
        size -= used;
    }
    if (size > 0 && c->state < HTTP_LEAVING)
        keep_for_later(c, bytes, size);
}

static void take_pending(struct http_connection *c) {
    struct neap_bytes bytes = c->pending;
    neap_bytes_init(&c->pending);
    take(c, (const char *)bytes.data, bytes.len);
    neap_bytes_fini(&bytes);
}

/* No request can follow, or come to its end. */
static bool is_over(const struct http_connection *c) {
    return c->half && c->state < HTTP_WAITING && c->pending.len == 0;
}

/* The client sends no more: what is due is answered still. */
static void on_end(struct http_connection *c) {
    c->half = true;
    uv_read_stop(stream_of(c));
    if (c->state == HTTP_LINGERING)
        neap_http_connection_close(c);
    else if (is_over(c))
        leave(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    struct http_connection *c = of(stream);
    if (n > 0 && c->state < HTTP_LEAVING)
        take(c, buf->base, (size_t)n);
    else if (n == UV_EOF)
        on_end(c);
    else if (n < 0)
        lose(c);
}

static void lend_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *buf) {
    struct http_connection *c = of(handle);
    (void)wanted;
    *buf = uv_buf_init(c->lane->buffer, sizeof c->lane->buffer);
}

/* Goes on with what waited for the answer to be given, or to be sent. */
static void resume(struct http_connection *c) {
    if (c->pending.len > 0 && can_parse(c))
        take_pending(c);
    if (is_over(c))
        leave(c);
    else if (c->paused && !c->half && c->state != HTTP_CLOSED &&
             (can_parse(c) || c->state >= HTTP_LEAVING)) {
        c->paused = false;
        uv_read_start(stream_of(c), lend_buffer, on_read);
    }
}

/* --- time --- */

/* As long as the client takes some of what it was sent, it is slow, not gone. */
static bool progresses(struct http_connection *c) {
    size_t unsent = neap_http_connection_unsent(c);
    bool some = unsent < c->queued_then;
    c->queued_then = unsent;
    return some;
}

void neap_http_connection_expire(struct http_connection *c) {
    struct neap_http_server *s = c->lane->server;
    switch ((enum http_state)c->state) {
    case HTTP_IDLE:
    case HTTP_LEAVING:
        if (progresses(c))
            neap_http_lane_move(c, (enum http_state)c->state);
        else
            neap_http_connection_close(c);
        break;
    case HTTP_READING:
        neap_http_connection_refuse(c, 408, "the request did not come");
        break;
    case HTTP_LINGERING: neap_http_connection_close(c); break;
    case HTTP_WAITING: neap_http_connection_refuse(c, 503, "no handler was free"); break;
    case HTTP_HANDLED:
        neap_http_lane_move(c, HTTP_HANDLED); /* its end follows, or its client goes on */
        if (c->handler->waits && progresses(c))
            break;
        s->made.expire(s->made.context, c->lane->worker,
                       neap_process_pid(c->handler->resource.owner), "the request");
        break;
    case HTTP_CLOSED: break;
    }
}

/* --- the beginning --- */

static int open_socket(struct http_connection *c, int fd) {
    int err = uv_tcp_open(&c->tcp, fd);
    if (err != 0)
        close(fd);
    return err;
}

void neap_http_connection_open(struct http_lane *l, int fd) {
    struct http_connection *c = neap_calloc(1, sizeof *c);
    c->lane = l;
    c->state = HTTP_IDLE;
    c->tcp.data = c;
    neap_list_init(&c->link);
    neap_http_parser_init(&c->parser, &l->limits);
    int err = uv_tcp_init(l->timer.loop, &c->tcp);
    NEAP_ASSERT(err == 0);
    neap_http_lane_accepted(l);
    neap_http_lane_move(c, HTTP_IDLE);
    if (open_socket(c, fd) != 0 || uv_tcp_nodelay(&c->tcp, 1) != 0 ||
        uv_read_start(stream_of(c), lend_buffer, on_read) != 0)
        neap_http_connection_close(c);
}
