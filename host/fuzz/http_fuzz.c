/* Bytes of a connection: the parser says the same of them however they are cut, and of each
 * request the same as a parser that has seen no other before it.
 *
 * Input: a line of letters, the sizes of the pieces, in turn (fuzz_size_of; a "!" in front
 * chooses narrow limits); then what the client sends. */
#include "fuzz/fuzz.h"
#include "test/http_story.h"

static const struct neap_http_limits WIDE = {
    .target = 1000, .head = 4000, .fields = 30, .body = 10000
};
static const struct neap_http_limits NARROW = {
    .target = 16, .head = 90, .fields = 4, .body = 24
};

static struct neap_bytes whole;
static struct neap_bytes other;

struct cuts {
    const char *letters;
    size_t count;
    size_t next;
};

static size_t by_letters(size_t at, size_t left, void *context) {
    struct cuts *cuts = context;
    (void)at;
    size_t n = cuts->count != 0 ? fuzz_size_of(cuts->letters[cuts->next++ % cuts->count])
                                : 1;
    return n < left ? n : left;
}

/* Between two requests the parser is what it was at first. */
static void tell_each_anew(const struct neap_http_limits *limits, const uint8_t *bytes,
                           size_t size) {
    struct neap_http_parser p;
    struct neap_http_request *r = neap_http_request_new();
    enum neap_http_event event = NEAP_HTTP_DONE;
    other.len = 0;
    neap_http_parser_init(&p, limits);
    for (size_t at = 0, used = 0; event != NEAP_HTTP_BAD && at < size; at += used) {
        event = story_step(&other, &p, r, bytes + at, size - at, &used);
        if (event == NEAP_HTTP_DONE)
            neap_http_parser_init(&p, limits);
        else if (event == NEAP_HTTP_MORE)
            EXPECT_U64(at + used, size);
    }
    if (event != NEAP_HTTP_BAD && !neap_http_parser_is_idle(&p))
        neap_bytes_text(&other, "more;");
    neap_bytes_put(&other, '\0');
    neap_http_request_free(r);
}

static void expect_same(void) {
    EXPECT_STR((char *)other.data, (char *)whole.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = { data, data + size };
    struct cuts cuts = { 0 };
    char *letters = fuzz_text(&in, '\n', &cuts.count);
    bool narrow = letters[0] == '!';
    const struct neap_http_limits *limits = narrow ? &NARROW : &WIDE;
    size_t left = (size_t)(in.end - in.at);
    cuts.letters = letters + narrow;
    cuts.count -= narrow;
    story_tell(&whole, limits, in.at, left, story_whole, NULL);
    story_tell(&other, limits, in.at, left, by_letters, &cuts);
    expect_same();
    story_tell(&other, limits, in.at, left, by_letters, &(struct cuts){ 0 });
    expect_same();
    tell_each_anew(limits, in.at, left);
    expect_same();
    free(letters);
    return 0;
}
