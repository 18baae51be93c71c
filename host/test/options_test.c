#include "cli/options.h"

#include "base/suggest.h"
#include "test/test.h"

#include <unistd.h>

static struct { /* what the options below set */
    bool json;
    const char *workers;
    struct neap_words sets;
    struct neap_words words;
} got;

static const struct neap_command COMMAND = { .name = "try",
                                             .arguments = "APP [ARGS...]",
                                             .summary = "tries" };
static const struct neap_option TABLE[] = {
    { .name = "json", .kind = NEAP_OPTION_FLAG, .help = "", .flag = &got.json },
    { .name = "workers",
      .letter = 'w',
      .kind = NEAP_OPTION_TEXT,
      .value = "N",
      .help = "",
      .text = &got.workers },
    { .name = "set", .kind = NEAP_OPTION_LIST, .value = "K=V", .help = "", .list = &got.sets },
    { .name = "watch", .kind = NEAP_OPTION_UNAVAILABLE, .help = "" },
};

static char said[4096]; /* on standard error during the last read */

static int read_words(struct neap_options options, char *const *argv) {
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    neap_words_fini(&got.sets);
    neap_words_fini(&got.words);
    memset(&got, 0, sizeof got);
    options.command = &COMMAND;
    options.table = TABLE;
    options.count = sizeof TABLE / sizeof *TABLE;
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    int code = neap_options_read(&options, argc, (char **)argv, &got.words);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t n = pread(fileno(file), said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    fclose(file);
    return code;
}

static const struct neap_options ANY = { .max_words = 9 };

#define READ(options, ...) read_words(options, (char *[]){ __VA_ARGS__, NULL })

TEST(options_and_words_come_in_any_order) {
    int code = READ(ANY, "a", "--json", "b", "-w", "3", "c");

    EXPECT_INT(code, NEAP_OPTIONS_DONE);
    EXPECT_TRUE(got.json);
    EXPECT_STR(got.workers, "3");
    EXPECT_INT(got.words.count, 3);
    EXPECT_STR(got.words.items[2], "c");
}

TEST(a_value_may_be_joined_to_its_option) {
    EXPECT_INT(READ(ANY, "--workers=4"), NEAP_OPTIONS_DONE);
    EXPECT_STR(got.workers, "4");
    EXPECT_INT(READ(ANY, "-w5"), NEAP_OPTIONS_DONE);
    EXPECT_STR(got.workers, "5");
}

TEST(a_list_keeps_every_value) {
    READ(ANY, "--set", "a=1", "--set=b=2");

    EXPECT_INT(got.sets.count, 2);
    EXPECT_STR(got.sets.items[1], "b=2");
}

TEST(what_follows_the_first_word_can_belong_to_the_program) {
    struct neap_options options = ANY;
    options.to_first_word = true;

    EXPECT_INT(READ(options, "--json", "app", "--set", "--nonsense"), NEAP_OPTIONS_DONE);

    EXPECT_INT(got.words.count, 3);
    EXPECT_STR(got.words.items[2], "--nonsense");
}

TEST(two_dashes_end_the_options) {
    EXPECT_INT(READ(ANY, "--", "--json"), NEAP_OPTIONS_DONE);

    EXPECT_FALSE(got.json);
    EXPECT_STR(got.words.items[0], "--json");
}

TEST(an_unknown_option_gets_a_suggestion) {
    EXPECT_INT(READ(ANY, "--wokers=3"), 2);

    EXPECT_STR(said,
               "neap try: unknown option \"--wokers=3\": did you mean \"--workers\"?\n");
}

TEST(an_option_without_its_value_is_refused) {
    EXPECT_INT(READ(ANY, "--workers"), 2);

    EXPECT_STR(said, "neap try: --workers needs a value: --workers N\n");
}

TEST(a_flag_with_a_value_is_refused) {
    EXPECT_INT(READ(ANY, "--json=yes"), 2);

    EXPECT_STR(said, "neap try: --json takes no value, given \"yes\"\n");
}

TEST(an_option_that_is_not_built_yet_is_refused) {
    EXPECT_INT(READ(ANY, "--watch"), 2);

    EXPECT_STR(said, "neap try: --watch is not available in this version\n");
}

TEST(a_missing_word_and_one_too_many_are_named) {
    EXPECT_INT(READ(((struct neap_options){ .min_words = 1, .max_words = 1 }), "--json"),
               2);
    EXPECT_STR(said, "neap try: APP is missing: usage: neap try APP [ARGS...]\n");
    EXPECT_INT(READ(((struct neap_options){ .max_words = 1 }), "a", "b"), 2);
    EXPECT_STR(said, "neap try: unexpected \"b\": usage: neap try APP [ARGS...]\n");
}

TEST(a_complaint_is_one_line) {
    EXPECT_INT(READ(ANY, "--a\nb"), 2);

    EXPECT_PTR(strchr(said, '\n'), said + strlen(said) - 1);
}

TEST(the_nearest_word_is_suggested_and_no_far_one) {
    const char *const words[] = { "counter", NULL, "worker" };

    EXPECT_STR(neap_suggest("countre", words, 3), "counter");
    EXPECT_STR(neap_suggest("wor", words, 3), "worker");
    EXPECT_NULL(neap_suggest("database", words, 3));
    EXPECT_NULL(neap_suggest("", words, 3));
}
