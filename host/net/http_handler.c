#include "net/http_handler.h"

#include "base/error.h"
#include "net/http_head.h"
#include "net/http_inside.h"

#include <stdio.h>
#include <string.h>

const struct neap_http_request *neap_http_handler_request(const struct neap_http_handler *h) {
    return h->connection == NULL ? NULL : h->connection->request;
}

uint64_t neap_http_handler_serial(const struct neap_http_handler *h) {
    return h->connection == NULL ? 0 : h->connection->serial;
}

uint16_t neap_http_handler_peer(const struct neap_http_handler *h, char address[64]) {
    struct sockaddr_storage peer = { 0 };
    int size = sizeof peer;
    address[0] = '\0';
    if (uv_tcp_getpeername(&h->connection->tcp, (struct sockaddr *)&peer, &size) != 0)
        return 0;
    uv_ip_name((struct sockaddr *)&peer, address, 64);
    return peer.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&peer)->sin6_port)
                                      : ntohs(((struct sockaddr_in *)&peer)->sin_port);
}

/* --- the head --- */

static struct neap_http_head head_of(const struct http_connection *c, int status) {
    return (struct neap_http_head){
        .status = status,
        .minor = c->request->minor,
        .keep_alive = c->keep && !c->lane->draining,
        .of_head = c->request->method == HTTP_HEAD,
        .date = neap_http_lane_date(c->lane),
    };
}

static struct neap_bytes *write_head(struct http_connection *c, struct neap_http_head *head,
                                     const struct neap_http_answer *answer) {
    struct neap_bytes *out = &c->lane->head;
    out->len = 0;
    c->keep = neap_http_head_keeps_alive(head);
    neap_http_head_begin(head, out);
    for (size_t i = 0; i < answer->line_count; i++) {
        const struct neap_http_line *line = &answer->lines[i];
        neap_http_head_field(head, out, line->name, line->name_size, line->value,
                             line->value_size);
    }
    neap_http_head_end(head, out);
    return out;
}

/* The request is done with: from here the connection is its own again. */
static void detach(struct neap_http_handler *h) {
    struct http_connection *c = h->connection;
    h->connection = NULL;
    h->waits = false;
    c->handler = NULL;
    neap_http_connection_finish(c);
}

void neap_http_handler_respond(struct neap_http_handler *h,
                               const struct neap_http_answer *answer, const void *body,
                               size_t size) {
    struct http_connection *c = h->connection;
    struct neap_http_head head = head_of(c, answer->status);
    head.length = size;
    const struct neap_bytes *text = write_head(c, &head, answer);
    bool with_body = neap_http_head_body(&head) != NEAP_HTTP_BODY_NONE;
    neap_http_connection_write(c, text->data, text->len, body, with_body ? size : 0);
    detach(h);
}

/* --- in parts --- */

int neap_http_handler_start(struct neap_http_handler *h,
                            const struct neap_http_answer *answer) {
    struct http_connection *c = h->connection;
    struct neap_http_head head = head_of(c, answer->status);
    head.streamed = !answer->is_sized;
    head.length = answer->size;
    enum neap_http_body body = neap_http_head_body(&head);
    c->started = true;
    c->bodiless = body == NEAP_HTTP_BODY_NONE;
    c->chunked = body == NEAP_HTTP_BODY_CHUNKED;
    c->left = body == NEAP_HTTP_BODY_LENGTH ? answer->size : 0;
    c->sized = body == NEAP_HTTP_BODY_LENGTH;
    const struct neap_bytes *text = write_head(c, &head, answer);
    neap_http_connection_write(c, text->data, text->len, NULL, 0);
    return c->gone ? NEAP_ECLOSED : 0;
}

bool neap_http_handler_has_started(const struct neap_http_handler *h) {
    return h->connection->started;
}

static void write_chunk(struct http_connection *c, const void *bytes, size_t size) {
    char line[32];
    int n = snprintf(line, sizeof line, "%zx\r\n", size);
    struct neap_bytes *text = &c->lane->head;
    text->len = 0;
    neap_bytes_append(text, line, (size_t)n);
    neap_bytes_append(text, bytes, size);
    neap_bytes_append(text, "\r\n", 2);
    neap_http_connection_write(c, text->data, text->len, NULL, 0);
}

void neap_http_handler_write(struct neap_http_handler *h, const void *bytes, size_t size) {
    struct http_connection *c = h->connection;
    if (c->gone)
        return;
    neap_http_lane_move(c, HTTP_HANDLED); /* it goes on: its time begins anew */
    if (size == 0 || c->bodiless)
        return;
    if (c->sized) {
        size = size < c->left ? size : (size_t)c->left;
        c->left -= size;
    }
    if (c->chunked)
        write_chunk(c, bytes, size);
    else
        neap_http_connection_write(c, bytes, size, NULL, 0);
    c->queued_then = neap_http_connection_unsent(c);
    h->waits = !c->gone && c->queued_then > NEAP_HTTP_QUEUED;
}

bool neap_http_handler_is_drained(const struct neap_http_handler *h) {
    return !h->waits;
}

bool neap_http_handler_is_gone(const struct neap_http_handler *h) {
    return h->connection == NULL || h->connection->gone;
}

void neap_http_handler_end(struct neap_http_handler *h) {
    struct http_connection *c = h->connection;
    if (c->sized && c->left > 0)
        c->keep = false;
    if (c->chunked && !c->bodiless && !c->gone)
        neap_http_connection_write(c, "0\r\n\r\n", 5, NULL, 0);
    detach(h);
}
