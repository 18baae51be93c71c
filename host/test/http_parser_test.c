#include "net/http_parser.h"

#include "test/http_story.h"
#include "test/test.h"

/* --- what is let through --- */

TEST(a_request_without_a_body_is_done_at_the_end_of_its_head) {
    EXPECT_STORY("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
                 "done GET / HTTP/1.1 host=example.org; ");
}

TEST(names_become_lower_case_and_values_are_trimmed) {
    EXPECT_STORY(GET("X-Mixed_Case.9:\t Two  Words \t \r\nEMPTY:\r\nblank: \t\r\n"),
                 "done GET / HTTP/1.1 host=a x-mixed_case.9=Two  Words empty= blank=; ");
}

TEST(fields_of_one_name_stay_apart_and_in_order) {
    EXPECT_STORY(GET("Cookie: 1\r\nAccept: x\r\ncookie: 2\r\n"),
                 "done GET / HTTP/1.1 host=a cookie=1 accept=x cookie=2; ");
}

TEST(values_may_hold_bytes_from_128_and_tabs) {
    EXPECT_STORY(GET("x: \xc3\xa4\tb\xff\r\n"),
                 "done GET / HTTP/1.1 host=a x=\xc3\xa4\tb\xff; ");
}

TEST(a_body_follows_as_long_as_its_length_says) {
    EXPECT_STORY("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
                 "head; done POST /echo HTTP/1.1 host=a content-length=5 [hello]; ");
}

TEST(a_body_may_hold_any_bytes) {
    EXPECT_STORY("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n\r\n\r\n\n\n",
                 "head; done PUT / HTTP/1.1 host=a content-length=6 [\r\n\r\n\n\n]; ");
}

TEST(a_length_of_zero_is_no_body) {
    EXPECT_STORY("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                 "done POST / HTTP/1.1 host=a content-length=0; ");
}

TEST(chunks_are_put_together) {
    EXPECT_STORY(CHUNKED("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
                 CHUNKED_HEAD " [hello world]; ");
}

TEST(sizes_of_chunks_are_hexadecimal_in_either_case) {
    EXPECT_STORY(CHUNKED("a\r\n0123456789\r\nB\r\n0123456789a\r\n000\r\n\r\n"),
                 CHUNKED_HEAD " [01234567890123456789a]; ");
}

TEST(extensions_of_chunks_and_trailers_are_dropped) {
    EXPECT_STORY(CHUNKED("1;a\r\nx\r\n1;b=c\r\ny\r\n1;d=\"e f\"\r\nz\r\n0;end\r\nT: "
                         "u\r\nV: w\r\n\r\n"),
                 CHUNKED_HEAD " [xyz]; ");
}

TEST(a_chunked_body_may_be_empty) {
    EXPECT_STORY(CHUNKED("0\r\n\r\n"), CHUNKED_HEAD "; ");
}

TEST(chunked_may_be_written_in_any_case) {
    EXPECT_STORY(
        "POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: Chunked\r\n\r\n0\r\n\r\n",
        "head; done POST / HTTP/1.1 chunked host=a transfer-encoding=Chunked; ");
}

TEST(requests_may_follow_each_other_at_once) {
    EXPECT_STORY(
        GET("") CHUNKED(
            "1\r\nx\r\n0\r\n\r\n") "PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: "
                                   "1\r\n\r\nyDELETE /3 HTTP/1.0\r\n\r\n",
        "done GET / HTTP/1.1 host=a; " CHUNKED_HEAD " [x]; "
        "head; done PUT /2 HTTP/1.1 host=a content-length=1 [y]; "
        "done DELETE /3 HTTP/1.0 close; ");
}

TEST(one_empty_line_may_come_before_a_request) {
    EXPECT_STORY("\r\n" GET("") "\r\n" GET(""),
                 "done GET / HTTP/1.1 host=a; done GET / HTTP/1.1 host=a; ");
}

TEST(an_empty_line_alone_is_no_request) {
    EXPECT_STORY("\r\n", "");
    EXPECT_STORY(GET("") "\r\n", "done GET / HTTP/1.1 host=a; ");
}

TEST(a_request_that_is_cut_short_is_not_done) {
    EXPECT_STORY("G", "more;");
    EXPECT_STORY("GET / HTTP/1.1\r\nHost: a\r\n\r", "more;");
    EXPECT_STORY("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1",
                 "head; more;");
    EXPECT_STORY(CHUNKED("0\r\n\r"), "head; more;");
}

TEST(an_upgrade_is_not_taken_up) {
    EXPECT_STORY(GET("Connection: Upgrade\r\nUpgrade: h2c\r\n") GET(""),
                 "done GET / HTTP/1.1 host=a connection=Upgrade upgrade=h2c; "
                 "done GET / HTTP/1.1 host=a; ");
    EXPECT_STORY("POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n" GET(""),
                 "head; done POST / HTTP/1.1 chunked host=a connection=upgrade upgrade=x "
                 "transfer-encoding=chunked [x]; done GET / HTTP/1.1 host=a; ");
}

TEST(methods_that_llhttp_knows_have_its_names) {
    EXPECT_STORY("M-SEARCH / HTTP/1.0\r\n\r\n", "done M-SEARCH / HTTP/1.0 close; ");
    EXPECT_STORY("PATCH / HTTP/1.0\r\n\r\n", "done PATCH / HTTP/1.0 close; ");
    EXPECT_STORY("HEAD / HTTP/1.0\r\n\r\n", "done HEAD / HTTP/1.0 close; ");
}

/* --- request lines --- */

TEST(a_request_line_is_three_words_with_one_space_between) {
    EXPECT_STATUS("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET/ HTTP/1.1\r\nHost: a\r\n\r\n", 400);
    EXPECT_STATUS("GET\r\n", 400);
    EXPECT_STATUS("GET \r\n", 400);
}

TEST(the_version_is_1_0_or_1_1) {
    EXPECT_STATUS("GET / HTTP/0.9\r\n", 505);
    EXPECT_STATUS("GET / HTTP/1.2\r\n", 505);
    EXPECT_STATUS("GET / HTTP/2.0\r\n", 505);
    EXPECT_STATUS("GET / HTTP/3.7\r\n", 505);
    EXPECT_STATUS("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    EXPECT_STATUS("GET /\r\n", 505);
    EXPECT_STATUS("GET / \r\n", 400);
    EXPECT_STATUS("GET / HTTP/2\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.11\r\n", 400);
    EXPECT_STATUS("GET / HTTP/01.1\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1,1\r\n", 400);
    EXPECT_STATUS("GET / HTTP/1.x\r\n", 400);
    EXPECT_STATUS("GET / http/1.1\r\n", 400);
    EXPECT_STATUS("OPTIONS * RTSP/1.0\r\n", 400);
    EXPECT_STATUS("SOURCE / ICE/1.0\r\n", 400);
}

TEST(a_method_that_is_not_known_is_not_implemented) {
    EXPECT_STATUS("BREW / HTTP/1.1\r\n", 501);
    EXPECT_STATUS("GETX / HTTP/1.1\r\n", 501);
    EXPECT_STATUS("GE / HTTP/1.1\r\n", 501);
    EXPECT_STATUS("get / HTTP/1.1\r\n", 501);
    EXPECT_STATUS("DESCRIBE / HTTP/1.1\r\n", 501);
    EXPECT_STATUS("PRI * HTTP/1.1\r\n", 501);
    EXPECT_STATUS("CONNECT a:80 HTTP/1.1\r\n", 501);
    EXPECT_STATUS("CONNECT / HTTP/1.1\r\n", 501);
    EXPECT_STATUS("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 501);
}

TEST(bytes_that_are_no_http_are_refused_at_once) {
    EXPECT_STATUS("\x16\x03\x01\x02", 400); /* TLS */
    EXPECT_STATUS("\0", 400);
    EXPECT_STATUS("{", 400);
    EXPECT_STATUS("G(", 400);
}

TEST(two_empty_lines_before_a_request_are_refused) {
    EXPECT_STATUS("\r\n\r\n" GET(""), 400);
    EXPECT_STATUS("\n" GET(""), 400);
    EXPECT_STATUS("\r" GET(""), 400);
    EXPECT_STATUS("\r\r\n" GET(""), 400);
}

/* --- chunks --- */

TEST(the_size_of_a_chunk_is_a_hexadecimal_number) {
    EXPECT_STATUS(CHUNKED("\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("g\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0x1\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("-1\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("+1\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED(" 1\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1 \r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1\t\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1 ;a\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1_0\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("10000000000000000\r\nx"), 400);
    EXPECT_STATUS(CHUNKED("ffffffffffffffffff\r\nx"), 400);
    EXPECT_STATUS(CHUNKED("1;\r\nx\r\n0\r\n\r\n"), 400);
}

TEST(the_lines_of_chunks_end_in_cr_lf_only) {
    EXPECT_STATUS(CHUNKED("1\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1\rAx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1\r\nx\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1\r\nxAA0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1\r\nx\rA0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1\r\nxy\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("2\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1;a\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1;a\rx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1;a=b\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("1;a=\"b\nc\"\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\n\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\n\rX"), 400);
}

TEST(trailers_are_as_strict_as_heads) {
    EXPECT_STATUS(CHUNKED("0\r\nT: u\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\nT: u\r\n v\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\n T: u\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\nT : u\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\nT\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\nT: \0\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    EXPECT_STATUS(CHUNKED("0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
}

TEST(a_length_in_the_trailers_means_nothing) {
    EXPECT_STORY(CHUNKED("0\r\nContent-Length: 9\r\n\r\n") GET(""),
                 CHUNKED_HEAD "; done GET / HTTP/1.1 host=a; ");
}

/* --- limits of bodies --- */

TEST(the_limits_hold_for_trailers_again) {
    choose(10, 80, 3, 100);
    EXPECT_STORY(CHUNKED("0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n"), CHUNKED_HEAD "; ");
    EXPECT_STATUS(CHUNKED("0\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n"), 431);
    EXPECT_INT(status_of(CHUNKED("0\r\na: "), 'x', 80, "\r\n\r\n"), 431);
}

TEST(a_body_has_as_many_bytes_as_it_may_have) {
    choose(10, 200, 5, 4);
    EXPECT_STORY(GET("Content-Length: 4\r\n") "1234",
                 "head; done GET / HTTP/1.1 host=a content-length=4 [1234]; ");
    EXPECT_STORY(GET("Content-Length: 5\r\n") "12345", "bad 413 the body is too long;");
    EXPECT_STORY(GET("Content-Length: 18446744073709551615\r\n"),
                 "bad 413 the body is too long;");
    EXPECT_STORY(GET("Expect: 100-continue\r\nContent-Length: 5\r\n"),
                 "bad 413 the body is too long;");
}

TEST(chunks_have_as_many_bytes_as_a_body_may_have) {
    choose(10, 200, 5, 4);
    EXPECT_STORY(CHUNKED("3\r\n123\r\n1\r\n4\r\n0\r\n\r\n"), CHUNKED_HEAD " [1234]; ");
    EXPECT_STATUS(CHUNKED("3\r\n123\r\n2\r\n45\r\n0\r\n\r\n"), 413);
    EXPECT_STATUS(CHUNKED("5\r\n12345\r\n0\r\n\r\n"), 413);
    EXPECT_STATUS(CHUNKED("ffffffffffffffff\r\n1"), 413);
}

TEST(the_line_of_a_chunk_is_short) {
    choose_defaults();
    fill(CHUNKED("1;"), 'a', 250, "\r\nx\r\n0\r\n\r\n");
    EXPECT_STR(told_of_filled(), CHUNKED_HEAD " [x]; ");
    EXPECT_INT(status_of(CHUNKED("1;"), 'a', 300, "\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_INT(status_of(CHUNKED("1\r\nx\r\n1;a=\""), 'a', 300, "\"\r\nx\r\n0\r\n\r\n"),
               400);
    EXPECT_INT(status_of(CHUNKED(""), '0', 300, "1\r\nx\r\n0\r\n\r\n"), 400);
    EXPECT_INT(status_of(CHUNKED(""), '0', 3000, ""), 400);
}

TEST(a_long_body_arrives_as_it_was) {
    choose_defaults();
    fill("PUT / HTTP/1.0\r\nContent-Length: 1000000\r\n\r\n", 'x', 1000000, "");
    const char *body = strchr(told_of_filled(), '[');
    EXPECT_INT(strspn(body + 1, "x"), 1000000);
}

/* --- the parser itself --- */

TEST(the_first_fault_is_the_one_that_is_told) {
    choose_defaults();
    EXPECT_STORY("GET / HTTP/1.1\r\nfoo bar: 1\r\nx: \1\r\n",
                 "bad 400 Invalid header token;");
    EXPECT_STORY("BREW / HTTP/1.1\r\nx: \1\r\n", "bad 501 Invalid method encountered;");
    EXPECT_STORY("GET / HTTP/1.1\r\nx: \1\r\nfoo bar: 1\r\n",
                 "bad 400 a control character in a header field;");
}

TEST(after_a_fault_the_parser_says_nothing_else) {
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    size_t used = 0;
    choose_defaults();
    neap_http_parser_init(&p, &story_limits);

    EXPECT_INT(neap_http_parser_feed(&p, r, "\n", 1, &used), NEAP_HTTP_BAD);

    EXPECT_INT(neap_http_parser_feed(&p, r, GET(""), sizeof GET("") - 1, &used),
               NEAP_HTTP_BAD);
    EXPECT_INT(used, 0);
    EXPECT_INT(p.status, 400);
    neap_http_request_free(r);
}

TEST(what_belongs_to_the_next_request_is_not_used) {
    static const char TWO[] = GET(
        "") "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    size_t first = sizeof GET("") - 1;
    size_t used = 0;
    choose_defaults();
    neap_http_parser_init(&p, &story_limits);

    EXPECT_INT(neap_http_parser_feed(&p, r, TWO, sizeof TWO - 1, &used), NEAP_HTTP_DONE);
    EXPECT_INT(used, first);
    neap_http_request_clear(r);
    EXPECT_INT(neap_http_parser_feed(&p, r, TWO + first, sizeof TWO - 1 - first, &used),
               NEAP_HTTP_HEAD);
    EXPECT_INT(used, sizeof TWO - 1 - first - 1);
    EXPECT_INT(r->body.len, 0);
    EXPECT_INT(neap_http_parser_feed(&p, r, "x", 1, &used), NEAP_HTTP_DONE);
    neap_http_request_free(r);
}

TEST(a_parser_is_idle_between_requests_only) {
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    static const char PUT[] = "\r\nPUT / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx";
    size_t used = 0;
    choose_defaults();
    neap_http_parser_init(&p, &story_limits);

    for (size_t i = 0; i < sizeof PUT - 1; i++) {
        EXPECT_INT(neap_http_parser_is_idle(&p), i <= 2);
        neap_http_parser_feed(&p, r, PUT + i, 1, &used);
    }
    EXPECT_TRUE(neap_http_parser_is_idle(&p));
    neap_http_request_free(r);
}

TEST(feeding_nothing_changes_nothing) {
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    size_t used = 1;
    choose_defaults();
    neap_http_parser_init(&p, &story_limits);

    EXPECT_INT(neap_http_parser_feed(&p, r, NULL, 0, &used), NEAP_HTTP_MORE);

    EXPECT_INT(used, 0);
    EXPECT_TRUE(neap_http_parser_is_idle(&p));
    neap_http_request_free(r);
}
