#include "net/http_field.h"

#include "base/error.h"
#include "test/test.h"

#include <ctype.h>

static char why[NEAP_HTTP_WHY];

static int check(const char *name, const char *value) {
    return neap_http_field_check(name, strlen(name), value, strlen(value), why);
}

static bool lists(const char *list, const char *word) {
    return neap_http_lists(list, strlen(list), word);
}

/* --- characters --- */

TEST(the_table_of_characters_is_that_of_the_rfc) {
    for (int c = 0; c < 256; c++) {
        bool ascii = c > 0 && c < 128;
        bool alnum = ascii && isalnum(c);
        bool visible = c > ' ' && c < 127;
        int sets = neap_http_characters[c];
        EXPECT_INT((sets & NEAP_HTTP_TOKEN) != 0,
                   alnum || (ascii && strchr("!#$%&'*+-.^_`|~", c) != NULL));
        EXPECT_INT((sets & NEAP_HTTP_HOST) != 0,
                   alnum || (ascii && strchr("-._~%!$&'()*+;=", c) != NULL));
        EXPECT_INT((sets & NEAP_HTTP_VISIBLE) != 0, visible);
        EXPECT_INT((sets & NEAP_HTTP_TEXT) != 0,
                   visible || c == ' ' || c == '\t' || c > 127);
    }
}

TEST(a_run_of_text_ends_at_any_byte_that_is_none_wherever_it_is) {
    uint8_t text[40];
    for (size_t at = 0; at < sizeof text; at++)
        for (int byte = 0; byte < 256; byte++) {
            memset(text, at % 3 == 0 ? '\t' : 0x80 + (int)at, sizeof text);
            text[at] = (uint8_t)byte;
            bool good = (neap_http_characters[byte] & NEAP_HTTP_TEXT) != 0;
            EXPECT_INT(neap_http_text_run(text, sizeof text), good ? sizeof text : at);
        }
}

TEST(words_are_the_same_in_any_case) {
    EXPECT_TRUE(neap_http_same("Chunked", 7, "chunked"));
    EXPECT_FALSE(neap_http_same("chunke", 6, "chunked"));
    EXPECT_FALSE(neap_http_same("chunkedd", 8, "chunked"));
    EXPECT_FALSE(neap_http_same("c\0unked", 7, "chunked"));
    EXPECT_FALSE(neap_http_same("K\r", 2, "k-"));
    EXPECT_TRUE(neap_http_same("", 0, ""));
}

TEST(a_list_is_separated_by_commas_and_blanks) {
    EXPECT_TRUE(lists("close", "close"));
    EXPECT_TRUE(lists("a, CLOSE ,b", "close"));
    EXPECT_TRUE(lists(",,\t close", "close"));
    EXPECT_FALSE(lists("", "close"));
    EXPECT_FALSE(lists(",", "close"));
    EXPECT_FALSE(lists("a close", "close"));
    EXPECT_FALSE(lists("close;x", "close"));
    EXPECT_FALSE(lists("x-close", "close"));
}

/* --- what a handler may set --- */

TEST(usual_fields_may_be_set) {
    EXPECT_INT(check("Content-Type", "text/plain; charset=utf-8"), 0);
    EXPECT_INT(check("x", ""), 0);
    EXPECT_INT(check("x-name", "a\tb \xc3\xa4"), 0);
    EXPECT_INT(check("date", "whenever"), 0);
    EXPECT_INT(check("Server", "mine"), 0);
}

TEST(a_name_is_a_token) {
    EXPECT_INT(check("", "x"), NEAP_EINVALID);
    EXPECT_STR(why, "the name of a header field is empty");
    EXPECT_INT(check("x y", "x"), NEAP_EINVALID);
    EXPECT_STR(why,
               "the header field \"x y\" has byte 0x20 in its name; expected letters, "
               "digits and !#$%&'*+-.^_`|~");
    EXPECT_INT(check("x:", "x"), NEAP_EINVALID);
    EXPECT_INT(check("x\r\ny", "x"), NEAP_EINVALID);
    EXPECT_TRUE(strstr(why, "\"x??y\"") != NULL);
    EXPECT_INT(check("\xc3\xa4", "x"), NEAP_EINVALID);
    EXPECT_INT(neap_http_field_check("x\0", 2, "", 0, why), NEAP_EINVALID);
}

TEST(a_value_stays_on_its_line) {
    EXPECT_INT(check("x", "a\r\nSet-Cookie: b"), NEAP_EINVALID);
    EXPECT_STR(
        why, "the header field \"x\" has byte 0x0d at position 2 of its value; expected "
             "no line breaks and no control characters (but tab)");
    EXPECT_INT(check("x", "\n"), NEAP_EINVALID);
    EXPECT_INT(check("x", "a\x7f"), NEAP_EINVALID);
    EXPECT_INT(check("x", "a\x1b"), NEAP_EINVALID);
    EXPECT_INT(neap_http_field_check("x", 1, "a\0b", 3, why), NEAP_EINVALID);
}

TEST(fields_of_the_host_are_left_to_it) {
    EXPECT_INT(check("Content-Length", "1"), NEAP_EINVALID);
    EXPECT_STR(
        why, "the header field \"content-length\" is set by the host, from the body and "
             "the request; leave it out");
    EXPECT_INT(check("transfer-encoding", "chunked"), NEAP_EINVALID);
    EXPECT_INT(check("CONNECTION", "close"), NEAP_EINVALID);
    EXPECT_INT(check("keep-alive", "x"), NEAP_EINVALID);
    EXPECT_INT(check("trailer", "x"), NEAP_EINVALID);
    EXPECT_INT(check("upgrade", "x"), NEAP_EINVALID);
}

TEST(what_is_wrong_fits_whatever_the_name) {
    char name[5000];
    memset(name, '\xff', sizeof name);
    EXPECT_INT(neap_http_field_check(name, sizeof name, "", 0, why), NEAP_EINVALID);
    EXPECT_TRUE(strlen(why) < NEAP_HTTP_WHY - 1);
    memset(name, 'n', sizeof name);
    EXPECT_INT(neap_http_field_check(name, sizeof name, "\1", 1, why), NEAP_EINVALID);
    EXPECT_TRUE(strstr(why, "nnn...\"") != NULL);
    EXPECT_TRUE(strlen(why) < NEAP_HTTP_WHY - 1);
}
