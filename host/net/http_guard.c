#include "net/http_guard.h"

#include "net/http_field.h"

enum { METHOD_MAX = 32, VERSION_MAX = 8 };

/*  START --CR--> EMPTY --LF--> FIRST --.
 *    '---------------------------------+--> METHOD --SP--> TARGET --SP--> VERSION
 *                                                                            |CR
 *   OVER <--LF-- END_CR  <--CR-- NAME <------------------------LF------- LINE_CR
 *                                |  ^
 *                                v  '--LF-- FIELD_CR <--CR-- FIELD
 *                                '-----------------------------^
 *  The lines after a chunked body begin at NAME. */
enum state {
    START,
    EMPTY,
    FIRST,
    METHOD,
    TARGET,
    VERSION,
    LINE_CR,
    NAME,
    FIELD,
    FIELD_CR,
    END_CR,
    OVER,
};

struct input { /* what is left of the bytes at hand */
    const uint8_t *from;
    const uint8_t *at;
    const uint8_t *end;
};

static enum neap_http_verdict refuse(struct neap_http_guard *g, int status,
                                     const char *why) {
    g->status = status;
    g->why = why;
    return NEAP_HTTP_WRONG;
}

static enum neap_http_verdict take(struct neap_http_guard *g, struct input *in,
                                   enum state next) {
    in->at++;
    g->state = next;
    return NEAP_HTTP_WELL;
}

static size_t position(const struct neap_http_guard *g, const struct input *in) {
    return g->bytes + (size_t)(in->at - in->from);
}

void neap_http_guard_init(struct neap_http_guard *g, const struct neap_http_limits *limits) {
    *g = (struct neap_http_guard){ .limits = limits, .state = START };
}

void neap_http_guard_init_trailers(struct neap_http_guard *g,
                                   const struct neap_http_limits *limits) {
    *g = (struct neap_http_guard){ .limits = limits, .state = NAME };
}

bool neap_http_guard_is_idle(const struct neap_http_guard *g) {
    return g->state <= FIRST;
}

/* --- the request line --- */

static enum neap_http_verdict at_first(struct neap_http_guard *g, struct input *in) {
    g->method = g->line = position(g, in);
    g->state = METHOD;
    if (neap_http_run(in->at, 1, NEAP_HTTP_TOKEN) == 0)
        return refuse(g, 400, "the request does not begin with a method");
    return NEAP_HTTP_WELL;
}

/* Goes to the end of a word that began at `began`; false when it has more than `most`. */
static bool word(const struct neap_http_guard *g, struct input *in, size_t began,
                 size_t most, uint8_t set) {
    size_t room = began + most - position(g, in);
    size_t left = (size_t)(in->end - in->at);
    in->at += neap_http_run(in->at, left < room ? left : room, set);
    return left <= room || neap_http_run(in->at, 1, set) == 0;
}

static enum neap_http_verdict in_method(struct neap_http_guard *g, struct input *in) {
    if (!word(g, in, g->method, METHOD_MAX, NEAP_HTTP_TOKEN))
        return refuse(g, 501, "the method is too long to be one");
    if (in->at == in->end)
        return NEAP_HTTP_WELL;
    if (*in->at != ' ')
        return refuse(g, 400, "the method does not end in a space");
    g->target = position(g, in) + 1;
    return take(g, in, TARGET);
}

static enum neap_http_verdict in_target(struct neap_http_guard *g, struct input *in) {
    if (!word(g, in, g->target, g->limits->target, NEAP_HTTP_VISIBLE))
        return refuse(g, 414, "the request target is too long");
    if (in->at == in->end)
        return NEAP_HTTP_WELL;
    if (position(g, in) == g->target)
        return refuse(g, 400, "there is no request target after the space");
    if (*in->at == '\r')
        return refuse(g, 505, "the request line tells no version");
    if (*in->at != ' ')
        return refuse(g, 400, "a byte that may not be in a request target");
    g->version = position(g, in) + 1;
    return take(g, in, VERSION);
}

static enum neap_http_verdict in_version(struct neap_http_guard *g, struct input *in) {
    if (!word(g, in, g->version, VERSION_MAX, NEAP_HTTP_VISIBLE))
        return refuse(g, 400, "the version is too long to be one");
    if (in->at == in->end)
        return NEAP_HTTP_WELL;
    if (*in->at != '\r')
        return refuse(g, 400, "the version does not end the request line");
    return take(g, in, LINE_CR);
}

/* --- lines --- */

static enum neap_http_verdict line_feed(struct neap_http_guard *g, struct input *in,
                                        enum state next) {
    if (*in->at != '\n')
        return refuse(g, 400, "a CR without LF");
    g->line = position(g, in) + 1;
    return take(g, in, next);
}

static enum neap_http_verdict at_name(struct neap_http_guard *g, struct input *in) {
    if (*in->at == '\r')
        return take(g, in, END_CR);
    if (*in->at == ' ' || *in->at == '\t')
        return refuse(g, 400, "a folded line");
    if (g->fields == g->limits->fields)
        return refuse(g, 431, "too many header fields");
    g->fields++;
    g->state = FIELD;
    return NEAP_HTTP_WELL;
}

static enum neap_http_verdict in_field(struct neap_http_guard *g, struct input *in) {
    in->at += neap_http_text_run(in->at, (size_t)(in->end - in->at));
    if (in->at == in->end)
        return NEAP_HTTP_WELL;
    if (*in->at == '\n')
        return refuse(g, 400, "an LF without CR");
    if (*in->at != '\r')
        return refuse(g, 400, "a control character in a header field");
    return take(g, in, FIELD_CR);
}

static enum neap_http_verdict say(enum neap_http_verdict v,
                                  enum neap_http_verdict when_well) {
    return v == NEAP_HTTP_WELL ? when_well : v;
}

/* There is at least one byte. The protocol's `switch`. */
static enum neap_http_verdict step(struct neap_http_guard *g, struct input *in) {
    switch ((enum state)g->state) {
    case START:
        if (*in->at == '\r')
            return take(g, in, EMPTY);
        return at_first(g, in);
    case EMPTY: return line_feed(g, in, FIRST);
    case FIRST: return at_first(g, in);
    case METHOD: return in_method(g, in);
    case TARGET: return in_target(g, in);
    case VERSION: return in_version(g, in);
    case LINE_CR: return say(line_feed(g, in, NAME), NEAP_HTTP_LINE);
    case NAME: return at_name(g, in);
    case FIELD: return in_field(g, in);
    case FIELD_CR: return line_feed(g, in, NAME);
    case END_CR: return say(line_feed(g, in, OVER), NEAP_HTTP_END);
    case OVER: break;
    }
    return refuse(g, 400, "bytes after the head"); /* nobody asks for that */
}

enum neap_http_verdict neap_http_guard_scan(struct neap_http_guard *g, const uint8_t *data,
                                            size_t size, size_t *good) {
    size_t room = g->limits->head - g->bytes;
    struct input in = { data, data, data + (size < room ? size : room) };
    enum neap_http_verdict v = NEAP_HTTP_WELL;
    while (in.at < in.end && v == NEAP_HTTP_WELL)
        v = step(g, &in);
    *good = (size_t)(in.at - in.from);
    g->bytes += *good;
    if (v == NEAP_HTTP_WELL && *good < size)
        return refuse(g, 431, "the head is too long");
    return v;
}
