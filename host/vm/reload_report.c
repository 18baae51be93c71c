#include "vm/reload_report.h"

#include "base/alloc.h"

#include <string.h>

void neap_reload_report_fini(struct neap_reload_report *r) {
    for (size_t i = 0; i < r->count; i++) {
        neap_free(r->lines[i].module);
        neap_free(r->lines[i].text);
        neap_free(r->lines[i].trace);
        neap_strings_fini(&r->lines[i].names);
    }
    neap_free(r->lines);
    *r = (struct neap_reload_report){ 0 };
}

static char *copied(const char *text) {
    return text != NULL ? neap_strdup(text) : NULL;
}

/* Grows with each power of two. */
struct neap_reload_line *neap_reload_report_add(struct neap_reload_report *r,
                                                enum neap_reload_word word,
                                                const char *module, const char *text,
                                                const char *trace) {
    if ((r->count & (r->count - 1)) == 0) {
        size_t room = r->count == 0 ? 1 : r->count * 2;
        r->lines = neap_realloc(r->lines, room * sizeof *r->lines);
    }
    struct neap_reload_line *line = &r->lines[r->count++];
    *line = (struct neap_reload_line){ .word = word,
                                       .module = copied(module),
                                       .text = copied(text),
                                       .trace = copied(trace) };
    return line;
}

void neap_reload_report_count(struct neap_reload_report *r, const char *module) {
    for (size_t i = 0; i < r->count; i++) {
        struct neap_reload_line *line = &r->lines[i];
        if (line->word == NEAP_RELOAD_CHANGED &&
            (strcmp(line->module, module) == 0 || neap_strings_has(&line->names, module)))
            line->count++;
    }
}

bool neap_reload_report_has(const struct neap_reload_report *r, enum neap_reload_word word) {
    for (size_t i = 0; i < r->count; i++)
        if (r->lines[i].word == word)
            return true;
    return false;
}
