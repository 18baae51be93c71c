/* http_story.h - what a parser tells about some bytes, as one text that can be compared.
 * Owns:      a parser and a request per story; include it in one file per program.
 * Threads:   main.
 * Bounds:    none.
 * Invariant: every piece is fed from a block of exactly its size, so that tools see a read
 *            beyond it. After each piece the request is within the limits.
 *
 *     EXPECT_STORY("GET / HTTP/1.0\r\n\r\n", "done GET / HTTP/1.0 close; ")
 *     EXPECT_STATUS("GET  / HTTP/1.1\r\n", 400)
 *
 * A story is, of each request: "head; " when a body follows, then "done ..." or "bad ..."; at
 * the end "more;" when the last one is not complete. Those two tell it again at all split
 * points (of long ones, at some) and in pieces of 1, 3, 5 and 7 bytes: it stays the same. */
#ifndef NEAP_TEST_HTTP_STORY_H
#define NEAP_TEST_HTTP_STORY_H

#include "base/bytes.h"
#include "net/http_parser.h"
#include "net/http_request.h"
#include "test/expect.h"

#include <stdlib.h>

/* The size of the next piece, 1 .. left. */
typedef size_t (*story_cut)(size_t at, size_t left, void *context);

TEST_USED size_t story_whole(size_t at, size_t left, void *context) {
    (void)at;
    (void)context;
    return left;
}

static void story_put(struct neap_bytes *out, const struct neap_http_request *r,
                      struct neap_http_span span) {
    neap_bytes_append(out, neap_http_request_text(r, span), span.length);
}

static void story_done(struct neap_bytes *out, const struct neap_http_request *r) {
    neap_bytes_printf(out, "done %s ", neap_http_request_method(r));
    story_put(out, r, r->path);
    neap_bytes_text(out, r->query.at != 0 ? "?" : "");
    story_put(out, r, r->query);
    neap_bytes_printf(out, " HTTP/1.%d%s%s%s", r->minor, r->keep_alive ? "" : " close",
                      r->chunked ? " chunked" : "", r->expects_continue ? " expects" : "");
    for (uint32_t i = 0; i < r->field_count; i++) {
        neap_bytes_text(out, " ");
        story_put(out, r, r->fields[i].name);
        neap_bytes_text(out, "=");
        story_put(out, r, r->fields[i].value);
    }
    if (r->body.len != 0)
        neap_bytes_printf(out, " [%.*s]", (int)r->body.len, (const char *)r->body.data);
    neap_bytes_text(out, "; ");
}

static void story_check_bounds(const struct neap_http_request *r,
                               const struct neap_http_limits *limits) {
    EXPECT_TRUE(r->text.len <= limits->head);
    EXPECT_TRUE(r->text.cap <= 2 * limits->head + 256);
    EXPECT_TRUE(r->body.len <= limits->body);
    EXPECT_TRUE(r->body.cap <= 2 * limits->body + 256);
    EXPECT_TRUE(r->field_count <= limits->fields);
    EXPECT_TRUE(r->target.length <= limits->target);
}

/* Feeds once, tells what came of it and goes on to the next request. */
static enum neap_http_event story_step(struct neap_bytes *out, struct neap_http_parser *p,
                                       struct neap_http_request *r, const uint8_t *piece,
                                       size_t size, size_t *used) {
    enum neap_http_event event = neap_http_parser_feed(p, r, piece, size, used);
    EXPECT_TRUE(*used <= size);
    story_check_bounds(r, p->limits);
    if (event == NEAP_HTTP_HEAD) {
        neap_bytes_text(out, "head; ");
    } else if (event == NEAP_HTTP_DONE) {
        story_done(out, r);
        neap_http_request_clear(r);
    } else if (event == NEAP_HTTP_BAD) {
        neap_bytes_printf(out, "bad %d %s;", p->status, p->why);
    }
    return event;
}

/* Feeds one piece, whatever number of requests is in it; false after BAD. */
static bool story_feed(struct neap_bytes *out, struct neap_http_parser *p,
                       struct neap_http_request *r, const uint8_t *piece, size_t size) {
    enum neap_http_event event = NEAP_HTTP_MORE;
    for (size_t at = 0, used = 0; event != NEAP_HTTP_BAD && at < size; at += used)
        event = story_step(out, p, r, piece + at, size - at, &used);
    return event != NEAP_HTTP_BAD;
}

/* Tells the story of the bytes, cut as `cut` says; terminated. */
TEST_USED void story_tell(struct neap_bytes *out, const struct neap_http_limits *limits,
                          const void *bytes, size_t size, story_cut cut, void *context) {
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    bool well = true;
    out->len = 0;
    neap_http_parser_init(&p, limits);
    for (size_t at = 0; well && at < size;) {
        size_t n = cut(at, size - at, context);
        uint8_t *piece = malloc(n);
        memcpy(piece, (const uint8_t *)bytes + at, n);
        well = story_feed(out, &p, r, piece, n);
        free(piece);
        at += n;
    }
    if (well && !neap_http_parser_is_idle(&p))
        neap_bytes_text(out, "more;");
    neap_bytes_put(out, '\0');
    neap_http_request_free(r);
}

/* --- one case, cut in all ways ------------------------------------------------------ */

enum { STORY_LONG = 700 };

static struct neap_http_limits story_limits; /* the defaults, unless chosen */
static struct neap_bytes story_of_whole;
static struct neap_bytes story_of_pieces;
static struct neap_bytes story_big;

static size_t story_at_point(size_t at, size_t left, void *context) {
    return at == 0 ? *(size_t *)context : left;
}

static size_t story_of_size(size_t at, size_t left, void *context) {
    (void)at;
    size_t size = *(size_t *)context;
    return size < left ? size : left;
}

static void story_same(const void *bytes, size_t size, story_cut cut, size_t n) {
    story_tell(&story_of_pieces, &story_limits, bytes, size, cut, &n);
    EXPECT_STR((char *)story_of_pieces.data, (char *)story_of_whole.data);
}

TEST_USED const char *told(const char *bytes, size_t size) {
    if (story_limits.head == 0)
        story_limits = NEAP_HTTP_LIMITS_DEFAULT;
    story_tell(&story_of_whole, &story_limits, bytes, size, story_whole, NULL);
    for (size_t at = 1; at < size; at += size < STORY_LONG ? 1 : size / 50)
        story_same(bytes, size, story_at_point, at);
    for (size_t n = 1; n < 8 && size < 20 * STORY_LONG; n += 2)
        story_same(bytes, size, story_of_size, n);
    story_same(bytes, size, story_of_size, 997);
    return (const char *)story_of_whole.data;
}

TEST_USED int status(const char *bytes, size_t size) {
    const char *story = told(bytes, size);
    const char *bad = strstr(story, "bad ");
    if (bad == NULL)
        test_failed(__FILE__, __LINE__, "it was not refused: %.300s", story);
    return atoi(bad + 4);
}

/* For texts that may have a NUL inside. */
#define EXPECT_STATUS(text, want) EXPECT_INT(status((text), sizeof(text) - 1), (want))
#define EXPECT_STORY(text, want) EXPECT_STR(told((text), sizeof(text) - 1), (want))

/* Chooses the limits for the rest of a test. */
TEST_USED void choose(size_t target, size_t head, size_t fields, size_t body) {
    story_limits = (struct neap_http_limits){ target, head, fields, body };
}

TEST_USED void choose_defaults(void) {
    story_limits = NEAP_HTTP_LIMITS_DEFAULT;
}

/* `head`, then `count` times the byte, then `tail`. */
TEST_USED void fill(const char *head, char byte, size_t count, const char *tail) {
    story_big.len = 0;
    neap_bytes_text(&story_big, head);
    memset(neap_bytes_room(&story_big, count), byte, count);
    story_big.len += count;
    neap_bytes_text(&story_big, tail);
}

TEST_USED const char *told_of_filled(void) {
    return told((const char *)story_big.data, story_big.len);
}

TEST_USED int status_of(const char *head, char byte, size_t count, const char *tail) {
    fill(head, byte, count, tail);
    return status((const char *)story_big.data, story_big.len);
}

/* A GET with these lines after its Host, and a POST with a chunked body. */
#define GET(lines) "GET / HTTP/1.1\r\nHost: a\r\n" lines "\r\n"
#define CHUNKED(body)                                                                    \
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" body
#define CHUNKED_HEAD "head; done POST / HTTP/1.1 chunked host=a transfer-encoding=chunked"

#endif
