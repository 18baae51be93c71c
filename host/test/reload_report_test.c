#include "vm/reload_report.h"

#include "test/test.h"

static struct neap_reload_report report;

static struct neap_reload_line *add(enum neap_reload_word word, const char *module) {
    return neap_reload_report_add(&report, word, module, NULL, NULL);
}

TEST(a_line_keeps_copies_of_its_texts) {
    char text[] = "text";

    const struct neap_reload_line *line = neap_reload_report_add(
        &report, NEAP_RELOAD_PROBLEM, "web", text, NULL);
    text[0] = 'n';

    EXPECT_STR(line->module, "web");
    EXPECT_STR(line->text, "text");
    EXPECT_NULL(line->trace);
    neap_reload_report_fini(&report);
    EXPECT_U64(report.count, 0);
}

TEST(a_process_counts_for_what_changed_of_it_and_of_what_it_requires) {
    add(NEAP_RELOAD_CHANGED, "web");
    neap_strings_add(&add(NEAP_RELOAD_CHANGED, "text")->names, "web");
    add(NEAP_RELOAD_CHANGED, "jobs");
    add(NEAP_RELOAD_REFUSED, "web");

    neap_reload_report_count(&report, "web");
    neap_reload_report_count(&report, "jobs");
    neap_reload_report_count(&report, "other");

    EXPECT_U64(report.lines[0].count, 1);
    EXPECT_U64(report.lines[1].count, 1);
    EXPECT_U64(report.lines[2].count, 1);
    EXPECT_U64(report.lines[3].count, 0);
    neap_reload_report_fini(&report);
}

TEST(a_report_knows_which_words_are_in_it) {
    for (int i = 0; i < 9; i++)
        add(NEAP_RELOAD_BUSY, "web");

    EXPECT_TRUE(neap_reload_report_has(&report, NEAP_RELOAD_BUSY));
    EXPECT_FALSE(neap_reload_report_has(&report, NEAP_RELOAD_PROBLEM));
    neap_reload_report_fini(&report);
}
