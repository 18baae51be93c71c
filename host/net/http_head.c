#include "net/http_head.h"

#include <stdio.h>

static const struct row {
    int status;
    const char *reason;
} ROWS[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 203, "Non-Authoritative Information" },
    { 204, "No Content" },
    { 205, "Reset Content" },
    { 206, "Partial Content" },
    { 300, "Multiple Choices" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 402, "Payment Required" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
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
    { 422, "Unprocessable Content" },
    { 423, "Locked" },
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
    { 507, "Insufficient Storage" },
};

/* What has no reason of its own gets that of its class: clients look at the number alone. */
static const char *reason_of(int status) {
    static const char *const CLASSES[] = { "OK", "Redirect", "Bad Request", "Error" };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (ROWS[i].status == status)
            return ROWS[i].reason;
    return CLASSES[status / 100 - 2];
}

bool neap_http_status_has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

void neap_http_date(char text[32], time_t at) {
    static const char *const DAYS[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const MONTHS[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm t;
    gmtime_r(&at, &t);
    snprintf(text, 32, "%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[t.tm_wday],
             t.tm_mday % 100, MONTHS[t.tm_mon], (t.tm_year + 1900) % 10000,
             t.tm_hour % 100, t.tm_min % 100, t.tm_sec % 100);
}

static void put_number(struct neap_bytes *to, size_t n) {
    char digits[24];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    neap_bytes_append(to, digits + at, sizeof digits - at);
}

#define PUT(to, literal) neap_bytes_append((to), (literal), sizeof(literal) - 1)

/* HTTP/1.1 stays open unless it is said, 1.0 the reverse. */
static void put_connection(struct neap_bytes *to, const struct neap_http_head *head) {
    if (!head->keep)
        PUT(to, "connection: close\r\n");
    else if (head->minor == 0)
        PUT(to, "connection: keep-alive\r\n");
}

void neap_http_head_begin(struct neap_bytes *to, const struct neap_http_head *head) {
    PUT(to, "HTTP/1.1 ");
    put_number(to, (size_t)head->status);
    PUT(to, " ");
    neap_bytes_text(to, reason_of(head->status));
    PUT(to, "\r\ndate: ");
    neap_bytes_append(to, head->date, strlen(head->date));
    PUT(to, "\r\n");
    put_connection(to, head);
    if (head->chunked)
        PUT(to, "transfer-encoding: chunked\r\n");
    if (!head->sized)
        return;
    PUT(to, "content-length: ");
    put_number(to, head->size);
    PUT(to, "\r\n");
}

void neap_http_head_field(struct neap_bytes *to, const char *name, size_t name_size,
                          const char *value, size_t value_size) {
    uint8_t *room = neap_bytes_room(to, name_size + value_size + 4);
    memcpy(room, name, name_size);
    memcpy(room + name_size, ": ", 2);
    memcpy(room + name_size + 2, value, value_size);
    memcpy(room + name_size + 2 + value_size, "\r\n", 2);
    to->len += name_size + value_size + 4;
}

void neap_http_head_end(struct neap_bytes *to) {
    PUT(to, "\r\n");
}

void neap_http_head_error(struct neap_bytes *to, int status, const char *date) {
    char body[80];
    int n = snprintf(body, sizeof body, "%d %s\n", status, reason_of(status));
    for (int i = 0; i < n; i++)
        if (body[i] >= 'A' && body[i] <= 'Z')
            body[i] |= 0x20;
    struct neap_http_head head = {
        .status = status, .minor = 1, .sized = true, .size = (size_t)n, .date = date
    };
    neap_http_head_begin(to, &head);
    neap_http_head_field(to, "content-type", 12, "text/plain; charset=utf-8", 25);
    neap_http_head_end(to);
    neap_bytes_append(to, body, (size_t)n);
}
