#include "net/http_head.h"

#include "net/http_field.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct phrase {
    int status;
    const char *text;
};

static const struct phrase PHRASES[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 203, "Non-Authoritative Information" },
    { 204, "No Content" },
    { 205, "Reset Content" },
    { 206, "Partial Content" },
    { 207, "Multi-Status" },
    { 208, "Already Reported" },
    { 226, "IM Used" },
    { 300, "Multiple Choices" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 305, "Use Proxy" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 402, "Payment Required" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 407, "Proxy Authentication Required" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 417, "Expectation Failed" },
    { 418, "I'm a Teapot" },
    { 421, "Misdirected Request" },
    { 422, "Unprocessable Content" },
    { 423, "Locked" },
    { 424, "Failed Dependency" },
    { 425, "Too Early" },
    { 426, "Upgrade Required" },
    { 428, "Precondition Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 451, "Unavailable For Legal Reasons" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
    { 506, "Variant Also Negotiates" },
    { 507, "Insufficient Storage" },
    { 508, "Loop Detected" },
    { 510, "Not Extended" },
    { 511, "Network Authentication Required" },
};

static const char *const CLASSES[] = { "Success", "Redirection", "Client Error",
                                       "Server Error" };

const char *neap_http_reason(int status) {
    size_t from = 0;
    size_t to = sizeof PHRASES / sizeof *PHRASES;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (PHRASES[middle].status == status)
            return PHRASES[middle].text;
        if (PHRASES[middle].status < status)
            from = middle + 1;
        else
            to = middle;
    }
    return status >= 200 && status <= 599 ? CLASSES[status / 100 - 2] : "Unknown";
}

/* Not strftime: its names of days are those of the locale. */
void neap_http_date(char out[NEAP_HTTP_DATE], time_t time) {
    static const char DAYS[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char MONTHS[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm tm = { 0 };
    gmtime_r(&time, &tm);
    snprintf(out, NEAP_HTTP_DATE, "%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[tm.tm_wday],
             tm.tm_mday, MONTHS[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
             tm.tm_sec);
}

/* --- what follows a head --- */

static bool may_have_body(int status) {
    return status != 204 && status != 304;
}

/* What the head says; of an answer to HEAD that is what the one to GET would. */
static enum neap_http_body announced(const struct neap_http_head *head) {
    if (!may_have_body(head->status))
        return NEAP_HTTP_BODY_NONE;
    if (!head->streamed || head->status == 205)
        return NEAP_HTTP_BODY_LENGTH;
    return head->minor > 0 ? NEAP_HTTP_BODY_CHUNKED : NEAP_HTTP_BODY_TO_CLOSE;
}

enum neap_http_body neap_http_head_body(const struct neap_http_head *head) {
    return head->of_head || head->status == 205 ? NEAP_HTTP_BODY_NONE : announced(head);
}

bool neap_http_head_keeps_alive(const struct neap_http_head *head) {
    return head->keep_alive && neap_http_head_body(head) != NEAP_HTTP_BODY_TO_CLOSE;
}

/* --- writing --- */

static void put_line(struct neap_bytes *out, const char *name, const char *value) {
    neap_bytes_text(out, name);
    neap_bytes_text(out, value);
    neap_bytes_append(out, "\r\n", 2);
}

static void put_number(struct neap_bytes *out, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    neap_bytes_append(out, digits + at, sizeof digits - at);
}

void neap_http_head_begin(const struct neap_http_head *head, struct neap_bytes *out) {
    const char *reason = neap_http_reason(head->status);
    neap_bytes_append(out, "HTTP/1.1 ", 9);
    put_number(out, (uint64_t)head->status);
    put_line(out, " ", reason);
}

void neap_http_head_field(struct neap_http_head *head, struct neap_bytes *out,
                          const char *name, size_t name_size, const char *value,
                          size_t value_size) {
    neap_bytes_append(out, name, name_size);
    neap_bytes_append(out, ": ", 2);
    neap_bytes_append(out, value, value_size);
    neap_bytes_append(out, "\r\n", 2);
    head->dated |= neap_http_same(name, name_size, "date");
}

static void put_framing(const struct neap_http_head *head, struct neap_bytes *out) {
    switch (announced(head)) {
    case NEAP_HTTP_BODY_LENGTH:
        neap_bytes_text(out, "content-length: ");
        put_number(out, head->status == 205 ? 0 : head->length);
        neap_bytes_append(out, "\r\n", 2);
        break;
    case NEAP_HTTP_BODY_CHUNKED: put_line(out, "transfer-encoding: ", "chunked"); break;
    case NEAP_HTTP_BODY_NONE:
    case NEAP_HTTP_BODY_TO_CLOSE: break;
    }
}

/* HTTP/1.1 stays open unless told otherwise, HTTP/1.0 the other way round. */
void neap_http_head_end(const struct neap_http_head *head, struct neap_bytes *out) {
    if (head->date != NULL && !head->dated)
        put_line(out, "date: ", head->date);
    put_framing(head, out);
    if (!neap_http_head_keeps_alive(head))
        put_line(out, "connection: ", "close");
    else if (head->minor == 0)
        put_line(out, "connection: ", "keep-alive");
    neap_bytes_append(out, "\r\n", 2);
}

void neap_http_head_plain(const struct neap_http_head *head, struct neap_bytes *out) {
    struct neap_http_head plain = *head;
    char body[64];
    int n = snprintf(body, sizeof body, "%d %s\n", head->status,
                     neap_http_reason(head->status));
    for (int i = 0; i < n; i++)
        body[i] = (char)tolower((unsigned char)body[i]);
    plain.streamed = plain.dated = false;
    plain.length = (uint64_t)n;
    neap_http_head_begin(&plain, out);
    neap_http_head_field(&plain, out, "content-type", 12, "text/plain", 10);
    neap_http_head_end(&plain, out);
    if (neap_http_head_body(&plain) == NEAP_HTTP_BODY_LENGTH)
        neap_bytes_append(out, body, (size_t)n);
}
