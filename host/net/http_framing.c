#include "net/http_framing.h"

#include "net/http_field.h"
#include "net/http_target.h"

struct fields { /* those that matter here: the first of a name, and how many there are */
    const struct neap_http_field *host;
    const struct neap_http_field *length;
    const struct neap_http_field *encoding;
    unsigned hosts;
    unsigned lengths;
    unsigned encodings;
    bool close;
    bool keep_alive;
    bool expects_continue;
    bool expects_more;
};

static int refuse(int status, const char **why, const char *text) {
    *why = text;
    return status;
}

static bool is(const struct neap_http_request *r, struct neap_http_span value,
               const char *word) {
    return neap_http_same(neap_http_request_text(r, value), value.length, word);
}

static bool lists(const struct neap_http_request *r, struct neap_http_span value,
                  const char *word) {
    return neap_http_lists(neap_http_request_text(r, value), value.length, word);
}

static void note_first(const struct neap_http_field **first, unsigned *count,
                       const struct neap_http_field *field) {
    if ((*count)++ == 0)
        *first = field;
}

/* Most names differ in length from all that matter. */
static void note(const struct neap_http_request *r, const struct neap_http_field *field,
                 struct fields *all) {
    switch (field->name.length) {
    case 4:
        if (neap_http_request_says(r, field->name, "host"))
            note_first(&all->host, &all->hosts, field);
        break;
    case 6:
        if (neap_http_request_says(r, field->name, "expect")) {
            bool known = is(r, field->value, "100-continue");
            all->expects_continue |= known;
            all->expects_more |= !known;
        }
        break;
    case 10:
        if (neap_http_request_says(r, field->name, "connection")) {
            all->close |= lists(r, field->value, "close");
            all->keep_alive |= lists(r, field->value, "keep-alive");
        }
        break;
    case 14:
        if (neap_http_request_says(r, field->name, "content-length"))
            note_first(&all->length, &all->lengths, field);
        break;
    case 17:
        if (neap_http_request_says(r, field->name, "transfer-encoding"))
            note_first(&all->encoding, &all->encodings, field);
        break;
    default: break;
    }
}

static int read_host(const struct neap_http_request *r, const struct fields *all,
                     const char **why) {
    if (all->hosts > 1)
        return refuse(400, why, "more than one Host");
    if (all->hosts == 0)
        return r->minor == 0 ? 0 : refuse(400, why, "no Host");
    struct neap_http_span value = all->host->value;
    if (!neap_http_host_is_valid(neap_http_request_text(r, value), value.length))
        return refuse(400, why, "the Host is none");
    return 0;
}

static int read_length(struct neap_http_request *r, const struct fields *all,
                       const char **why) {
    if (all->lengths == 0)
        return 0;
    if (all->lengths > 1)
        return refuse(400, why, "more than one Content-Length");
    struct neap_http_span value = all->length->value;
    const char *text = neap_http_request_text(r, value);
    uint64_t length = 0;
    for (uint32_t i = 0; i < value.length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return refuse(400, why, "the Content-Length is no number");
        if (__builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(text[i] - '0'), &length))
            return refuse(400, why, "the Content-Length is too large for a number");
    }
    if (value.length == 0)
        return refuse(400, why, "the Content-Length is empty");
    r->content_length = length;
    return 0;
}

/* Where a body ends can only be told when "chunked" comes last. */
static bool ends_in_chunked(const struct neap_http_request *r, struct neap_http_span value) {
    const char *text = neap_http_request_text(r, value);
    const char *comma = memrchr(text, ',', value.length);
    size_t from = comma != NULL ? (size_t)(comma - text) : 0;
    return neap_http_lists(text + from, value.length - from, "chunked") && from > 0 &&
           !neap_http_lists(text, from, "chunked");
}

static int read_encoding(struct neap_http_request *r, const struct fields *all,
                         const char **why) {
    if (all->encodings == 0)
        return 0;
    if (all->encodings > 1)
        return refuse(400, why, "more than one Transfer-Encoding");
    if (all->lengths > 0)
        return refuse(400, why, "both Transfer-Encoding and Content-Length");
    if (r->minor == 0)
        return refuse(400, why, "Transfer-Encoding in HTTP/1.0");
    if (ends_in_chunked(r, all->encoding->value))
        return refuse(501, why, "a Transfer-Encoding other than chunked");
    if (!is(r, all->encoding->value, "chunked"))
        return refuse(400, why, "the Transfer-Encoding does not end in chunked");
    r->chunked = true;
    return 0;
}

static int read_expectation(struct neap_http_request *r, const struct fields *all,
                            const char **why) {
    bool has_body = r->chunked || r->content_length > 0;
    if (r->minor == 0)
        return 0;
    if (all->expects_more)
        return refuse(417, why, "an Expect other than 100-continue");
    r->expects_continue = all->expects_continue && has_body;
    return 0;
}

int neap_http_framing_read(struct neap_http_request *r, const char **why) {
    struct fields all = { 0 };
    for (uint32_t i = 0; i < r->field_count; i++)
        note(r, &r->fields[i], &all);
    r->keep_alive = !all.close && (r->minor > 0 || all.keep_alive);
    int status = read_host(r, &all, why);
    if (status == 0)
        status = read_length(r, &all, why);
    if (status == 0)
        status = read_encoding(r, &all, why);
    if (status == 0)
        status = read_expectation(r, &all, why);
    return status;
}
