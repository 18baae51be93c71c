#include "net/http_parser.h"

#include "base/assert.h"
#include "net/http_framing.h"
#include "net/http_target.h"

/* What a chunk's line may have, extensions and leading zeros included. */
enum { CHUNK_LINE = 256 };

enum state { HEAD, BODY, CHUNKS, TRAILERS, BROKEN };

static enum neap_http_event refuse(struct neap_http_parser *p, int status, const char *why) {
    p->state = BROKEN;
    p->status = status;
    p->why = why;
    return NEAP_HTTP_BAD;
}

/* --- what llhttp tells --- */

/* llhttp stops at any answer but 0. */
enum { GO_ON = 0, STOP = HPE_PAUSED };

static struct neap_http_span span_of(const struct neap_http_request *r, const char *at,
                                     size_t length) {
    return (struct neap_http_span){ (uint32_t)((const uint8_t *)at - r->text.data),
                                    (uint32_t)length };
}

static int on_url(llhttp_t *llhttp, const char *at, size_t length) {
    struct neap_http_parser *p = llhttp->data;
    p->request->target = span_of(p->request, at, length);
    return GO_ON;
}

static int on_field(llhttp_t *llhttp, const char *at, size_t length) {
    struct neap_http_parser *p = llhttp->data;
    if (p->state != HEAD)
        return GO_ON;
    struct neap_http_field *field = neap_http_request_add(p->request);
    field->name = span_of(p->request, at, length);
    uint8_t *name = p->request->text.data + field->name.at;
    for (size_t i = 0; i < length; i++)
        name[i] |= name[i] >= 'A' && name[i] <= 'Z' ? 0x20 : 0;
    return GO_ON;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t length) {
    struct neap_http_parser *p = llhttp->data;
    struct neap_http_request *r = p->request;
    if (p->state != HEAD)
        return GO_ON;
    while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t'))
        length--;
    r->fields[r->field_count - 1].value = span_of(r, at, length);
    return GO_ON;
}

static int on_head(llhttp_t *llhttp) {
    struct neap_http_parser *p = llhttp->data;
    p->is_complete = true;
    return STOP;
}

static int on_chunk(llhttp_t *llhttp) {
    struct neap_http_parser *p = llhttp->data;
    size_t room = p->limits->body - p->request->body.len;
    if (llhttp->content_length > room)
        refuse(p, 413, "the chunks of the body are too long");
    else if (llhttp->content_length == 0)
        p->state = TRAILERS;
    else
        p->left = llhttp->content_length + 2 + CHUNK_LINE;
    return STOP;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t length) {
    struct neap_http_parser *p = llhttp->data;
    neap_bytes_append(&p->request->body, at, length);
    return GO_ON;
}

static int on_end(llhttp_t *llhttp) {
    struct neap_http_parser *p = llhttp->data;
    p->is_complete = true;
    return STOP;
}

static const llhttp_settings_t SETTINGS = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_chunk_header = on_chunk,
    .on_body = on_body,
    .on_message_complete = on_end,
};

static int status_of(llhttp_errno_t err) {
    return err == HPE_INVALID_METHOD || err == HPE_INVALID_CONSTANT ? 501 : 400;
}

/* How many bytes llhttp took: all, or those up to where a callback said STOP. */
static size_t tell(struct neap_http_parser *p, const void *data, size_t size) {
    llhttp_errno_t err = llhttp_execute(&p->llhttp, data, size);
    if (err == HPE_OK)
        return size;
    if (err != HPE_PAUSED) {
        refuse(p, status_of(err), llhttp_get_error_reason(&p->llhttp));
        return 0;
    }
    llhttp_resume(&p->llhttp);
    return (size_t)(llhttp_get_error_pos(&p->llhttp) - (const char *)data);
}

/* --- the head --- */

static void begin(struct neap_http_parser *p) {
    llhttp_init(&p->llhttp, HTTP_REQUEST, &SETTINGS);
    neap_http_guard_init(&p->guard, p->limits);
    p->state = HEAD;
    p->told = 0;
    p->is_complete = false;
}

/* llhttp is given whole lines, so that it tells each name and each value in one piece. */
static void tell_lines(struct neap_http_parser *p) {
    size_t from = p->told;
    p->told = p->guard.line;
    if (from < p->told)
        tell(p, p->request->text.data + from, p->told - from);
}

static void read_version(struct neap_http_parser *p, const char *text, size_t length) {
    bool is_version = length == 8 && memcmp(text, "HTTP/", 5) == 0 && text[6] == '.';
    if (!is_version || text[5] < '0' || text[5] > '9' || text[7] < '0' || text[7] > '9')
        refuse(p, 400, "the request line does not end in a version");
    else if (text[5] != '1' || text[7] > '1')
        refuse(p, 505, "the version is neither HTTP/1.0 nor HTTP/1.1");
    else
        p->request->minor = text[7] - '0';
}

static void read_target(struct neap_http_parser *p) {
    const char *why = NULL;
    p->request->method = p->llhttp.method;
    if (p->llhttp.method == HTTP_CONNECT || p->llhttp.method == HTTP_PRI)
        refuse(p, 501, "the method is CONNECT or PRI");
    else if (neap_http_target_read(p->request, &p->host, &why) != 0)
        refuse(p, 400, why);
}

/* The version comes first: after it llhttp only stumbles over methods and targets. */
static void read_request_line(struct neap_http_parser *p) {
    const char *text = (const char *)p->request->text.data;
    size_t end = p->guard.line - 2;
    read_version(p, text + p->guard.version, end - p->guard.version);
    if (p->state == HEAD)
        tell_lines(p);
    if (p->state == HEAD)
        read_target(p);
}

/* Two ways of reading the same fields must have come to the same end. */
static bool llhttp_agrees(const struct neap_http_parser *p) {
    const struct neap_http_request *r = p->request;
    bool chunked = (p->llhttp.flags & F_CHUNKED) != 0;
    bool length = (p->llhttp.flags & F_CONTENT_LENGTH) != 0;
    return p->is_complete && p->guard.fields == r->field_count && chunked == r->chunked &&
           (length ? p->llhttp.content_length : 0) == r->content_length;
}

static bool has_nameless_field(const struct neap_http_request *r) {
    for (uint32_t i = 0; i < r->field_count; i++)
        if (r->fields[i].name.length == 0)
            return true;
    return false;
}

/* The host of an absolute target takes the place of the Host field's (RFC 9112, 3.2.2). */
static void set_host(struct neap_http_parser *p) {
    const struct neap_http_field *host = neap_http_request_find(p->request, "host", NULL);
    if (p->host.length != 0 && host != NULL)
        p->request->fields[host - p->request->fields].value = p->host;
}

static enum neap_http_event done(struct neap_http_parser *p) {
    begin(p);
    return NEAP_HTTP_DONE;
}

static enum neap_http_event read_head(struct neap_http_parser *p) {
    struct neap_http_request *r = p->request;
    const char *why = NULL;
    if (has_nameless_field(r))
        return refuse(p, 400, "a header field without a name");
    int status = neap_http_framing_read(r, &why);
    if (status != 0)
        return refuse(p, status, why);
    if (!llhttp_agrees(p))
        return refuse(p, 400, "the head can be read in two ways");
    if (r->content_length > p->limits->body)
        return refuse(p, 413, "the body is too long");
    set_host(p);
    if (!r->chunked && r->content_length == 0)
        return done(p);
    p->is_complete = false;
    p->state = r->chunked ? CHUNKS : BODY;
    p->left = r->chunked ? CHUNK_LINE : r->content_length;
    return NEAP_HTTP_HEAD;
}

/* What is wrong in a line before that of the guard's is told first: it came first. */
static enum neap_http_event feed_head(struct neap_http_parser *p, const uint8_t *data,
                                      size_t size, size_t *used) {
    NEAP_ASSERT(p->request->text.len == p->guard.bytes); /* the request that was begun */
    enum neap_http_verdict verdict = neap_http_guard_scan(&p->guard, data, size, used);
    neap_bytes_append(&p->request->text, data, *used);
    if (verdict == NEAP_HTTP_LINE)
        read_request_line(p);
    else
        tell_lines(p);
    if (p->state == BROKEN)
        return NEAP_HTTP_BAD;
    if (verdict == NEAP_HTTP_WRONG)
        return refuse(p, p->guard.status, p->guard.why);
    return verdict == NEAP_HTTP_END ? read_head(p) : NEAP_HTTP_MORE;
}

/* --- the body --- */

static enum neap_http_event feed_body(struct neap_http_parser *p, const uint8_t *data,
                                      size_t size, size_t *used) {
    *used = size < p->left ? size : (size_t)p->left;
    neap_bytes_append(&p->request->body, data, *used);
    p->left -= *used;
    return p->left == 0 ? done(p) : NEAP_HTTP_MORE;
}

/* At most up to where the next chunk has to begin: so its line is bounded. */
static enum neap_http_event feed_chunks(struct neap_http_parser *p, const uint8_t *data,
                                        size_t size, size_t *used) {
    uint64_t left = p->left;
    if (left == 0)
        return refuse(p, 400, "the line of a chunk is too long");
    p->left = 0;
    *used = tell(p, data, size < left ? size : (size_t)left);
    if (p->state == BROKEN)
        return NEAP_HTTP_BAD;
    if (p->state == TRAILERS)
        neap_http_guard_init_trailers(&p->guard, p->limits);
    else if (p->left == 0) /* no chunk began */
        p->left = left - *used;
    return NEAP_HTTP_MORE;
}

static enum neap_http_event feed_trailers(struct neap_http_parser *p, const uint8_t *data,
                                          size_t size, size_t *used) {
    enum neap_http_verdict verdict = neap_http_guard_scan(&p->guard, data, size, used);
    tell(p, data, *used);
    if (p->state == BROKEN)
        return NEAP_HTTP_BAD;
    if (verdict == NEAP_HTTP_WRONG)
        return refuse(p, p->guard.status, p->guard.why);
    if (p->is_complete != (verdict == NEAP_HTTP_END))
        return refuse(p, 400, "the trailers can be read in two ways");
    return p->is_complete ? done(p) : NEAP_HTTP_MORE;
}

/* --- public --- */

void neap_http_parser_init(struct neap_http_parser *p,
                           const struct neap_http_limits *limits) {
    NEAP_ASSERT(limits->head <= NEAP_HTTP_HEAD_MAX);
    NEAP_ASSERT(limits->body <= NEAP_HTTP_BODY_MAX);
    *p = (struct neap_http_parser){ .limits = limits };
    begin(p);
}

static enum neap_http_event feed(struct neap_http_parser *p, const uint8_t *data,
                                 size_t size, size_t *used) {
    switch ((enum state)p->state) {
    case HEAD: return feed_head(p, data, size, used);
    case BODY: return feed_body(p, data, size, used);
    case CHUNKS: return feed_chunks(p, data, size, used);
    case TRAILERS: return feed_trailers(p, data, size, used);
    case BROKEN: break;
    }
    return NEAP_HTTP_BAD;
}

enum neap_http_event neap_http_parser_feed(struct neap_http_parser *p,
                                           struct neap_http_request *request,
                                           const void *data, size_t size, size_t *used) {
    enum neap_http_event event = p->state == BROKEN ? NEAP_HTTP_BAD : NEAP_HTTP_MORE;
    size_t at = 0;
    p->request = request;
    p->llhttp.data = p;
    while (event == NEAP_HTTP_MORE && at < size) {
        size_t n = 0;
        event = feed(p, (const uint8_t *)data + at, size - at, &n);
        at += n;
    }
    *used = at;
    return event;
}
