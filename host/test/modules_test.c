#include "vm/modules.h"

#include "core/blob.h"
#include "test/test.h"
#include "vm/draft.h"
#include "vm/library.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static struct neap_modules *modules;
static struct neap_draft *draft;

static struct neap_bytes bytes_of(const char *text) {
    struct neap_bytes b = { 0 };
    neap_bytes_text(&b, text);
    return b;
}

static bool keep(const char *name, const char *code, uint64_t hash) {
    struct neap_module_file file = { .hash = hash };
    struct neap_bytes b = bytes_of(code);
    snprintf(file.path, sizeof file.path, "/app/%s.lua", name);
    bool kept = neap_modules_keep(modules, name, &file, &b);
    neap_bytes_fini(&b);
    return kept;
}

static void put(const char *name, const char *code, uint64_t hash) {
    char path[64];
    struct neap_bytes b = bytes_of(code);
    snprintf(path, sizeof path, "/app/%s.lua", name);
    neap_draft_put(draft, name, path, hash, &b);
    neap_bytes_fini(&b);
}

/* The code of a module as text; `number`: which one that is. */
static void expect_code(const char *name, const char *code, uint64_t number) {
    uint64_t got = 0;
    struct neap_blob *blob = neap_modules_code(modules, name, &got);
    EXPECT_TRUE(blob != NULL);
    EXPECT_BYTES(neap_blob_data(blob), neap_blob_size(blob), code, strlen(code));
    EXPECT_U64(got, number);
    neap_blob_unref(blob);
}

static void begin(void) {
    modules = neap_modules_new();
    draft = neap_draft_new();
}

static void end(void) {
    neap_draft_free(draft);
    neap_modules_free(modules);
}

TEST(a_module_is_kept_once) {
    begin();

    EXPECT_TRUE(keep("a", "first", 1));
    EXPECT_FALSE(keep("a", "second", 2));

    expect_code("a", "first", 1);
    EXPECT_PTR(neap_modules_at(modules, 0), neap_modules_find(modules, "a"));
    EXPECT_NULL(neap_modules_at(modules, 1));
    EXPECT_NULL(neap_modules_find(modules, "b"));
    end();
}

TEST(a_commit_replaces_the_code_and_counts) {
    begin();
    keep("a", "old", 1);
    EXPECT_U64(neap_modules_generation(modules), 1);
    put("a", "new", 2);
    neap_draft_affect(draft, "a");

    EXPECT_U64(neap_modules_commit(modules, draft), 2);

    expect_code("a", "new", 2);
    EXPECT_U64(neap_modules_generation(modules), 2);
    EXPECT_U64(neap_module_file(neap_modules_find(modules, "a"))->hash, 2);
    end();
}

TEST(a_module_that_requires_a_changed_one_has_new_code_of_the_same_bytes) {
    begin();
    keep("a", "one", 1);
    keep("b", "two", 1);
    put("a", "one more", 2);
    neap_draft_affect(draft, "a");
    neap_draft_affect(draft, "b");
    neap_draft_affect(draft, "b");

    neap_modules_commit(modules, draft);

    expect_code("b", "two", 2);
    end();
}

TEST(code_that_is_being_loaded_stays_as_long_as_that_takes) {
    begin();
    keep("a", "old", 1);
    uint64_t number;
    struct neap_blob *held = neap_modules_code(modules, "a", &number);
    put("a", "new", 2);
    neap_draft_affect(draft, "a");

    neap_modules_commit(modules, draft);

    EXPECT_BYTES(neap_blob_data(held), neap_blob_size(held), "old", 3);
    neap_blob_unref(held);
    end();
}

TEST(what_only_the_trial_loaded_is_known_after_the_commit) {
    begin();
    put("new", "code", 7);

    neap_modules_commit(modules, draft);

    expect_code("new", "code", 1);
    end();
}

TEST(a_module_that_others_loaded_while_the_trial_did_is_new_if_it_differs) {
    begin();
    put("same", "code", 7);
    put("other", "tried", 8);
    keep("same", "code", 7);
    keep("other", "untried", 9);

    neap_modules_commit(modules, draft);

    expect_code("same", "code", 1);
    expect_code("other", "tried", 2);
    end();
}

TEST(who_requires_whom_is_remembered_once_and_for_known_modules_only) {
    begin();
    keep("a", "1", 1);
    keep("b", "2", 1);

    neap_modules_note_require(modules, "a", "b");
    neap_modules_note_require(modules, "a", "b");
    neap_modules_note_require(modules, "a", "nobody");
    neap_modules_note_require(modules, "nobody", "a");

    const struct neap_module *a = neap_modules_find(modules, "a");
    EXPECT_PTR(neap_modules_required(modules, a, 0), neap_modules_find(modules, "b"));
    EXPECT_NULL(neap_modules_required(modules, a, 1));
    end();
}

TEST(new_code_requires_what_the_trial_saw_and_no_more) {
    begin();
    keep("a", "1", 1);
    keep("b", "2", 1);
    neap_modules_note_require(modules, "a", "b");
    put("a", "1 more", 2);
    put("c", "3", 1);
    neap_strings_add(&neap_draft_find(draft, "a")->requires, "c");
    neap_draft_affect(draft, "a");

    neap_modules_commit(modules, draft);

    const struct neap_module *a = neap_modules_find(modules, "a");
    EXPECT_PTR(neap_modules_required(modules, a, 0), neap_modules_find(modules, "c"));
    EXPECT_NULL(neap_modules_required(modules, a, 1));
    end();
}

TEST(paths_are_shown_as_people_wrote_them) {
    begin();
    neap_modules_set_root(modules, "/app");

    EXPECT_STR(neap_modules_shown(modules, "/app/lib/a.lua"), "lib/a.lua");
    EXPECT_STR(neap_modules_shown(modules, "/apple/a.lua"), "/apple/a.lua");
    end();
}

TEST(a_module_is_read_from_the_first_folder_that_has_it) {
    char home[] = "/tmp/neap-modules-test-XXXXXX";
    char path[128];
    struct neap_module_file file;
    struct neap_bytes text = { 0 };
    begin();
    EXPECT_TRUE(mkdtemp(home) != NULL);
    neap_modules_add_path(modules, "/nonexistent");
    neap_modules_add_path(modules, home);
    EXPECT_INT(neap_modules_read(modules, "a.b", &file, &text), ENOENT);
    snprintf(path, sizeof path, "%s/a", home);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/a/b.lua", home);
    FILE *out = fopen(path, "w");
    fputs("text", out);
    fclose(out);

    EXPECT_INT(neap_modules_read(modules, "a.b", &file, &text), 0);

    EXPECT_STR(file.path, path);
    EXPECT_BYTES(text.data, text.len, "text", 4);
    neap_bytes_fini(&text);
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    rmdir(home);
    end();
}

TEST(news_of_an_app_file_are_news_once) {
    begin();
    neap_modules_keep_file(modules, "/app/app.lua", 1);

    EXPECT_FALSE(neap_modules_note_file(modules, 0, 1));
    EXPECT_TRUE(neap_modules_note_file(modules, 0, 2));
    EXPECT_FALSE(neap_modules_note_file(modules, 0, 2));
    EXPECT_TRUE(neap_modules_note_file(modules, 0, 3));
    EXPECT_FALSE(neap_modules_note_file(modules, 0, 1));
    EXPECT_TRUE(neap_modules_note_file(modules, 0, 3));
    EXPECT_NULL(neap_modules_file(modules, 1));
    end();
}

TEST(that_a_file_is_gone_is_news_once) {
    begin();
    keep("a", "1", 1);
    struct neap_module *a = neap_modules_find(modules, "a");

    EXPECT_FALSE(neap_module_set_gone(a, false));
    EXPECT_TRUE(neap_module_set_gone(a, true));
    EXPECT_FALSE(neap_module_set_gone(a, true));
    EXPECT_TRUE(neap_module_set_gone(a, false));
    end();
}

TEST(the_first_code_of_an_embedded_module_is_kept) {
    size_t count;
    const struct neap_library_file *file = neap_library_all(&count);
    struct neap_bytes b = bytes_of("bytecode");
    begin();
    EXPECT_NULL(neap_modules_library(modules, file));

    neap_modules_keep_library(modules, file, &b);
    const struct neap_blob *first = neap_modules_library(modules, file);
    neap_modules_keep_library(modules, file, &b);

    EXPECT_PTR(neap_modules_library(modules, file), first);
    EXPECT_NULL(neap_modules_library(modules, file + 1));
    neap_bytes_fini(&b);
    end();
}

/* --- torture: readers while code is replaced ----------------------------------------- */

enum { COMMITS = 2000 };

static _Atomic(int) wrong;

/* The code's number is its text: a reader never sees one without the other, and after it saw
 * a generation, no code from before. */
static void *read_code(void *context) {
    (void)context;
    uint64_t generation = 0;
    while (generation < COMMITS + 1) {
        generation = neap_modules_generation(modules);
        uint64_t number;
        struct neap_blob *blob = neap_modules_code(modules, "a", &number);
        uint64_t text;
        memcpy(&text, neap_blob_data(blob), sizeof text);
        wrong += text != number || number < generation;
        neap_blob_unref(blob);
    }
    return NULL;
}

TEST(readers_see_code_and_number_together_and_never_older_than_the_generation) {
    pthread_t readers[2];
    struct neap_module_file file = { .path = "/app/a.lua", .hash = 1 };
    struct neap_bytes b = { 0 };
    uint64_t number = 1;
    begin();
    neap_bytes_append(&b, &number, sizeof number);
    neap_modules_keep(modules, "a", &file, &b);
    for (int i = 0; i < 2; i++)
        pthread_create(&readers[i], NULL, read_code, NULL);

    for (number = 2; number <= COMMITS + 1; number++) {
        struct neap_draft *next = neap_draft_new();
        b.len = 0;
        neap_bytes_append(&b, &number, sizeof number);
        neap_draft_put(next, "a", "/app/a.lua", number, &b);
        neap_draft_affect(next, "a");
        neap_modules_commit(modules, next);
        neap_draft_free(next);
    }

    for (int i = 0; i < 2; i++)
        pthread_join(readers[i], NULL);
    EXPECT_INT(wrong, 0);
    neap_bytes_fini(&b);
    end();
}
