#include "core/grant.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/suggest.h"
#include "core/registry.h"

#include <stdio.h>
#include <string.h>

/* Whether a word takes something after a colon. */
enum form { ALONE, WITH, EITHER };

struct word {
    const char *text;
    enum neap_capability capability;
    enum form form;
    const char *with; /* what comes after the colon, for people */
};

static const struct word WORDS[] = {
    { "net", NEAP_GRANT_NET, ALONE, NULL },
    { "fs", NEAP_GRANT_FS, EITHER, "PATH" },
    { "read", NEAP_GRANT_READ, EITHER, "PATH" },
    { "exec", NEAP_GRANT_EXEC, ALONE, NULL },
    { "env", NEAP_GRANT_ENV, ALONE, NULL },
    { "native", NEAP_GRANT_NATIVE, WITH, "MODULE" },
    { "ffi", NEAP_GRANT_FFI, ALONE, NULL },
    { "control", NEAP_GRANT_CONTROL, ALONE, NULL },
    { "names", NEAP_GRANT_NAMES, EITHER, "PREFIX" },
};

enum { WORD_COUNT = sizeof WORDS / sizeof *WORDS };

static const char *const TEXTS[] = { "net",    "fs",  "read",    "exec", "env",
                                     "native", "ffi", "control", "names" };

static const char EXPECTED[] = "expected a capability: net, fs, fs:PATH, read, "
                               "read:PATH, exec, env, native:MODULE, ffi, "
                               "control, names or names:PREFIX";

/* A word that comes near, with what was written behind it. */
static void tell_unknown(const char *text, size_t length, char why[NEAP_GRANT_WHY]) {
    char word[32];
    char hint[NEAP_HINT];
    snprintf(word, sizeof word, "%.*s", length < sizeof word ? (int)length : 0, text);
    snprintf(why, NEAP_GRANT_WHY, "%s%s", EXPECTED,
             neap_hint(hint, "", word, TEXTS, sizeof TEXTS / sizeof *TEXTS));
}

/* --- paths --- */

static bool is_dots(const char *part, size_t size, size_t dots) {
    return size == dots && memcmp(part, "..", dots) == 0;
}

/* The length of `path` without its last part, which begins with a slash. */
static size_t without_last(const char *path, size_t size) {
    while (size > 0 && path[size - 1] != '/')
        size--;
    return size > 0 ? size - 1 : 0;
}

bool neap_path_normalize(char *path, bool up) {
    size_t size = 0; /* of what is done: "/a/b", or "" for "/" */
    const char *at = path;
    while (*at != '\0') {
        at += strspn(at, "/");
        size_t part = strcspn(at, "/");
        bool is_up = is_dots(at, part, 2);
        if (is_up && !up)
            return false;
        if (is_up) {
            size = without_last(path, size);
        } else if (part > 0 && !is_dots(at, part, 1)) {
            path[size++] = '/'; /* what is written lies before what is read */
            memmove(path + size, at, part);
            size += part;
        }
        at += part;
    }
    if (size == 0)
        path[size++] = '/';
    path[size] = '\0';
    return true;
}

const char *neap_path_below(const char *folder, const char *path) {
    size_t size = strlen(folder);
    if (size == 1) /* "/" */
        return path + 1;
    if (strncmp(path, folder, size) != 0 || (path[size] != '/' && path[size] != '\0'))
        return NULL;
    return path[size] == '/' ? path + size + 1 : path + size;
}

static char *joined(const char *a, const char *between, const char *b) {
    size_t size = strlen(a) + strlen(between) + strlen(b) + 1;
    char *text = neap_alloc(size);
    snprintf(text, size, "%s%s%s", a, between, b);
    return text;
}

static void set_text(struct neap_grant *g, const char *word, const char *what) {
    g->text = joined(word, what[0] != '\0' ? ":" : "", what);
}

static int read_path(struct neap_grant *g, const struct word *word, const char *folder,
                     const char *path, char why[NEAP_GRANT_WHY]) {
    char *root = joined(folder, "", "");
    bool ok = neap_path_normalize(root, true);
    g->what = path[0] == '/' ? joined(path, "", "") : joined(root, "/", path);
    ok = ok && neap_path_normalize(g->what, false);
    if (!ok) {
        snprintf(why, NEAP_GRANT_WHY, "expected a path without \"..\"");
    } else {
        const char *shown = neap_path_below(root, g->what);
        g->anchor = strlen(g->what);
        set_text(g, word->text, shown != NULL && strlen(root) > 1 ? shown : g->what);
    }
    neap_free(root);
    return ok ? 0 : NEAP_ELIMIT;
}

/* --- reading --- */

static bool is_module_name(const char *name) {
    size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                               "0123456789_-.");
    return size > 0 && name[size] == '\0' && name[0] != '.' && name[size - 1] != '.' &&
           strstr(name, "..") == NULL;
}

static int read_with(struct neap_grant *g, const struct word *word, const char *folder,
                     const char *what, char why[NEAP_GRANT_WHY]) {
    const char *expected = NULL;
    if (what[0] == '\0')
        expected = word->with;
    else if (g->capability == NEAP_GRANT_FS || g->capability == NEAP_GRANT_READ)
        return read_path(g, word, folder, what, why);
    else if (g->capability == NEAP_GRANT_NATIVE && !is_module_name(what))
        expected = "MODULE, letters, digits and _ - .";
    else if (g->capability == NEAP_GRANT_NAMES && !neap_name_is_valid(what, strlen(what)))
        expected =
            "PREFIX, the beginning of a name: a letter or _, then letters, digits and "
            "_ . : -";
    if (expected != NULL) {
        snprintf(why, NEAP_GRANT_WHY, "expected \"%s:\" and then %s", word->text, expected);
        return NEAP_ELIMIT;
    }
    if (g->capability == NEAP_GRANT_NAMES)
        g->capability = NEAP_GRANT_NAMES_PREFIX;
    g->what = joined(what, "", "");
    set_text(g, word->text, what);
    return 0;
}

static int read_alone(struct neap_grant *g, const struct word *word, const char *folder,
                      char why[NEAP_GRANT_WHY]) {
    if (word->form == WITH) {
        snprintf(why, NEAP_GRANT_WHY, "expected \"%s:%s\"", word->text, word->with);
        return NEAP_ELIMIT;
    }
    if (g->capability == NEAP_GRANT_FS || g->capability == NEAP_GRANT_READ)
        return read_path(g, word, folder, ".", why);
    set_text(g, word->text, "");
    return 0;
}

static const struct word *find_word(const char *text, size_t size) {
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (strlen(WORDS[i].text) == size && memcmp(WORDS[i].text, text, size) == 0)
            return &WORDS[i];
    return NULL;
}

int neap_grant_read(struct neap_grant *g, const char *folder, const char *text,
                    size_t size, char why[NEAP_GRANT_WHY]) {
    *g = (struct neap_grant){ 0 };
    if (size > NEAP_GRANT_BYTES || strlen(text) != size) {
        snprintf(why, NEAP_GRANT_WHY, "expected at most %d bytes, and no zero byte",
                 NEAP_GRANT_BYTES);
        return NEAP_ELIMIT;
    }
    size_t length = strcspn(text, ":");
    const struct word *word = find_word(text, length);
    if (word == NULL) {
        tell_unknown(text, length, why);
        return NEAP_EINVALID;
    }
    g->capability = word->capability;
    if (text[length] == '\0')
        return read_alone(g, word, folder, why);
    if (word->form == ALONE) {
        snprintf(why, NEAP_GRANT_WHY, "expected \"%s\" alone", word->text);
        return NEAP_ELIMIT;
    }
    int err = read_with(g, word, folder, text + length + 1, why);
    if (err != 0)
        neap_grant_fini(g);
    return err;
}

static char *copied(const char *text) {
    return text != NULL ? joined(text, "", "") : NULL;
}

struct neap_grant neap_grant_copy(const struct neap_grant *g) {
    return (struct neap_grant){ g->capability, copied(g->text), copied(g->what), g->anchor };
}

void neap_grant_fini(struct neap_grant *g) {
    neap_free(g->text);
    neap_free(g->what);
    g->text = g->what = NULL;
}

/* --- comparing --- */

bool neap_grant_has_path(const struct neap_grant *g, const char *path) {
    return neap_path_below(g->what, path) != NULL;
}

bool neap_grant_covers(const struct neap_grant *g, const struct neap_grant *other) {
    switch (g->capability) {
    case NEAP_GRANT_FS:
        return (other->capability == NEAP_GRANT_FS || other->capability == NEAP_GRANT_READ) &&
               neap_grant_has_path(g, other->what);
    case NEAP_GRANT_READ:
        return other->capability == NEAP_GRANT_READ && neap_grant_has_path(g, other->what);
    case NEAP_GRANT_NATIVE:
        return other->capability == NEAP_GRANT_NATIVE && strcmp(g->what, other->what) == 0;
    case NEAP_GRANT_NAMES:
        return other->capability == NEAP_GRANT_NAMES ||
               other->capability == NEAP_GRANT_NAMES_PREFIX;
    case NEAP_GRANT_NAMES_PREFIX:
        return other->capability == NEAP_GRANT_NAMES_PREFIX &&
               strncmp(g->what, other->what, strlen(g->what)) == 0;
    default: return g->capability == other->capability;
    }
}
