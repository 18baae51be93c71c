#include "net/http_head.h"

#include "test/test.h"

static struct neap_bytes out;

static const char *text(void) {
    neap_bytes_put(&out, '\0');
    return (const char *)out.data;
}

/* The head without fields of the caller's. */
static const char *written(struct neap_http_head head) {
    out.len = 0;
    neap_http_head_begin(&head, &out);
    neap_http_head_end(&head, &out);
    return text();
}

static const char *plain(struct neap_http_head head) {
    out.len = 0;
    neap_http_head_plain(&head, &out);
    return text();
}

#define WRITTEN(...) written((struct neap_http_head){ __VA_ARGS__ })
#define PLAIN(...) plain((struct neap_http_head){ __VA_ARGS__ })
#define BODY(...) neap_http_head_body(&(struct neap_http_head){ __VA_ARGS__ })
#define KEEPS_ALIVE(...)                                                                 \
    neap_http_head_keeps_alive(&(struct neap_http_head){ .keep_alive = true, __VA_ARGS__ })
#define V11 .minor = 1, .keep_alive = true

/* --- status and date --- */

TEST(statuses_have_their_phrase_or_that_of_their_class) {
    EXPECT_STR(neap_http_reason(200), "OK");
    EXPECT_STR(neap_http_reason(404), "Not Found");
    EXPECT_STR(neap_http_reason(511), "Network Authentication Required");
    EXPECT_STR(neap_http_reason(299), "Success");
    EXPECT_STR(neap_http_reason(306), "Redirection");
    EXPECT_STR(neap_http_reason(499), "Client Error");
    EXPECT_STR(neap_http_reason(599), "Server Error");
}

TEST(every_status_has_a_phrase) {
    for (int status = 200; status < 600; status++)
        EXPECT_TRUE(strlen(neap_http_reason(status)) > 1);
}

TEST(a_date_is_an_imf_fixdate) {
    char date[NEAP_HTTP_DATE];
    neap_http_date(date, 784111777);
    EXPECT_STR(date, "Sun, 06 Nov 1994 08:49:37 GMT");
    neap_http_date(date, 0);
    EXPECT_STR(date, "Thu, 01 Jan 1970 00:00:00 GMT");
    neap_http_date(date, 1709251199);
    EXPECT_STR(date, "Thu, 29 Feb 2024 23:59:59 GMT");
}

/* --- framing --- */

TEST(a_body_of_known_length_has_a_content_length) {
    EXPECT_STR(WRITTEN(V11, .status = 200, .length = 12, .date = "D"),
               "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 12\r\n\r\n");
    EXPECT_STR(WRITTEN(V11, .status = 404),
               "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    EXPECT_STR(WRITTEN(V11, .status = 200, .length = UINT64_MAX),
               "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\n");
    EXPECT_INT(BODY(V11, .status = 200), NEAP_HTTP_BODY_LENGTH);
}

TEST(a_stream_is_chunked) {
    EXPECT_STR(WRITTEN(V11, .status = 200, .streamed = true),
               "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    EXPECT_INT(BODY(V11, .status = 200, .streamed = true), NEAP_HTTP_BODY_CHUNKED);
}

TEST(a_stream_to_http_1_0_ends_with_the_connection) {
    EXPECT_STR(WRITTEN(.status = 200, .keep_alive = true, .streamed = true),
               "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
    EXPECT_INT(BODY(.status = 200, .streamed = true), NEAP_HTTP_BODY_TO_CLOSE);
    EXPECT_FALSE(KEEPS_ALIVE(.status = 200, .streamed = true));
    EXPECT_TRUE(KEEPS_ALIVE(.status = 200, .streamed = true, .of_head = true));
    EXPECT_TRUE(KEEPS_ALIVE(.status = 200));
}

TEST(some_statuses_never_have_a_body) {
    EXPECT_STR(WRITTEN(V11, .status = 204, .length = 5),
               "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_STR(WRITTEN(V11, .status = 304, .streamed = true),
               "HTTP/1.1 304 Not Modified\r\n\r\n");
    EXPECT_STR(WRITTEN(V11, .status = 205, .length = 5),
               "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n");
    EXPECT_STR(WRITTEN(V11, .status = 205, .streamed = true),
               "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n");
    EXPECT_INT(BODY(V11, .status = 204, .length = 5), NEAP_HTTP_BODY_NONE);
    EXPECT_INT(BODY(V11, .status = 205, .length = 5), NEAP_HTTP_BODY_NONE);
    EXPECT_INT(BODY(V11, .status = 304, .streamed = true), NEAP_HTTP_BODY_NONE);
}

TEST(the_answer_to_head_says_what_that_to_get_would) {
    EXPECT_STR(WRITTEN(V11, .status = 200, .of_head = true, .length = 7),
               "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n");
    EXPECT_STR(WRITTEN(V11, .status = 200, .of_head = true, .streamed = true),
               "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    EXPECT_INT(BODY(V11, .status = 200, .of_head = true, .length = 7), NEAP_HTTP_BODY_NONE);
    EXPECT_INT(BODY(V11, .status = 200, .of_head = true, .streamed = true),
               NEAP_HTTP_BODY_NONE);
}

TEST(the_connection_is_told_when_it_is_not_as_usual) {
    EXPECT_STR(WRITTEN(.status = 200, .minor = 1),
               "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    EXPECT_STR(WRITTEN(.status = 200, .minor = 0, .keep_alive = true),
               "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
    EXPECT_STR(WRITTEN(.status = 200, .minor = 0),
               "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}

/* --- fields --- */

TEST(fields_of_the_caller_come_as_they_are) {
    struct neap_http_head head = { V11, .status = 200, .date = "D" };
    out.len = 0;
    neap_http_head_begin(&head, &out);
    neap_http_head_field(&head, &out, "X-One", 5, "1", 1);
    neap_http_head_field(&head, &out, "empty", 5, "", 0);
    neap_http_head_end(&head, &out);
    EXPECT_STR(text(), "HTTP/1.1 200 OK\r\nX-One: 1\r\nempty: \r\ndate: D\r\n"
                       "content-length: 0\r\n\r\n");
}

TEST(a_date_of_the_caller_goes_instead) {
    struct neap_http_head head = { V11, .status = 200, .date = "D" };
    out.len = 0;
    neap_http_head_begin(&head, &out);
    neap_http_head_field(&head, &out, "Date", 4, "E", 1);
    neap_http_head_end(&head, &out);
    EXPECT_STR(text(), "HTTP/1.1 200 OK\r\nDate: E\r\ncontent-length: 0\r\n\r\n");
}

/* --- whole responses --- */

TEST(a_plain_response_has_one_line) {
    EXPECT_STR(PLAIN(.status = 400, .minor = 1, .date = "D"),
               "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ndate: D\r\n"
               "content-length: 16\r\nconnection: close\r\n\r\n400 bad request\n");
}

TEST(a_plain_response_to_head_has_none) {
    EXPECT_STR(PLAIN(V11, .status = 503, .of_head = true),
               "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\n"
               "content-length: 24\r\n\r\n");
}

TEST(a_plain_response_ignores_what_was_said_of_another_body) {
    EXPECT_STR(PLAIN(V11, .status = 500, .streamed = true, .length = 9, .dated = true),
               "HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\n"
               "content-length: 26\r\n\r\n500 internal server error\n");
}

TEST(a_plain_response_without_a_body_has_none) {
    EXPECT_STR(PLAIN(V11, .status = 304), "HTTP/1.1 304 Not Modified\r\n"
                                          "content-type: text/plain\r\n\r\n");
}
