#include "core/grants.h"

#include "base/error.h"

#include "test/test.h"

static char why[NEAP_GRANT_WHY];

static int add(struct neap_grants *g, const struct neap_grants *within, const char *text) {
    return neap_grants_add(g, "/app", within, text, strlen(text), why);
}

/* The set of these texts; NULL ends them. */
static struct neap_grants *set(const char *text, ...) {
    struct neap_grants *g = neap_grants_new();
    va_list texts;
    va_start(texts, text);
    for (; text != NULL; text = va_arg(texts, const char *))
        EXPECT_INT(add(g, NULL, text), 0);
    va_end(texts);
    return g;
}

static const char *line(const struct neap_grants *g) {
    static char text[200];
    neap_grants_line(g, text, sizeof text);
    return text;
}

TEST(a_new_set_has_nothing) {
    struct neap_grants *g = neap_grants_new();

    EXPECT_FALSE(neap_grants_have(g, ~0u));
    EXPECT_FALSE(neap_grants_have_name(g, "a"));
    EXPECT_NULL(neap_grants_of_path(g, "/app", false));
    EXPECT_NULL(neap_grants_text(g, 0));
    EXPECT_STR(line(g), "nothing");

    neap_grants_unref(neap_grants_ref(g));
    neap_grants_unref(g);
    neap_grants_unref(NULL);
}

TEST(a_set_has_what_was_added_in_order) {
    struct neap_grants *g = set("env", "names:a", "fs:data", NULL);

    EXPECT_TRUE(neap_grants_have(g, NEAP_GRANT_ENV));
    EXPECT_FALSE(neap_grants_have(g, NEAP_GRANT_NET | NEAP_GRANT_NAMES));
    EXPECT_TRUE(neap_grants_have_name(g, "ab"));
    EXPECT_FALSE(neap_grants_have_name(g, "ba"));
    EXPECT_STR(line(g), "env, names:a, fs:data");

    neap_grants_unref(g);
}

TEST(twice_is_once_too_often) {
    struct neap_grants *g = set("fs", NULL);

    EXPECT_INT(add(g, NULL, "fs:."), NEAP_ETAKEN);
    EXPECT_STR(why, "\"fs\" is there already");
    EXPECT_STR(line(g), "fs");

    neap_grants_unref(g);
}

TEST(what_the_other_lacks_is_denied) {
    struct neap_grants *parent = set("net", "fs:data", NULL);
    struct neap_grants *g = neap_grants_new();

    EXPECT_INT(add(g, parent, "fs:data/a"), 0);
    EXPECT_INT(add(g, parent, "fs"), NEAP_EDENIED);
    EXPECT_INT(add(g, parent, "env"), NEAP_EDENIED);
    EXPECT_STR(why, "who grants it has not that capability, but net, fs:data");
    EXPECT_STR(line(g), "fs:data/a");

    neap_grants_unref(parent);
    neap_grants_unref(g);
}

TEST(a_folder_in_a_folder_is_tied_to_the_first) {
    struct neap_grants *parent = set("fs:/srv", NULL);
    struct neap_grants *child = neap_grants_new();
    struct neap_grants *grandchild = neap_grants_new();
    EXPECT_INT(add(child, parent, "fs:/srv/a"), 0);
    EXPECT_INT(add(grandchild, child, "read:/srv/a/b"), 0);

    const struct neap_grant *g = neap_grants_of_path(grandchild, "/srv/a/b/c", false);

    EXPECT_STR(g->what, "/srv/a/b");
    EXPECT_U64(g->anchor, strlen("/srv"));
    EXPECT_NULL(neap_grants_of_path(grandchild, "/srv/a/b/c", true));
    neap_grants_unref(parent);
    neap_grants_unref(child);
    neap_grants_unref(grandchild);
}

TEST(a_set_is_bounded) {
    struct neap_grants *g = neap_grants_new();
    char text[32];
    for (int i = 0; i < NEAP_GRANTS_MAX; i++) {
        snprintf(text, sizeof text, "names:a%d", i);
        EXPECT_INT(add(g, NULL, text), 0);
    }

    EXPECT_INT(add(g, NULL, "net"), NEAP_ELIMIT);

    size_t n = strlen(line(g));
    EXPECT_TRUE(n < 200 && n > 150);
    EXPECT_STR(line(g) + n - 5, ", ...");
    neap_grants_unref(g);
}

TEST(the_default_is_as_wide_as_the_node_allows) {
    struct neap_grants *all = neap_grants_default("/app", NULL);
    struct neap_grants *within = set("fs:/", "net", "exec", NULL);
    struct neap_grants *some = neap_grants_default("/app", within);

    EXPECT_STR(line(all), "net, env, fs, names, control");
    EXPECT_STR(line(some), "net, fs");

    neap_grants_unref(all);
    neap_grants_unref(within);
    neap_grants_unref(some);
}

/* --- the model: a set is the points of a small world that it allows --- */

static const char *const TEXTS[] = {
    "net",    "env",     "exec",     "control",  "fs",       "fs:a",
    "fs:a/b", "fs:/",    "read",     "read:a",   "read:a/b", "fs:c",
    "names",  "names:a", "names:ab", "native:a", "names:b",
};
static const char *const PATHS[] = { "/",          "/app",   "/app/a", "/app/a/b",
                                     "/app/a/b/x", "/app/c", "/other", "/app/ab" };
static const char *const NAMES[] = { "a", "ab", "abc", "b", "c" };

static struct neap_grants *random_set(const struct neap_grants *within) {
    struct neap_grants *g = neap_grants_new();
    for (uint64_t n = random_below(6); n > 0; n--)
        (void)!add(g, within, TEXTS[random_below(sizeof TEXTS / sizeof *TEXTS)]);
    return g;
}

/* One bit for each thing it allows. */
static uint64_t points(const struct neap_grants *g) {
    static const unsigned BITS[] = { NEAP_GRANT_NET,   NEAP_GRANT_ENV,
                                     NEAP_GRANT_EXEC,  NEAP_GRANT_CONTROL,
                                     NEAP_GRANT_NAMES, NEAP_GRANT_NATIVE };
    uint64_t result = 0, bit = 1;
    for (size_t i = 0; i < sizeof BITS / sizeof *BITS; i++, bit <<= 1)
        result |= neap_grants_have(g, BITS[i]) ? bit : 0;
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++, bit <<= 1)
        result |= neap_grants_of_path(g, PATHS[i], false) != NULL ? bit : 0;
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++, bit <<= 1)
        result |= neap_grants_of_path(g, PATHS[i], true) != NULL ? bit : 0;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++, bit <<= 1)
        result |= neap_grants_have_name(g, NAMES[i]) ? bit : 0;
    return result;
}

MODEL_TEST(to_cover_is_an_order_and_means_to_allow_at_least_as_much, 20000) {
    struct neap_grants *a = random_set(NULL), *b = random_set(NULL), *c = random_set(NULL);

    EXPECT_TRUE(neap_grants_cover(a, a));
    if (neap_grants_cover(a, b)) {
        EXPECT_U64(points(b) & ~points(a), 0);
        if (neap_grants_cover(b, c))
            EXPECT_TRUE(neap_grants_cover(a, c));
        if (neap_grants_cover(b, a))
            EXPECT_U64(points(a), points(b));
    } else {
        EXPECT_TRUE((points(b) & ~points(a)) != 0);
    }
    neap_grants_unref(a);
    neap_grants_unref(b);
    neap_grants_unref(c);
}

MODEL_TEST(what_is_made_within_a_set_never_allows_more, 20000) {
    struct neap_grants *parent = random_set(NULL);
    struct neap_grants *child = random_set(parent);
    struct neap_grants *grandchild = random_set(child);

    EXPECT_TRUE(neap_grants_cover(parent, child));
    EXPECT_TRUE(neap_grants_cover(parent, grandchild));
    EXPECT_U64(points(grandchild) & ~points(parent), 0);

    neap_grants_unref(parent);
    neap_grants_unref(child);
    neap_grants_unref(grandchild);
}
