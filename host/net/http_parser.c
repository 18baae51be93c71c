#include "net/http_parser.h"

#include "base/alloc.h"

#include <strings.h>
#include <sys/types.h>

enum { FIRST_FIELDS = 16, TRAILER_MAX = 8192 };

static struct neap_http_parser *of(llhttp_t *llhttp) {
    return (struct neap_http_parser *)(void *)llhttp;
}

static int refuse(struct neap_http_parser *p, int status, const char *why) {
    if (p->status == 0) {
        p->status = (uint16_t)status;
        p->why = why;
    }
    return -1;
}

/* --- the bytes of the head ---------------------------------------------------- */

/* One byte; 0 or refused. Lines end with CR LF, and a line that begins with a space would
 * belong to the one before. */
static int check_byte(struct neap_http_parser *p, uint8_t byte) {
    uint8_t last = p->last;
    p->last = byte;
    if (byte == '\n')
        return last == '\r' ? 0 : refuse(p, 400, "a line feed without a carriage return");
    if (last == '\r')
        return refuse(p, 400, "a carriage return without a line feed");
    if (byte == '\r')
        return 0;
    if ((byte < ' ' && byte != '\t') || byte == 127)
        return refuse(p, 400, "a control character");
    if (last == '\n' && !p->first_line && (byte == ' ' || byte == '\t'))
        return refuse(p, 400, "a folded header line");
    return 0;
}

static int check_length(struct neap_http_parser *p) {
    if (p->first_line && p->line > p->limits->target + 32)
        return refuse(p, 414, "the request line is too long");
    return p->head > p->limits->head ? refuse(p, 431, "the head is too large") : 0;
}

/* Looks at the head up to its end, which it finds itself. Gives how many bytes belong to it,
 * or -1. An empty line before the request is allowed (RFC 9112, 2.2). */
static ssize_t check_head(struct neap_http_parser *p, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        p->head++;
        if (check_byte(p, (uint8_t)bytes[i]) != 0)
            return -1;
        if (bytes[i] != '\n') {
            p->line += bytes[i] != '\r';
            if (check_length(p) != 0)
                return -1;
            continue;
        }
        bool empty = p->line == 0;
        if (empty && !p->first_line) {
            p->in_head = false;
            return (ssize_t)i + 1;
        }
        p->first_line = p->first_line && empty;
        p->line = 0;
    }
    return (ssize_t)size;
}

/* --- what llhttp finds --------------------------------------------------------- */

static struct neap_http_span append(struct neap_http_request *r, struct neap_http_span s,
                                    const char *bytes, size_t size) {
    if (s.size == 0)
        s.at = (uint32_t)r->text.len;
    neap_bytes_append(&r->text, bytes, size);
    s.size += (uint32_t)size;
    return s;
}

static int on_url(llhttp_t *llhttp, const char *bytes, size_t size) {
    struct neap_http_parser *p = of(llhttp);
    struct neap_http_request *r = p->request;
    r->target = append(r, r->target, bytes, size);
    return r->target.size > p->limits->target ? refuse(p, 414, "the target is too long")
                                              : 0;
}

static int add_field(struct neap_http_parser *p) {
    struct neap_http_request *r = p->request;
    if (r->count == p->limits->fields)
        return refuse(p, 431, "there are too many header lines");
    if (r->count == r->room) {
        r->room = r->room == 0 ? FIRST_FIELDS : r->room * 2;
        r->fields = neap_realloc(r->fields, r->room * sizeof *r->fields);
    }
    r->fields[r->count++] = (struct neap_http_pair){ { 0, 0 }, { 0, 0 } };
    p->in_value = false;
    return 0;
}

static void lower(uint8_t *at, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (at[i] >= 'A' && at[i] <= 'Z')
            at[i] |= 0x20;
}

static int on_field(llhttp_t *llhttp, const char *bytes, size_t size) {
    struct neap_http_parser *p = of(llhttp);
    struct neap_http_request *r = p->request;
    if (p->trailing)
        return 0;
    if ((r->count == 0 || p->in_value) && add_field(p) != 0)
        return -1;
    struct neap_http_span *name = &r->fields[r->count - 1].name;
    *name = append(r, *name, bytes, size);
    lower(r->text.data + r->text.len - size, size);
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *bytes, size_t size) {
    struct neap_http_parser *p = of(llhttp);
    struct neap_http_request *r = p->request;
    p->in_value = true;
    if (p->trailing)
        return 0;
    struct neap_http_span *value = &r->fields[r->count - 1].value;
    *value = append(r, *value, bytes, size);
    return 0;
}

/* A field without a value has no on_value. */
static int on_value_complete(llhttp_t *llhttp) {
    of(llhttp)->in_value = true;
    return 0;
}

static int on_body(llhttp_t *llhttp, const char *bytes, size_t size) {
    struct neap_http_parser *p = of(llhttp);
    struct neap_bytes *body = &p->request->body;
    if (size > p->limits->body - body->len)
        return refuse(p, 413, "the body is too large");
    neap_bytes_append(body, bytes, size);
    return 0;
}

static int on_complete(llhttp_t *llhttp) {
    (void)llhttp;
    return HPE_PAUSED;
}

/* --- the head as a whole --------------------------------------------------------- */

struct counts {
    uint32_t host, length, coding;
    struct neap_http_request_field last_coding;
};

static bool is_named(const struct neap_http_request_field *f, const char *name) {
    return f->name_size == strlen(name) && memcmp(f->name, name, f->name_size) == 0;
}

static bool is_value(const struct neap_http_request_field *f, const char *value) {
    return f->value_size == strlen(value) &&
           strncasecmp(f->value, value, f->value_size) == 0;
}

/* Space at the end is no part of a value, and llhttp leaves it there. */
static void trim(struct neap_http_request *r) {
    for (uint32_t i = 0; i < r->count; i++) {
        struct neap_http_span *v = &r->fields[i].value;
        const uint8_t *text = r->text.data + v->at;
        while (v->size > 0 && (text[v->size - 1] == ' ' || text[v->size - 1] == '\t'))
            v->size--;
    }
}

static struct counts count_fields(struct neap_http_request *r) {
    struct counts c = { 0 };
    for (uint32_t i = 0; i < r->count; i++) {
        struct neap_http_request_field f = neap_http_request_field(r, i);
        c.host += is_named(&f, "host");
        c.length += is_named(&f, "content-length");
        if (is_named(&f, "transfer-encoding")) {
            c.coding++;
            c.last_coding = f;
        }
        if (is_named(&f, "expect") && is_value(&f, "100-continue"))
            r->continues = true;
    }
    return c;
}

static int check_framing(struct neap_http_parser *p, const struct counts *c) {
    if (c->length > 1)
        return refuse(p, 400, "more than one Content-Length");
    if (c->length > 0 && c->coding > 0)
        return refuse(p, 400, "both Content-Length and Transfer-Encoding");
    if (c->coding > 1 || (c->coding > 0 && p->llhttp.http_minor == 0))
        return refuse(p, 400, "a Transfer-Encoding that is not allowed");
    if (c->coding > 0 && !is_value(&c->last_coding, "chunked"))
        return refuse(p, 501, "a Transfer-Encoding other than chunked");
    if (c->host > 1 || (c->host == 0 && p->llhttp.http_minor > 0))
        return refuse(p, 400, "not exactly one Host");
    return 0;
}

/* http://host/path is as good as /path: what is in the Host field counts for neither. */
static void cut_authority(struct neap_http_request *r) {
    const char *text = (const char *)r->text.data + r->target.at;
    uint32_t size = r->target.size, at = 0;
    if (size < 8 ||
        (strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0))
        return;
    at = text[4] == ':' ? 7 : 8;
    while (at < size && text[at] != '/' && text[at] != '?')
        at++;
    if (at < size && text[at] == '/') {
        r->target.at += at;
        r->target.size -= at;
        return;
    }
    uint8_t *slash = r->text.data + r->target.at + at - 1; /* no path: "/" */
    *slash = '/';
    r->target.at += at - 1;
    r->target.size -= at - 1;
}

static int check_target(struct neap_http_parser *p) {
    struct neap_http_request *r = p->request;
    if (p->llhttp.method == HTTP_CONNECT)
        return refuse(p, 501, "CONNECT is not for this server");
    cut_authority(r);
    const char *text = (const char *)r->text.data + r->target.at;
    bool star = r->target.size == 1 && text[0] == '*' && p->llhttp.method == HTTP_OPTIONS;
    if (!star && (r->target.size == 0 || text[0] != '/'))
        return refuse(p, 400, "a target that is no path");
    if (memchr(text, '#', r->target.size) != NULL)
        return refuse(p, 400, "a target with a fragment");
    const char *query = memchr(text, '?', r->target.size);
    r->query = query == NULL ? 0 : (uint32_t)(query - text) + 1;
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp) {
    struct neap_http_parser *p = of(llhttp);
    struct neap_http_request *r = p->request;
    if (llhttp->http_major != 1 || llhttp->http_minor > 1)
        return refuse(p, 505, "a version of HTTP other than 1.0 and 1.1");
    trim(r);
    struct counts c = count_fields(r);
    if (check_framing(p, &c) != 0 || check_target(p) != 0)
        return -1;
    r->method = llhttp->method;
    r->minor = llhttp->http_minor;
    r->has_body = c.coding > 0 || llhttp->content_length > 0;
    r->keep = llhttp_should_keep_alive(llhttp) != 0;
    r->continues = r->continues && r->minor > 0 && r->has_body;
    if (c.length > 0 && llhttp->content_length > p->limits->body)
        return refuse(p, 413, "the body is too large");
    llhttp->upgrade = 0; /* no other protocol is spoken here: the request goes on as it is */
    p->head_done = r->has_body;
    p->trailing = true; /* what fields follow now come behind the body */
    return 0;
}

/* --- feeding ---------------------------------------------------------------------- */

static const llhttp_settings_t SETTINGS = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_complete,
};

struct neap_http_limits neap_http_limits_default(void) {
    return (struct neap_http_limits){
        .target = 8 << 10, .head = 64 << 10, .fields = 100, .body = 8 << 20
    };
}

static void begin(struct neap_http_parser *p) {
    p->line = p->head = 0;
    p->last = '\n';
    p->in_head = p->first_line = true;
    p->in_value = p->trailing = false;
}

void neap_http_parser_init(struct neap_http_parser *p,
                           const struct neap_http_limits *limits) {
    *p = (struct neap_http_parser){ .limits = limits };
    llhttp_init(&p->llhttp, HTTP_REQUEST, &SETTINGS);
    begin(p);
}

/* What llhttp refuses by itself. */
static enum neap_http_event bad(struct neap_http_parser *p, llhttp_errno_t error) {
    switch (error) {
    case HPE_INVALID_METHOD: refuse(p, 501, "a method that is not known"); break;
    case HPE_INVALID_VERSION:
        refuse(p, 505, "a version of HTTP that is not spoken");
        break;
    default: refuse(p, 400, llhttp_get_error_reason(&p->llhttp)); break;
    }
    return NEAP_HTTP_BAD;
}

/* Gives what is to be told; `used` counts on. */
static enum neap_http_event execute(struct neap_http_parser *p, const char *bytes,
                                    size_t size, size_t *used) {
    llhttp_errno_t error = llhttp_execute(&p->llhttp, bytes, size);
    if (p->status != 0)
        return NEAP_HTTP_BAD;
    if (error == HPE_OK) {
        *used += size;
        return NEAP_HTTP_MORE;
    }
    if (error != HPE_PAUSED)
        return bad(p, error);
    *used += (size_t)(llhttp_get_error_pos(&p->llhttp) - bytes);
    llhttp_resume(&p->llhttp);
    return NEAP_HTTP_DONE;
}

/* Trailers pass unread, but not without an end: the head's limit is theirs too. */
static int count_trailer(struct neap_http_parser *p, size_t size) {
    if (!(p->llhttp.flags & F_TRAILING))
        return 0;
    p->line += (uint32_t)(size < TRAILER_MAX ? size : TRAILER_MAX);
    return p->line > TRAILER_MAX ? refuse(p, 431, "the trailers are too large") : 0;
}

static enum neap_http_event feed(struct neap_http_parser *p, const char *bytes,
                                 size_t size, size_t *used) {
    if (p->in_head) {
        ssize_t head = check_head(p, bytes, size);
        if (head < 0)
            return NEAP_HTTP_BAD;
        enum neap_http_event event = execute(p, bytes, (size_t)head, used);
        if (event != NEAP_HTTP_MORE || p->in_head || *used == size)
            return event;
    }
    enum neap_http_event event = execute(p, bytes + *used, size - *used, used);
    return event == NEAP_HTTP_MORE && count_trailer(p, size) != 0 ? NEAP_HTTP_BAD : event;
}

enum neap_http_event neap_http_parser_feed(struct neap_http_parser *p,
                                           struct neap_http_request *request,
                                           const char *bytes, size_t size, size_t *used) {
    *used = 0;
    p->request = request;
    p->head_done = false;
    enum neap_http_event event = feed(p, bytes, size, used);
    if (event == NEAP_HTTP_DONE)
        begin(p);
    return event == NEAP_HTTP_MORE && p->head_done ? NEAP_HTTP_HEAD : event;
}

bool neap_http_parser_has_begun(const struct neap_http_parser *p) {
    return !p->in_head || p->head > 0;
}

int neap_http_parser_status(const struct neap_http_parser *p) {
    return p->status;
}

const char *neap_http_parser_why(const struct neap_http_parser *p) {
    return p->why;
}
