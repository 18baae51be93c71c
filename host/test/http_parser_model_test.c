#include "net/http_parser.h"

#include "test/http_story.h"
#include "test/test.h"

#include <ctype.h>

/* Random requests, cut at random, against what the generator knows; and broken ones against
 * a naive reader: it may accept more, but never see another request in the same bytes. */

enum { REQUESTS = 3000, MUTATIONS = 20000, ROOM = 1 << 14 };

static const struct neap_http_limits LIMITS = {
    .target = 200, .head = 1000, .fields = 12, .body = 2000
};

static struct neap_bytes sent;
static struct neap_bytes expected;
static struct neap_bytes whole;
static struct neap_bytes split;

static size_t at_random(size_t at, size_t left, void *context) {
    (void)at;
    size_t most = *(size_t *)context;
    size_t n = 1 + random_below(most);
    return n < left ? n : left;
}

static void tell_in_pieces(size_t most) {
    story_tell(&split, &LIMITS, sent.data, sent.len, at_random, &most);
}

static const char *one_of(const char *const *words, size_t count) {
    return words[random_below(count)];
}

#define ONE_OF(...)                                                                      \
    one_of((const char *const[]){ __VA_ARGS__ },                                         \
           sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Appends to both: what is sent, and what the story will say. */
static void both(const char *sent_text, const char *told_text) {
    neap_bytes_text(&sent, sent_text);
    neap_bytes_text(&expected, told_text);
}

/* --- valid requests --- */

static void random_field(void) {
    static const char NAMES[] = "abcXYZ019-_.~!";
    static const char VALUES[] = "az09 \t,;=\"\\/:\xc3\xa4";
    char name[20] = "x";
    char value[40] = "v";
    size_t n = random_below(sizeof name - 2);
    size_t m = random_below(sizeof value - 3);
    for (size_t i = 1; i <= n; i++)
        name[i] = NAMES[random_below(sizeof NAMES - 1)];
    for (size_t i = 1; i <= m; i++)
        value[i] = VALUES[random_below(sizeof VALUES - 1)];
    value[m + 1] = 'v'; /* or blanks would be trimmed */
    neap_bytes_printf(&sent, "%s:%s%s%s\r\n", name, ONE_OF("", " ", "\t "), value,
                      ONE_OF("", " ", "\t"));
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    neap_bytes_printf(&expected, " %s=%s", name, value);
}

static void random_bytes(char *out, size_t size) {
    for (size_t i = 0; i < size; i++)
        out[i] = "\r\n0;: aG/"[random_below(9)];
    out[size] = '\0';
}

/* Gives the body as it is sent, after the head. */
static void random_body(struct neap_bytes *body, struct neap_bytes *told, bool chunked) {
    char piece[64];
    unsigned pieces = chunked ? (unsigned)random_below(5) : 1;
    for (unsigned i = 0; i < pieces; i++) {
        size_t n = 1 + random_below(sizeof piece - 1);
        random_bytes(piece, n);
        if (chunked)
            neap_bytes_printf(body, ONE_OF("%zx\r\n", "%zX\r\n", "0%zx;a=b\r\n"), n);
        neap_bytes_append(body, piece, n);
        neap_bytes_append(told, piece, n);
        neap_bytes_text(body, chunked ? "\r\n" : "");
    }
    if (chunked)
        neap_bytes_text(body, ONE_OF("0\r\n\r\n", "00\r\nt: u\r\n\r\n"));
}

static void random_request(void) {
    struct neap_bytes body = { 0 };
    struct neap_bytes told = { 0 };
    unsigned kind = (unsigned)random_below(3); /* no body, a length, chunks */
    const char *method = ONE_OF("GET", "POST", "OPTIONS", "M-SEARCH", "HEAD");
    const char *target = ONE_OF("/", "/a/b?c=d", "/%20", "/?", "//");
    if (kind != 0)
        random_body(&body, &told, kind == 2);
    neap_bytes_printf(&sent, "%s%s %s HTTP/1.1\r\nHost: h\r\n", ONE_OF("", "", "\r\n"),
                      method, target);
    neap_bytes_printf(&expected, "%sdone %s %s HTTP/1.1%s host=h", kind ? "head; " : "",
                      method, target, kind == 2 ? " chunked" : "");
    for (size_t i = random_below(6); i > 0; i--)
        random_field();
    if (kind == 1) {
        neap_bytes_printf(&sent, "Content-Length: %zu\r\n", told.len);
        neap_bytes_printf(&expected, " content-length=%zu", told.len);
    } else if (kind == 2) {
        both("Transfer-Encoding: chunked\r\n", " transfer-encoding=chunked");
    }
    neap_bytes_text(&sent, "\r\n");
    neap_bytes_append(&sent, body.data, body.len);
    if (told.len != 0)
        neap_bytes_printf(&expected, " [%.*s]", (int)told.len, (char *)told.data);
    neap_bytes_text(&expected, "; ");
    neap_bytes_fini(&body);
    neap_bytes_fini(&told);
}

static void random_requests(void) {
    sent.len = expected.len = 0;
    for (size_t i = 1 + random_below(4); i > 0; i--)
        random_request();
    neap_bytes_put(&expected, '\0');
}

MODEL_TEST(random_requests_are_told_as_they_were_made_however_they_are_cut, REQUESTS) {
    random_requests();

    tell_in_pieces(random_below(2) == 0 ? 5 : 100);

    EXPECT_STR((char *)split.data, (char *)expected.data);
}

/* --- broken ones, and the naive reader --- */

struct text {
    const char *at;
    size_t size;
};

static bool cut_at(struct text *rest, const char *mark, struct text *before) {
    char *found = memmem(rest->at, rest->size, mark, strlen(mark));
    if (found == NULL)
        return false;
    *before = (struct text){ rest->at, (size_t)(found - rest->at) };
    rest->size -= before->size + strlen(mark);
    rest->at = found + strlen(mark);
    return true;
}

static bool take(struct text *rest, size_t size, struct neap_bytes *out) {
    if (size > rest->size)
        return false;
    neap_bytes_append(out, rest->at, size);
    rest->at += size;
    rest->size -= size;
    return true;
}

static bool naive_chunks(struct text *rest, struct neap_bytes *out) {
    struct text line;
    char digits[32];
    size_t size = 0;
    do {
        if (!cut_at(rest, "\r\n", &line))
            return false;
        snprintf(digits, sizeof digits, "%.*s", (int)(line.size < 31 ? line.size : 31),
                 line.at);
        size = strtoul(digits, NULL, 16);
        if (size != 0 && (!take(rest, size, out) || !cut_at(rest, "\r\n", &line)))
            return false;
    } while (size != 0);
    do {
        if (!cut_at(rest, "\r\n", &line))
            return false;
    } while (line.size != 0);
    return true;
}

/* One request as "first word, second word, body"; false when the bytes do not suffice. */
static bool naive_read(struct text *rest, struct neap_bytes *out) {
    struct text head;
    struct text line;
    struct text word;
    size_t length = 0;
    bool chunked = false;
    if (rest->size >= 2 && memcmp(rest->at, "\r\n", 2) == 0)
        rest->at += 2, rest->size -= 2;
    if (!cut_at(rest, "\r\n\r\n", &head))
        return false;
    head.size += 2; /* each of its lines has an end */
    for (bool first = true; cut_at(&head, "\r\n", &line); first = false) {
        if (first && cut_at(&line, " ", &word)) {
            neap_bytes_printf(out, "%.*s ", (int)word.size, word.at);
            if (cut_at(&line, " ", &word))
                neap_bytes_printf(out, "%.*s:", (int)word.size, word.at);
        } else if (line.size > 15 && strncasecmp(line.at, "content-length:", 15) == 0) {
            length = strtoul(line.at + 15, NULL, 10);
        } else if (line.size > 18 && strncasecmp(line.at, "transfer-encoding:", 18) == 0) {
            chunked = true;
        }
    }
    return chunked ? naive_chunks(rest, out) : take(rest, length, out);
}

/* The same from the parser. */
static bool parser_read(struct neap_http_parser *p, struct neap_http_request *r,
                        struct text *rest, struct neap_bytes *out) {
    size_t used = 0;
    enum neap_http_event event = NEAP_HTTP_HEAD;
    neap_http_request_clear(r);
    while (event == NEAP_HTTP_HEAD) {
        event = neap_http_parser_feed(p, r, rest->at, rest->size, &used);
        rest->at += used;
        rest->size -= used;
    }
    if (event != NEAP_HTTP_DONE)
        return false;
    neap_bytes_printf(out, "%s ", neap_http_request_method(r));
    neap_bytes_append(out, neap_http_request_text(r, r->target), r->target.length);
    neap_bytes_text(out, ":");
    neap_bytes_append(out, r->body.data, r->body.len);
    return true;
}

static void compare_with_naive_reader(void) {
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    struct neap_bytes mine = { 0 };
    struct neap_bytes naive = { 0 };
    struct text rest = { (char *)sent.data, sent.len };
    struct text naive_rest = rest;
    neap_http_parser_init(&p, &LIMITS);
    while (parser_read(&p, r, &rest, &mine)) {
        EXPECT_TRUE(naive_read(&naive_rest, &naive));
        EXPECT_BYTES(mine.data, mine.len, naive.data, naive.len);
        EXPECT_INT(rest.size, naive_rest.size);
        mine.len = naive.len = 0;
    }
    neap_http_request_free(r);
    neap_bytes_fini(&mine);
    neap_bytes_fini(&naive);
}

static void insert(size_t at, const char *text, size_t size) {
    neap_bytes_room(&sent, size);
    memmove(sent.data + at + size, sent.data + at, sent.len - at);
    memcpy(sent.data + at, text, size);
    sent.len += size;
}

static void drop(size_t at, size_t size) {
    size = size < sent.len - at ? size : sent.len - at;
    memmove(sent.data + at, sent.data + at + size, sent.len - at - size);
    sent.len -= size;
}

static void mutate(void) {
    size_t at = random_below(sent.len);
    char copy[40];
    size_t size = 1 + random_below(sizeof copy - 1);
    switch (random_below(6)) {
    case 0: sent.data[at] = (uint8_t)random_below(256); break;
    case 1: sent.data[at] ^= (uint8_t)(1u << random_below(8)); break;
    case 2: drop(at, random_below(2) == 0 ? 1 : size); break;
    case 3: /* a piece of it, somewhere else */
        size = size < sent.len - at ? size : sent.len - at;
        memcpy(copy, sent.data + at, size);
        insert(random_below(sent.len), copy, size);
        break;
    case 4: {
        const char *word = ONE_OF("\r", "\n", "\r\n", " ", "\t", "\r\n ", ":", "\r\n\r\n",
                                  ",", "0\r\n\r\n", ";", "/", "#", "?", "HTTP/1.0",
                                  "HTTP/2.0");
        insert(at, word, strlen(word));
        break;
    }
    default: {
        const char *line = ONE_OF(
            "\r\nContent-Length: 3", "\r\nTransfer-Encoding: chunked", "\r\nHost: i",
            "\r\nTransfer-Encoding:", "\r\nContent-Length:", "\r\nTransfer-Encoding: x",
            "\r\nConnection: close", "\r\nExpect: 100-continue", "\r\nUpgrade: h2c");
        char *end = memmem(sent.data, sent.len, "\r\n", 2);
        insert(end != NULL ? (size_t)(end - (char *)sent.data) : at, line, strlen(line));
    }
    }
}

MODEL_TEST(broken_requests_are_told_alike_however_they_are_cut, MUTATIONS) {
    random_requests();
    for (size_t i = 1 + random_below(4); i > 0 && sent.len > 0; i--)
        mutate();

    story_tell(&whole, &LIMITS, sent.data, sent.len, story_whole, NULL);
    tell_in_pieces(random_below(2) == 0 ? 3 : 60);

    EXPECT_STR((char *)split.data, (char *)whole.data);
    compare_with_naive_reader();
}

MODEL_TEST(random_bytes_are_told_alike_however_they_are_cut, 3000) {
    sent.len = 0;
    for (size_t i = random_below(300); i > 0; i--)
        neap_bytes_put(&sent, (uint8_t)random_below(256));

    story_tell(&whole, &LIMITS, sent.data, sent.len, story_whole, NULL);
    tell_in_pieces(10);

    EXPECT_STR((char *)split.data, (char *)whole.data);
}
