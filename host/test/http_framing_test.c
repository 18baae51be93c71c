#include "net/http_framing.h"

#include "test/http_story.h"
#include "test/test.h"

/* --- hosts --- */

TEST(http_1_1_has_one_host) {
    EXPECT_STATUS("GET / HTTP/1.1\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", 400);
    EXPECT_STATUS(GET("Host: a\r\n"), 400);
    EXPECT_STATUS(GET("hOST: b\r\n"), 400);
    EXPECT_STATUS("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://a/ HTTP/1.1\r\n\r\n", 400);
}

/* --- where a body ends --- */

TEST(a_content_length_is_one_number_told_once) {
    EXPECT_STATUS(GET("Content-Length: 1\r\nContent-Length: 1\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 1\r\nContent-Length: 2\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 0\r\nContent-Length: 0\r\n"), 400);
    EXPECT_STATUS(GET("Content-Length: 1, 1\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: +1\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: -1\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 0x1\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 1a\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 1 1\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 1.0\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: \"1\"\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length:\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 18446744073709551616\r\n") "x", 400);
    EXPECT_STATUS(GET("Content-Length: 99999999999999999999999\r\n") "x", 400);
}

TEST(a_content_length_may_have_blanks_around_and_zeros_in_front) {
    EXPECT_STORY(GET("Content-Length:\t 01 \r\n") "x",
                 "head; done GET / HTTP/1.1 host=a content-length=01 [x]; ");
}

TEST(a_length_and_an_encoding_exclude_each_other) {
    EXPECT_STATUS(GET("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n",
                  400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") "0\r\n\r\n",
                  400);
    EXPECT_STORY(GET("Transfer-Encoding:\r\nContent-Length: 5\r\n") "12345",
                 "bad 400 both Transfer-Encoding and Content-Length;");
    EXPECT_STATUS(GET("Transfer-Encoding: x\r\nContent-Length: 5\r\n") "12345", 400);
    EXPECT_STATUS(GET("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n",
                  400);
}

TEST(the_only_encoding_is_chunked) {
    EXPECT_STATUS(GET("Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n", 501);
    EXPECT_STATUS(GET("Transfer-Encoding: \"a,chunked\r\n") "0\r\n\r\n", 501);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked, gzip\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked, chunked\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: gzip\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: identity\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: xchunked\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunkedx\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked;q=1\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: 'chunked'\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: \x0b"
                      "chunked\r\n") "0\r\n\r\n",
                  400);
    EXPECT_STATUS(GET("Transfer-Encoding: ,chunked\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked,\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked\t\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding:\r\n") "0\r\n\r\n", 400);
    EXPECT_STATUS(GET("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400);
    EXPECT_STATUS(GET("Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n"), 400);
    EXPECT_STATUS("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
}

TEST(what_the_two_readers_of_a_head_differ_in_is_refused_with_it) {
    EXPECT_STORY(GET("Transfer-Encoding: chunked\t\r\n") "0\r\n\r\n",
                 "bad 400 the head can be read in two ways;");
}

TEST(names_that_only_look_like_those_of_a_length_are_none) {
    EXPECT_STORY(GET("Content_Length: 5\r\nContent-Lengt: 5\r\nContent-Lengthh: 5\r\n")
                     GET(""),
                 "done GET / HTTP/1.1 host=a content_length=5 content-lengt=5 "
                 "content-lengthh=5; done GET / HTTP/1.1 host=a; ");
}

/* --- the connection, expectations --- */

TEST(http_1_1_stays_open_unless_told_otherwise) {
    EXPECT_STORY(GET("Connection: x, Close\r\n"),
                 "done GET / HTTP/1.1 close host=a connection=x, Close; ");
    EXPECT_STORY(
        GET("Connection: keep-alive\r\nConnection: close\r\n"),
        "done GET / HTTP/1.1 close host=a connection=keep-alive connection=close; ");
    EXPECT_STORY(GET("Connection: closed, x-close\r\n"),
                 "done GET / HTTP/1.1 host=a connection=closed, x-close; ");
}

TEST(http_1_0_closes_unless_told_otherwise) {
    EXPECT_STORY("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
                 "done GET / HTTP/1.0 connection=Keep-Alive; ");
    EXPECT_STORY("GET / HTTP/1.0\r\nConnection: ,\tkeep-alive\t,x\r\n\r\n",
                 "done GET / HTTP/1.0 connection=,\tkeep-alive\t,x; ");
    EXPECT_STORY("GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n",
                 "done GET / HTTP/1.0 close proxy-connection=keep-alive; ");
    EXPECT_STORY("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
                 "done GET / HTTP/1.0 close connection=keep-alive, close; ");
}

TEST(bytes_after_a_closing_request_are_a_request_still) {
    EXPECT_STORY(GET("Connection: close\r\n") GET(""),
                 "done GET / HTTP/1.1 close host=a connection=close; "
                 "done GET / HTTP/1.1 host=a; ");
}

TEST(a_client_may_wait_for_100_continue) {
    EXPECT_STORY(GET("Expect: 100-Continue\r\nContent-Length: 1\r\n") "x",
                 "head; done GET / HTTP/1.1 expects host=a expect=100-Continue "
                 "content-length=1 [x]; ");
    EXPECT_STORY(GET("Expect: 100-continue\r\n"),
                 "done GET / HTTP/1.1 host=a expect=100-continue; ");
    EXPECT_STORY(
        "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        "head; done PUT / HTTP/1.0 close expect=100-continue content-length=1 [x]; ");
}

TEST(other_expectations_fail) {
    EXPECT_STATUS(GET("Expect: the spanish inquisition\r\n"), 417);
    EXPECT_STATUS(GET("Expect: 100-continue\r\nExpect: x\r\n"), 417);
}
