#include "core/grant.h"

#include "base/error.h"

#include "test/test.h"

static char why[NEAP_GRANT_WHY];

static int read_text(struct neap_grant *g, const char *text) {
    return neap_grant_read(g, "/app", text, strlen(text), why);
}

/* How it is written, or what is wrong with it. */
static const char *shown(const char *text) {
    static char buffer[2 * NEAP_GRANT_BYTES];
    struct neap_grant g;
    if (read_text(&g, text) != 0)
        return why;
    snprintf(buffer, sizeof buffer, "%s %s", g.text, g.what != NULL ? g.what : "-");
    neap_grant_fini(&g);
    return buffer;
}

static bool covers(const char *a, const char *b) {
    struct neap_grant x, y;
    EXPECT_INT(read_text(&x, a), 0);
    EXPECT_INT(read_text(&y, b), 0);
    bool result = neap_grant_covers(&x, &y);
    neap_grant_fini(&x);
    neap_grant_fini(&y);
    return result;
}

TEST(a_word_alone_is_what_it_is) {
    EXPECT_STR(shown("net"), "net -");
    EXPECT_STR(shown("control"), "control -");
    EXPECT_STR(shown("names"), "names -");
    EXPECT_STR(shown("names:jobs."), "names:jobs. jobs.");
    EXPECT_STR(shown("native:a.b-c"), "native:a.b-c a.b-c");
}

TEST(paths_begin_at_the_folder_of_the_application) {
    EXPECT_STR(shown("fs"), "fs /app");
    EXPECT_STR(shown("fs:."), "fs /app");
    EXPECT_STR(shown("fs:/app/"), "fs /app");
    EXPECT_STR(shown("fs:data//./x/"), "fs:data/x /app/data/x");
    EXPECT_STR(shown("read:/app/data"), "read:data /app/data");
    EXPECT_STR(shown("read:/application"), "read:/application /application");
    EXPECT_STR(shown("fs:/"), "fs:/ /");
}

TEST(what_is_no_capability_is_told_from_one_in_a_wrong_form) {
    struct neap_grant g;
    EXPECT_INT(read_text(&g, "nett"), NEAP_EINVALID);
    EXPECT_INT(read_text(&g, ""), NEAP_EINVALID);
    EXPECT_INT(read_text(&g, "net:80"), NEAP_ELIMIT);
    EXPECT_STR(why, "expected \"net\" alone");
    EXPECT_INT(read_text(&g, "native"), NEAP_ELIMIT);
    EXPECT_STR(why, "expected \"native:MODULE\"");
    EXPECT_INT(read_text(&g, "fs:"), NEAP_ELIMIT);
    EXPECT_INT(read_text(&g, "names:1"), NEAP_ELIMIT);
    EXPECT_INT(read_text(&g, "native:../x"), NEAP_ELIMIT);
    EXPECT_INT(read_text(&g, "fs:a/../b"), NEAP_ELIMIT);
    EXPECT_STR(why, "expected a path without \"..\"");
    EXPECT_INT(neap_grant_read(&g, "/app", "net\0x", 5, why), NEAP_ELIMIT);
}

TEST(a_text_is_bounded) {
    static char text[NEAP_GRANT_BYTES + 2];
    struct neap_grant g;
    memset(text, 'a', NEAP_GRANT_BYTES + 1);
    memcpy(text, "fs:", 3);
    EXPECT_INT(read_text(&g, text), NEAP_ELIMIT);
    text[NEAP_GRANT_BYTES] = '\0';
    EXPECT_INT(read_text(&g, text), 0);
    neap_grant_fini(&g);
}

TEST(a_folder_covers_what_is_below_it) {
    EXPECT_TRUE(covers("fs:data", "fs:data"));
    EXPECT_TRUE(covers("fs:data", "fs:data/a/b"));
    EXPECT_TRUE(covers("fs:/", "fs:data"));
    EXPECT_TRUE(covers("fs", "fs:/app/x"));
    EXPECT_FALSE(covers("fs:data", "fs:database"));
    EXPECT_FALSE(covers("fs:data/a", "fs:data"));
}

TEST(writing_covers_reading_and_not_the_other_way_round) {
    EXPECT_TRUE(covers("fs:data", "read:data/a"));
    EXPECT_TRUE(covers("read", "read:data"));
    EXPECT_FALSE(covers("read:data", "fs:data"));
}

TEST(all_names_cover_some_and_a_prefix_the_longer_ones) {
    EXPECT_TRUE(covers("names", "names:a"));
    EXPECT_TRUE(covers("names:a", "names:ab"));
    EXPECT_FALSE(covers("names:ab", "names:a"));
    EXPECT_FALSE(covers("names:a", "names"));
}

TEST(others_cover_themselves) {
    EXPECT_TRUE(covers("net", "net"));
    EXPECT_FALSE(covers("net", "env"));
    EXPECT_TRUE(covers("native:a", "native:a"));
    EXPECT_FALSE(covers("native:a", "native:ab"));
}

TEST(a_path_is_normalized_in_place) {
    static const char *const CASES[][2] = {
        { "/", "/" },
        { "//", "/" },
        { "/a//b/./c/", "/a/b/c" },
        { "/a/../b", "/b" },
        { "/../..", "/" },
        { "/a/b/../../..", "/" },
        { "/a/...", "/a/..." },
        { "/.a/..b", "/.a/..b" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s", CASES[i][0]);
        EXPECT_TRUE(neap_path_normalize(path, true));
        EXPECT_STR(path, CASES[i][1]);
    }
    char up[] = "/a/../b";
    EXPECT_FALSE(neap_path_normalize(up, false));
}

TEST(a_word_that_comes_near_is_suggested) {
    struct neap_grant g;
    EXPECT_INT(read_text(&g, "nett"), NEAP_EINVALID);
    EXPECT_TRUE(strstr(why, ": did you mean \"net\"?") != NULL);
    EXPECT_INT(read_text(&g, "name:a"), NEAP_EINVALID);
    EXPECT_TRUE(strstr(why, ": did you mean \"names\"?") != NULL);
    EXPECT_INT(read_text(&g, "submarine"), NEAP_EINVALID);
    EXPECT_TRUE(strstr(why, "did you mean") == NULL);
}
