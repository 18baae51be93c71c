#include "vm/draft.h"

#include "core/blob.h"
#include "test/test.h"

static struct neap_draft *draft;

static void put(const char *name) {
    struct neap_bytes code = { 0 };
    neap_bytes_text(&code, name);
    neap_draft_put(draft, name, "/x.lua", 1, &code);
    neap_bytes_fini(&code);
}

TEST(a_draft_gives_its_modules_in_order) {
    draft = neap_draft_new();
    put("a");
    put("b");

    struct neap_draft_module *first = neap_draft_next(draft, NULL);
    struct neap_draft_module *second = neap_draft_next(draft, first);

    EXPECT_STR(first->name, "a");
    EXPECT_STR(second->name, "b");
    EXPECT_NULL(neap_draft_next(draft, second));
    EXPECT_PTR(neap_draft_find(draft, "b"), second);
    EXPECT_NULL(neap_draft_find(draft, "c"));
    EXPECT_BYTES(neap_blob_data(first->bytecode), neap_blob_size(first->bytecode), "a", 1);
    neap_draft_free(draft);
}

TEST(a_module_is_affected_once) {
    draft = neap_draft_new();

    neap_draft_affect(draft, "a");
    neap_draft_affect(draft, "b");
    neap_draft_affect(draft, "a");

    EXPECT_U64(neap_draft_affected(draft)->count, 2);
    neap_draft_free(draft);
    neap_draft_free(NULL);
}
