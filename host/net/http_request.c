#include "net/http_request.h"

#include "base/alloc.h"

#include <llhttp.h>

enum { FIRST_FIELDS = 16 };

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

static void empty(struct neap_bytes *b, size_t kept) {
    b->len = 0;
    if (b->cap > kept)
        neap_bytes_fini(b);
}

void neap_http_request_clear(struct neap_http_request *r) {
    empty(&r->text, NEAP_HTTP_KEPT_TEXT);
    empty(&r->body, NEAP_HTTP_KEPT_BODY);
    if (r->field_room > NEAP_HTTP_KEPT_FIELDS) {
        neap_free(r->fields);
        r->fields = NULL;
        r->field_room = 0;
    }
    *r = (struct neap_http_request){
        .text = r->text, .body = r->body, .fields = r->fields, .field_room = r->field_room
    };
}

struct neap_http_field *neap_http_request_add(struct neap_http_request *r) {
    if (r->field_count == r->field_room) {
        r->field_room = r->field_room != 0 ? r->field_room * 2 : FIRST_FIELDS;
        r->fields = neap_realloc(r->fields, r->field_room * sizeof *r->fields);
    }
    struct neap_http_field *field = &r->fields[r->field_count++];
    *field = (struct neap_http_field){ 0 };
    return field;
}

const struct neap_http_field *neap_http_request_find(const struct neap_http_request *r,
                                                     const char *name,
                                                     const struct neap_http_field *after) {
    size_t first = after != NULL ? (size_t)(after - r->fields) + 1 : 0;
    for (size_t i = first; i < r->field_count; i++)
        if (neap_http_request_says(r, r->fields[i].name, name))
            return &r->fields[i];
    return NULL;
}

const char *neap_http_request_method(const struct neap_http_request *r) {
    return llhttp_method_name((llhttp_method_t)r->method);
}
