#include "cli/options.h"

#include "base/alloc.h"
#include "base/suggest.h"
#include "cli/complain.h"

#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 24 };

void neap_words_add(struct neap_words *words, const char *text) {
    words->items = neap_realloc(words->items, (words->count + 1) * sizeof *words->items);
    words->items[words->count++] = text;
}

void neap_words_fini(struct neap_words *words) {
    neap_free(words->items);
    *words = (struct neap_words){ 0 };
}

/* --- help --- */

static void print_option(const struct neap_option *o) {
    char left[64];
    snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter != 0 ? '-' : ' ',
             o->letter != 0 ? o->letter : ' ', o->letter != 0 ? ", " : "  ", o->name,
             o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
    bool missing = o->kind == NEAP_OPTION_UNAVAILABLE;
    printf("  %-26s %s%s\n", left, o->help,
           missing ? " (not available in this version)" : "");
}

static int print_help(const struct neap_options *o) {
    const struct neap_command *c = o->command;
    printf("usage: neap %s%s%s%s\n\n%s\n", c->name, o->count > 0 ? " [OPTIONS]" : "",
           c->arguments[0] != '\0' ? " " : "", c->arguments, c->summary);
    if (c->help != NULL)
        printf("\n%s", c->help);
    if (o->count > 0)
        printf("\noptions:\n");
    for (size_t i = 0; i < o->count; i++)
        print_option(&o->table[i]);
    return 0;
}

/* --- reading --- */

struct reader {
    const struct neap_options *o;
    int argc;
    char **argv;
    int at; /* the next word to read */
};

static const struct neap_option *by_name(const struct neap_options *o, const char *name,
                                         size_t size) {
    for (size_t i = 0; i < o->count; i++)
        if (strlen(o->table[i].name) == size && memcmp(o->table[i].name, name, size) == 0)
            return &o->table[i];
    return NULL;
}

static const struct neap_option *by_letter(const struct neap_options *o, char letter) {
    for (size_t i = 0; i < o->count; i++)
        if (o->table[i].letter != 0 && o->table[i].letter == letter)
            return &o->table[i];
    return NULL;
}

static int unknown(const struct neap_options *o, const char *word) {
    const char *names[OPTIONS_MAX + 1] = { "help" };
    char hint[NEAP_HINT];
    char bare[80];
    size_t count = 1;
    for (size_t i = 0; i < o->count && count <= OPTIONS_MAX; i++)
        names[count++] = o->table[i].name;
    const char *name = word + strspn(word, "-");
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(name, "="), name);
    neap_hint(hint, "--", bare, names, count);
    if (hint[0] == '\0')
        snprintf(hint, sizeof hint, ": neap %s --help lists them", o->command->name);
    return neap_usage_error(o->command->name, "unknown option \"%.80s\"%s", word, hint);
}

/* `value` is what was joined to the option, or NULL. */
static int store(struct reader *r, const struct neap_option *option, const char *value) {
    const char *command = r->o->command->name;
    if (option->kind == NEAP_OPTION_UNAVAILABLE)
        return neap_usage_error(command, "--%s is not available in this version",
                                option->name);
    if (option->kind == NEAP_OPTION_FLAG) {
        if (value != NULL)
            return neap_usage_error(command, "--%s takes no value, given \"%.80s\"",
                                    option->name, value);
        *option->flag = true;
        return NEAP_OPTIONS_DONE;
    }
    if (value == NULL && r->at < r->argc)
        value = r->argv[r->at++];
    if (value == NULL || value[0] == '\0')
        return neap_usage_error(command, "--%s needs a value: --%s %s", option->name,
                                option->name, option->value);
    if (option->kind == NEAP_OPTION_LIST)
        neap_words_add(option->list, value);
    else
        *option->text = value;
    return NEAP_OPTIONS_DONE;
}

static int read_long(struct reader *r, const char *word) {
    const char *name = word + 2;
    size_t size = strcspn(name, "=");
    const struct neap_option *option = by_name(r->o, name, size);
    if (option == NULL)
        return unknown(r->o, word);
    return store(r, option, name[size] == '=' ? name + size + 1 : NULL);
}

/* "-w4" and "-w 4"; a letter without a value stands alone. */
static int read_short(struct reader *r, const char *word) {
    const struct neap_option *option = by_letter(r->o, word[1]);
    if (option == NULL)
        return unknown(r->o, word);
    return store(r, option, word[2] != '\0' ? word + 2 : NULL);
}

static int check_count(const struct neap_options *o, const struct neap_words *words) {
    const struct neap_command *c = o->command;
    if (words->count > o->max_words)
        return neap_usage_error(c->name, "unexpected \"%.80s\": usage: neap %s%s%s",
                                words->items[o->max_words], c->name,
                                c->arguments[0] != '\0' ? " " : "", c->arguments);
    if (words->count < o->min_words)
        return neap_usage_error(c->name, "%.*s is missing: usage: neap %s %s",
                                (int)strcspn(c->arguments, " "), c->arguments, c->name,
                                c->arguments);
    return NEAP_OPTIONS_DONE;
}

static bool asks_for_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int read_word(struct reader *r, struct neap_words *words, bool *plain) {
    const char *word = r->argv[r->at++];
    if (*plain || word[0] != '-' || word[1] == '\0') {
        neap_words_add(words, word);
        *plain = *plain || r->o->to_first_word;
        return NEAP_OPTIONS_DONE;
    }
    if (asks_for_help(word))
        return print_help(r->o);
    if (strcmp(word, "--") != 0)
        return word[1] == '-' ? read_long(r, word) : read_short(r, word);
    *plain = true;
    return NEAP_OPTIONS_DONE;
}

int neap_options_read(const struct neap_options *o, int argc, char **argv,
                      struct neap_words *words) {
    struct reader r = { o, argc, argv, 0 };
    bool plain = false;
    *words = (struct neap_words){ 0 };
    while (r.at < argc) {
        int code = read_word(&r, words, &plain);
        if (code != NEAP_OPTIONS_DONE)
            return code;
    }
    return check_count(o, words);
}
