#include "net/http_request.h"

#include "net/http_parser.h"
#include "test/test.h"

static struct neap_http_limits limits;

/* Reads one whole request into `r`. */
static void read_into(struct neap_http_request *r, const char *text) {
    struct neap_http_parser p;
    size_t size = strlen(text);
    limits = NEAP_HTTP_LIMITS_DEFAULT;
    neap_http_parser_init(&p, &limits);
    enum neap_http_event event = NEAP_HTTP_HEAD;
    while (event == NEAP_HTTP_HEAD) {
        size_t used = 0;
        event = neap_http_parser_feed(&p, r, text, size, &used);
        text += used;
        size -= used;
    }
    EXPECT_INT(event, NEAP_HTTP_DONE);
}

static bool says(const struct neap_http_request *r, struct neap_http_span span,
                 const char *word) {
    return neap_http_request_says(r, span, word);
}

TEST(a_new_request_holds_nothing) {
    struct neap_http_request *r = neap_http_request_new();

    EXPECT_INT(r->field_count, 0);
    EXPECT_NULL(r->text.data);
    EXPECT_NULL(neap_http_request_find(r, "host", NULL));

    neap_http_request_free(r);
    neap_http_request_free(NULL);
}

TEST(spans_are_pieces_of_the_text) {
    struct neap_http_request *r = neap_http_request_new();
    read_into(r, "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n");

    EXPECT_STR(neap_http_request_method(r), "GET");
    EXPECT_INT(r->method, HTTP_GET);
    EXPECT_INT(r->minor, 1);
    EXPECT_TRUE(says(r, r->target, "/a?b"));
    EXPECT_TRUE(says(r, r->path, "/a"));
    EXPECT_TRUE(says(r, r->query, "b"));
    EXPECT_FALSE(says(r, r->path, "/"));
    EXPECT_FALSE(says(r, r->path, "/ab"));
    EXPECT_INT(r->path.at, 4);
    neap_http_request_free(r);
}

TEST(find_goes_through_the_fields_of_a_name) {
    struct neap_http_request *r = neap_http_request_new();
    read_into(r, "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nAB: 2\r\na: 3\r\n\r\n");

    const struct neap_http_field *first = neap_http_request_find(r, "a", NULL);
    const struct neap_http_field *second = neap_http_request_find(r, "a", first);

    EXPECT_TRUE(says(r, first->value, "1"));
    EXPECT_TRUE(says(r, second->value, "3"));
    EXPECT_NULL(neap_http_request_find(r, "a", second));
    EXPECT_NULL(neap_http_request_find(r, "b", NULL));
    neap_http_request_free(r);
}

TEST(clear_forgets_the_request) {
    struct neap_http_request *r = neap_http_request_new();
    read_into(r, "POST /a?b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                 "Content-Length: 1\r\n\r\nx");

    neap_http_request_clear(r);
    read_into(r, "GET / HTTP/1.0\r\n\r\n");

    EXPECT_INT(r->method, HTTP_GET);
    EXPECT_INT(r->minor, 0);
    EXPECT_INT(r->field_count, 0);
    EXPECT_INT(r->body.len, 0);
    EXPECT_INT(r->content_length, 0);
    EXPECT_INT(r->query.length, 0);
    EXPECT_FALSE(r->expects_continue);
    EXPECT_FALSE(r->keep_alive);
    neap_http_request_free(r);
}

TEST(clear_keeps_what_a_small_request_took) {
    struct neap_http_request *r = neap_http_request_new();
    read_into(r, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    const uint8_t *text = r->text.data;
    const uint8_t *body = r->body.data;
    const struct neap_http_field *fields = r->fields;

    neap_http_request_clear(r);
    read_into(r, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");

    EXPECT_PTR(r->text.data, text);
    EXPECT_PTR(r->body.data, body);
    EXPECT_PTR(r->fields, fields);
    neap_http_request_free(r);
}

TEST(clear_gives_back_what_a_large_request_took) {
    struct neap_http_request *r = neap_http_request_new();
    neap_bytes_room(&r->text, NEAP_HTTP_KEPT_TEXT + 1);
    neap_bytes_room(&r->body, NEAP_HTTP_KEPT_BODY + 1);
    for (int i = 0; i <= NEAP_HTTP_KEPT_FIELDS; i++)
        neap_http_request_add(r);

    neap_http_request_clear(r);

    EXPECT_INT(r->text.cap, 0);
    EXPECT_INT(r->body.cap, 0);
    EXPECT_NULL(r->fields);
    EXPECT_INT(r->field_room, 0);
    neap_http_request_free(r);
}
