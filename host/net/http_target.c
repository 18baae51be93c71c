#include "net/http_target.h"

#include "base/error.h"
#include "net/http_field.h"

#include <llhttp.h>

static int refuse(const char **why, const char *text) {
    *why = text;
    return NEAP_EINVALID;
}

static size_t scheme_length(const char *text, size_t size) {
    static const char *const SCHEMES[] = { "http://", "https://" };
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        size_t n = strlen(SCHEMES[i]);
        if (size >= n && neap_http_same(text, n, SCHEMES[i]))
            return n;
    }
    return 0;
}

/* `from` is where the path begins, or the query when the path is left out. */
static void split(struct neap_http_request *r, struct neap_http_span target, uint32_t from) {
    const char *text = neap_http_request_text(r, target);
    const char *mark = memchr(text + from, '?', target.length - from);
    uint32_t end = mark != NULL ? (uint32_t)(mark - text) : target.length;
    r->path = (struct neap_http_span){ target.at + from, end - from };
    if (mark != NULL)
        r->query = (struct neap_http_span){ target.at + end + 1, target.length - end - 1 };
}

/* A path that is left out is "/": the last one of "http://" is at hand. */
static int read_absolute(struct neap_http_request *r, uint32_t scheme,
                         struct neap_http_span *host, const char **why) {
    const char *text = neap_http_request_text(r, r->target);
    uint32_t n = scheme;
    while (n < r->target.length && text[n] != '/' && text[n] != '?')
        n++;
    *host = (struct neap_http_span){ r->target.at + scheme, n - scheme };
    if (host->length == 0)
        return refuse(why, "the request target has no host after \"http://\"");
    if (!neap_http_host_is_valid(text + scheme, host->length))
        return refuse(why, "the host in the request target is none");
    split(r, r->target, n);
    if (r->path.length == 0)
        r->path = (struct neap_http_span){ r->target.at + scheme - 1, 1 };
    return 0;
}

int neap_http_target_read(struct neap_http_request *r, struct neap_http_span *host,
                          const char **why) {
    const char *text = neap_http_request_text(r, r->target);
    *host = (struct neap_http_span){ 0 };
    if (memchr(text, '#', r->target.length) != NULL)
        return refuse(why, "the request target has a fragment (\"#\")");
    if (neap_http_request_says(r, r->target, "*")) {
        r->path = r->target;
        return r->method == HTTP_OPTIONS
                   ? 0
                   : refuse(why, "the request target \"*\" is for OPTIONS only");
    }
    size_t scheme = scheme_length(text, r->target.length);
    if (scheme != 0)
        return read_absolute(r, (uint32_t)scheme, host, why);
    if (r->target.length == 0 || text[0] != '/')
        return refuse(why, "the request target is no path and no http URL");
    split(r, r->target, 0);
    return 0;
}

/* --- hosts --- */

static size_t name_length(const uint8_t *host, size_t size) {
    return neap_http_run(host, size, NEAP_HTTP_HOST);
}

/* "[", hexadecimal digits, colons and dots (and what future addresses have), "]". */
static size_t address_length(const uint8_t *host, size_t size) {
    size_t n = 1;
    while (n < size && (host[n] == ':' || name_length(host + n, 1) != 0))
        n++;
    return n > 1 && n < size && host[n] == ']' ? n + 1 : 0;
}

static bool is_port(const uint8_t *text, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

bool neap_http_host_is_valid(const char *host, size_t size) {
    const uint8_t *text = (const uint8_t *)host;
    bool bracket = size > 0 && text[0] == '[';
    size_t n = bracket ? address_length(text, size) : name_length(text, size);
    if (n == size)
        return true;
    return n > 0 && text[n] == ':' && is_port(text + n + 1, size - n - 1);
}
