#include "vm/draft.h"

#include "base/alloc.h"
#include "core/blob.h"

#include <string.h>

struct neap_draft {
    struct neap_list modules;
    struct neap_strings affected;
};

struct neap_draft *neap_draft_new(void) {
    struct neap_draft *d = neap_calloc(1, sizeof *d);
    neap_list_init(&d->modules);
    return d;
}

static struct neap_draft_module *module_of(struct neap_list *node) {
    return NEAP_LIST_ITEM(node, struct neap_draft_module, link);
}

static void free_module(struct neap_draft_module *module) {
    neap_free(module->name);
    neap_free(module->path);
    neap_blob_unref(module->bytecode);
    neap_strings_fini(&module->requires);
    neap_free(module);
}

void neap_draft_free(struct neap_draft *d) {
    if (d == NULL)
        return;
    struct neap_list *node;
    while ((node = neap_list_pop(&d->modules)) != NULL)
        free_module(module_of(node));
    neap_strings_fini(&d->affected);
    neap_free(d);
}

void neap_draft_put(struct neap_draft *d, const char *name, const char *path,
                    uint64_t hash, const struct neap_bytes *bytecode) {
    struct neap_draft_module *module = neap_calloc(1, sizeof *module);
    module->name = neap_strdup(name);
    module->path = neap_strdup(path);
    module->hash = hash;
    module->bytecode = neap_blob_new(bytecode->data, bytecode->len);
    neap_list_push(&d->modules, &module->link);
}

struct neap_draft_module *neap_draft_next(struct neap_draft *d,
                                          struct neap_draft_module *former) {
    struct neap_list *node = former == NULL ? d->modules.next : former->link.next;
    return node == &d->modules ? NULL : module_of(node);
}

struct neap_draft_module *neap_draft_find(struct neap_draft *d, const char *name) {
    struct neap_draft_module *module = NULL;
    while ((module = neap_draft_next(d, module)) != NULL)
        if (strcmp(module->name, name) == 0)
            return module;
    return NULL;
}

void neap_draft_affect(struct neap_draft *d, const char *name) {
    if (!neap_strings_has(&d->affected, name))
        neap_strings_add(&d->affected, name);
}

const struct neap_strings *neap_draft_affected(const struct neap_draft *d) {
    return &d->affected;
}
