#include "net/http_request.h"

#include "base/alloc.h"

#include <llhttp.h>

enum { KEPT_TEXT = 4096, KEPT_BODY = 16384, KEPT_FIELDS = 32 };

struct neap_http_request *neap_http_request_new(void) {
    return neap_calloc(1, sizeof(struct neap_http_request));
}

void neap_http_request_free(struct neap_http_request *r) {
    if (r == NULL)
        return;
    neap_bytes_fini(&r->text);
    neap_bytes_fini(&r->body);
    neap_free(r->fields);
    neap_free(r);
}

static void shrink(struct neap_bytes *b, size_t kept) {
    if (b->cap > kept)
        neap_bytes_fini(b);
    b->len = 0;
}

void neap_http_request_clear(struct neap_http_request *r) {
    shrink(&r->text, KEPT_TEXT);
    shrink(&r->body, KEPT_BODY);
    if (r->room > KEPT_FIELDS) {
        neap_free(r->fields);
        r->fields = NULL;
        r->room = 0;
    }
    *r = (struct neap_http_request){
        .text = r->text, .body = r->body, .fields = r->fields, .room = r->room
    };
}

const char *neap_http_request_method(const struct neap_http_request *r) {
    return llhttp_method_name((llhttp_method_t)r->method);
}

bool neap_http_request_is_head(const struct neap_http_request *r) {
    return r->method == HTTP_HEAD;
}

static const char *text_of(const struct neap_http_request *r, struct neap_http_span s) {
    return (const char *)r->text.data + s.at;
}

const char *neap_http_request_path(const struct neap_http_request *r, size_t *size) {
    *size = r->query > 0 ? r->query - 1 : r->target.size;
    return text_of(r, r->target);
}

const char *neap_http_request_query(const struct neap_http_request *r, size_t *size) {
    *size = 0;
    if (r->query == 0)
        return NULL;
    *size = r->target.size - r->query;
    return text_of(r, r->target) + r->query;
}

uint32_t neap_http_request_field_count(const struct neap_http_request *r) {
    return r->count;
}

struct neap_http_request_field neap_http_request_field(const struct neap_http_request *r,
                                                       uint32_t i) {
    const struct neap_http_pair *f = &r->fields[i];
    return (struct neap_http_request_field){ text_of(r, f->name), f->name.size,
                                             text_of(r, f->value), f->value.size };
}

const char *neap_http_request_body(const struct neap_http_request *r, size_t *size) {
    *size = r->body.len;
    return r->body.len == 0 ? "" : (const char *)r->body.data;
}
