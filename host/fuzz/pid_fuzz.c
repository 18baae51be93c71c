/* What people type for a process: a pid is read as it is written, and nothing else is one;
 * what is meant by another word is one of those there are.
 *
 * Input: a word, a line; then the words there are, a line each. */
#include "base/suggest.h"
#include "core/pid.h"
#include "fuzz/fuzz.h"

enum { WORDS = 16 };

/* The same number without zeros in front. */
static const char *trimmed(const char *digits) {
    while (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
        digits++;
    return digits;
}

/* Digits, one dot, digits: a naive reader, which knows nothing of what is too large. */
static bool looks_like_pid(const char *text) {
    size_t slot = strspn(text, "0123456789");
    size_t generation = text[slot] == '.' ? strspn(text + slot + 1, "0123456789") : 0;
    return slot != 0 && generation != 0 && text[slot + 1 + generation] == '\0';
}

static void check_pid(const char *text) {
    static const struct neap_pid UNTOUCHED = { .generation = 5, .slot = 6, .tag = 7 };
    struct neap_pid pid = UNTOUCHED;
    struct neap_pid again;
    char written[NEAP_PID_TEXT];
    char plain[NEAP_PID_TEXT];
    if (!neap_pid_parse(text, &pid)) {
        EXPECT_TRUE(neap_pid_equal(pid, UNTOUCHED));
        return;
    }
    EXPECT_TRUE(looks_like_pid(text));
    EXPECT_TRUE(!neap_pid_is_none(pid) && pid.tag == 0);
    neap_pid_format(pid, written);
    const char *slot = trimmed(text);
    const char *generation = trimmed(strchr(text, '.') + 1);
    snprintf(plain, sizeof plain, "%.*s.%s", (int)strcspn(slot, "."), slot, generation);
    EXPECT_STR(written, plain);
    EXPECT_TRUE(neap_pid_parse(written, &again) && neap_pid_equal(pid, again));
}

static void check_hint(const char *word, const char *const *words, size_t count) {
    char hint[NEAP_HINT];
    const char *meant = neap_suggest(word, words, count);
    bool found = meant == NULL;
    for (size_t i = 0; i < count; i++)
        found = found || words[i] == meant;
    EXPECT_TRUE(found);
    EXPECT_TRUE(meant == NULL || (strlen(word) <= 64 && strlen(meant) <= 64));
    EXPECT_PTR(neap_hint(hint, "--", word, words, count), hint);
    EXPECT_INT(hint[0] != '\0', meant != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct fuzz_input in = { data, data + size };
    char *words[WORDS];
    size_t count = 0;
    size_t length;
    char *word = fuzz_text(&in, '\n', &length);
    while (count < WORDS && in.at < in.end)
        words[count++] = fuzz_text(&in, '\n', &length);
    check_pid(word);
    check_hint(word, (const char *const *)words, count);
    while (count > 0)
        free(words[--count]);
    free(word);
    return 0;
}
