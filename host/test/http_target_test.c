#include "net/http_target.h"

#include "test/http_story.h"
#include "test/test.h"

/* --- targets --- */

TEST(a_target_is_split_at_its_first_question_mark) {
    EXPECT_STORY("GET /a/b?c=d?e HTTP/1.0\r\n\r\n",
                 "done GET /a/b?c=d?e HTTP/1.0 close; ");
    EXPECT_STORY("GET /? HTTP/1.0\r\n\r\n", "done GET /? HTTP/1.0 close; ");
    EXPECT_STORY("GET //x/ HTTP/1.0\r\n\r\n", "done GET //x/ HTTP/1.0 close; ");
}

TEST(nothing_in_a_target_is_decoded) {
    EXPECT_STORY("GET /%2e%2E/%00?%3f HTTP/1.0\r\n\r\n",
                 "done GET /%2e%2E/%00?%3f HTTP/1.0 close; ");
}

TEST(an_absolute_target_is_reduced_to_its_path) {
    EXPECT_STORY("GET http://b/x?y HTTP/1.0\r\n\r\n", "done GET /x?y HTTP/1.0 close; ");
    EXPECT_STORY("GET HTTPS://b:8080/x HTTP/1.0\r\n\r\n", "done GET /x HTTP/1.0 close; ");
    EXPECT_STORY("GET http://b HTTP/1.0\r\n\r\n", "done GET / HTTP/1.0 close; ");
    EXPECT_STORY("GET http://[::1]?y HTTP/1.0\r\n\r\n", "done GET /?y HTTP/1.0 close; ");
}

TEST(the_host_of_an_absolute_target_counts) {
    EXPECT_STORY("GET http://b:1/x HTTP/1.1\r\nHost: a\r\n\r\n",
                 "done GET /x HTTP/1.1 host=b:1; ");
}

TEST(the_host_of_an_absolute_target_is_that_of_one_request) {
    EXPECT_STORY("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n" GET(""),
                 "done GET / HTTP/1.1 host=b; done GET / HTTP/1.1 host=a; ");
}

TEST(an_absolute_target_needs_a_proper_host) {
    EXPECT_STATUS("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://?x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://u:p@b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://b:x/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://b,c/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET ftp://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http:/b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

TEST(the_asterisk_is_for_options) {
    EXPECT_STORY("OPTIONS * HTTP/1.0\r\n\r\n", "done OPTIONS * HTTP/1.0 close; ");
    EXPECT_STORY("OPTIONS /x HTTP/1.0\r\n\r\n", "done OPTIONS /x HTTP/1.0 close; ");
    EXPECT_STATUS("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("OPTIONS *?x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

TEST(targets_that_are_no_targets_are_refused) {
    EXPECT_STATUS("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET ?x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /?x#y HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET http://b/#y HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /\t HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400);
}

/* --- hosts --- */

TEST(a_host_is_a_name_or_an_address_with_a_port_or_without) {
    EXPECT_STORY("GET / HTTP/1.1\r\nHost:\r\n\r\n", "done GET / HTTP/1.1 host=; ");
    EXPECT_STORY("GET / HTTP/1.1\r\nHost: a.b-c_d:80\r\n\r\n",
                 "done GET / HTTP/1.1 host=a.b-c_d:80; ");
    EXPECT_STORY("GET / HTTP/1.1\r\nHost: [::1%25lo]:80\r\n\r\n",
                 "done GET / HTTP/1.1 host=[::1%25lo]:80; ");
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: []\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: [\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a#b\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1\r\nHost: a\xc3\xa4\r\n\r\n", 400);
}
