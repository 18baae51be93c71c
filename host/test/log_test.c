#include "base/log.h"

#include "test/test.h"

#include "base/log_ring.h"

#include <unistd.h>

static struct neap_log log_;
static char said[4 * NEAP_LOG_LINE];

static void open_log(bool json) {
    FILE *file = tmpfile();
    log_ = (struct neap_log){ .fd = dup(fileno(file)), .level = NEAP_LOG_INFO, .json = json };
    fclose(file);
}

/* What was written, behind its time stamp: "info  17.3 ...". Closes the log. */
static const char *close_log(void) {
    ssize_t n = pread(log_.fd, said, sizeof said - 1, 0);
    close(log_.fd);
    said[n > 0 ? n : 0] = '\0';
    return n > 24 && !log_.json ? said + 24 : said;
}

static struct neap_log_field text_field(const char *key, const char *value) {
    return (struct neap_log_field){ key, value, strlen(value), false };
}

TEST(a_line_has_pid_event_and_fields) {
    struct neap_log_field fields[] = { text_field("id", "worker"), { "n", "3", 1, true } };
    open_log(false);

    neap_log_write(&log_, NEAP_LOG_INFO, "17.3", "child.restart", fields, 2);

    EXPECT_STR(close_log(), "info  17.3 child.restart id=worker n=3\n");
}

TEST(text_can_not_make_a_line_of_its_own) {
    struct neap_log_field field = text_field("text", "a\nb \"c\" \x01");
    open_log(false);

    neap_log_write(&log_, NEAP_LOG_ERROR, "-", "x", &field, 1);

    EXPECT_STR(close_log(), "error - x text=\"a\\nb \\\"c\\\" \\u0001\"\n");
}

TEST(a_line_below_the_level_is_not_written) {
    open_log(false);

    neap_log_write(&log_, NEAP_LOG_DEBUG, "-", "quiet", NULL, 0);

    EXPECT_STR(close_log(), "");
}

TEST(a_long_line_is_cut_and_says_so) {
    static char long_text[2 * NEAP_LOG_LINE];
    memset(long_text, 'x', sizeof long_text - 1);
    struct neap_log_field field = text_field("text", long_text);
    open_log(false);

    neap_log_write(&log_, NEAP_LOG_WARN, "1.1", "big", &field, 1);

    close_log();
    EXPECT_TRUE(strlen(said) <= NEAP_LOG_LINE);
    EXPECT_STR(said + strlen(said) - 4, "...\n");
}

TEST(json_quotes_text_and_not_numbers) {
    struct neap_log_field fields[] = { text_field("id", "a\"b"), { "n", "3", 1, true } };
    open_log(true);

    neap_log_write(&log_, NEAP_LOG_INFO, "1.2", "ev", fields, 2);

    const char *line = strstr(close_log(), "\"level\"");
    EXPECT_STR(line, "\"level\":\"info\",\"pid\":\"1.2\",\"event\":\"ev\",\"id\":"
                     "\"a\\\"b\",\"n\":3}\n");
}

TEST(printing_writes_one_line_for_each_line) {
    open_log(false);

    neap_log_print(&log_, "1.2", "one\ntwo", 7);

    const char *first = close_log();
    EXPECT_TRUE(strncmp(first, "info  1.2 one\n", 14) == 0);
    EXPECT_STR(first + 14 + 24, "info  1.2 two\n");
}

TEST(levels_are_words) {
    enum neap_log_level level;

    EXPECT_TRUE(neap_log_level_parse("warn", &level));
    EXPECT_INT(level, NEAP_LOG_WARN);
    EXPECT_FALSE(neap_log_level_parse("loud", &level));
}

TEST(a_ring_has_the_lines_that_were_written) {
    char text[NEAP_LOG_RING_TEXT];
    size_t size = 0;
    open_log(false);
    log_.ring = neap_log_ring_new();

    neap_log_write(&log_, NEAP_LOG_DEBUG, "-", "quiet", NULL, 0);
    neap_log_write(&log_, NEAP_LOG_WARN, "1.1", "loud", NULL, 0);

    close_log();
    EXPECT_U64(neap_log_ring_count(log_.ring), 1);
    EXPECT_TRUE(neap_log_ring_get(log_.ring, 0, text, &size));
    EXPECT_INT(size, strlen(said) - 1); /* all but the newline */
    EXPECT_INT(memcmp(text, said, size), 0);
    neap_log_ring_free(log_.ring);
}
