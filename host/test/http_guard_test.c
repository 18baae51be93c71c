#include "net/http_guard.h"

#include "test/http_story.h"
#include "test/test.h"

/* Seen through the parser: what is refused here, llhttp would let through in part. */

/* --- lines and fields --- */

TEST(lines_end_in_cr_lf_only) {
    EXPECT_STATUS("GET / HTTP/1.1\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a\r\n\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\rHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS(GET("x: a\rb\r\n"), 400);
    EXPECT_STATUS(GET("x: a\r\r\n"), 400);
    EXPECT_STATUS(GET("x: a\nb: c\r\n"), 400);
    EXPECT_STATUS(GET("x:\n\r\n"), 400);
    EXPECT_STATUS(GET("x:\r a\r\n"), 400);
    EXPECT_STATUS(GET("x\r\n"), 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a\r\n\rX", 400);
}

TEST(folded_lines_are_refused) {
    EXPECT_STATUS("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400);
    EXPECT_STATUS(GET("x: a\r\n b\r\n"), 400);
    EXPECT_STORY(GET("x: a\r\n\tb\r\n"), "bad 400 a folded line;");
    EXPECT_STATUS(GET("x:\r\n b\r\n"), 400);
    EXPECT_STATUS(GET("x: a\r\n \r\n"), 400);
    EXPECT_STATUS(GET("Content-Length: 1\r\n 0\r\n"), 400);
}

TEST(names_are_tokens_up_to_the_colon) {
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400);
    EXPECT_STATUS(GET("x : a\r\n"), 400);
    EXPECT_STATUS(GET("x\t: a\r\n"), 400);
    EXPECT_STATUS(GET("x y: a\r\n"), 400);
    EXPECT_STATUS(GET(": a\r\n"), 400);
    EXPECT_STATUS(GET("x\xff: a\r\n"), 400);
    EXPECT_STATUS(GET("x\0: a\r\n"), 400);
    EXPECT_STATUS(GET("x\x7f: a\r\n"), 400);
    EXPECT_STATUS(GET("x(y): a\r\n"), 400);
    EXPECT_STATUS(GET("\"x\": a\r\n"), 400);
    EXPECT_STATUS(GET("Content-Length : 1\r\n"), 400);
    EXPECT_STATUS(GET("Transfer-Encoding : chunked\r\n"), 400);
}

TEST(values_have_no_control_characters) {
    static char request[] = GET("x: a?b\r\n");
    char *place = strchr(request, '?');
    for (int byte = 0; byte < 256; byte++) {
        bool control = (byte < 32 && byte != '\t') || byte == 127;
        *place = (char)byte;
        const char *story = told(request, sizeof request - 1);
        EXPECT_INT(strncmp(story, "bad 400", 7) == 0, control);
    }
}

/* --- limits --- */

TEST(a_target_has_as_many_bytes_as_it_may_have) {
    choose(10, 200, 5, 100);
    EXPECT_STORY("GET /234567890 HTTP/1.0\r\n\r\n",
                 "done GET /234567890 HTTP/1.0 close; ");
    EXPECT_STATUS("GET /2345678901 HTTP/1.0\r\n\r\n", 414);
    EXPECT_STATUS("GET /2345678901", 414);
}

TEST(a_head_has_as_many_bytes_as_it_may_have) {
    choose(10, 39, 5, 100);
    EXPECT_STORY("GET / HTTP/1.0\r\nx: 0123456789012345\r\n\r\n",
                 "done GET / HTTP/1.0 close x=0123456789012345; ");
    EXPECT_STATUS("GET / HTTP/1.0\r\nx: 01234567890123456\r\n\r\n", 431);
    EXPECT_STATUS("GET / HTTP/1.0\r\nx: 01234567890123456789012345", 431);
}

TEST(a_head_has_as_many_fields_as_it_may_have) {
    choose(10, 200, 2, 100);
    EXPECT_STORY("GET / HTTP/1.0\r\na: 1\r\nb: 2\r\n\r\n",
                 "done GET / HTTP/1.0 close a=1 b=2; ");
    EXPECT_STATUS("GET / HTTP/1.0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n", 431);
}

TEST(a_request_line_of_a_megabyte_is_refused) {
    choose_defaults();
    EXPECT_INT(status_of("GET /", 'x', 1000000, ""), 414);
    EXPECT_INT(status_of("GET ", '/', 1000000, " HTTP/1.1\r\n"), 414);
    EXPECT_INT(status_of("GET /?", '?', 1000000, ""), 414);
    EXPECT_INT(status_of("", 'G', 1000000, ""), 501);
    EXPECT_INT(status_of("GET / ", 'H', 1000000, ""), 400);
}

TEST(a_hundred_thousand_fields_are_refused) {
    choose_defaults();
    fill("GET / HTTP/1.1\r\n", ' ', 0, "");
    for (int i = 0; i < 100000; i++)
        neap_bytes_text(&story_big, "a: b\r\n");
    EXPECT_STR(told_of_filled(), "bad 431 too many header fields;");
    EXPECT_INT(status_of("GET / HTTP/1.1\r\nx: ", 'y', 1000000, ""), 431);
    EXPECT_INT(status_of("GET / HTTP/1.1\r\n", 'y', 1000000, ""), 431);
}
