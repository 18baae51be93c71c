#include "core/resource.h"

#include "core/process_fields.h"

void neap_resource_add(struct neap_process *owner, struct neap_resource *resource,
                       const struct neap_resource_kind *kind) {
    resource->kind = kind;
    resource->owner = owner;
    neap_list_push(&owner->resources, &resource->link);
}

void neap_resource_drop(struct neap_resource *resource) {
    if (resource->owner == NULL)
        return;
    resource->owner = NULL;
    neap_list_remove(&resource->link);
}

struct neap_resource *neap_resource_find(const struct neap_process *owner,
                                         const struct neap_resource_kind *kind) {
    const struct neap_list *all = &owner->resources;
    for (struct neap_list *at = all->next; at != all; at = at->next) {
        struct neap_resource *r = NEAP_LIST_ITEM(at, struct neap_resource, link);
        if (r->kind == kind)
            return r;
    }
    return NULL;
}

void neap_resource_notify(struct neap_resource *resource) {
    struct neap_process *p = resource->owner;
    neap_lock_take(&p->lock);
    neap_process_wake(p, NEAP_EVENT_IO);
    neap_lock_give(&p->lock);
}

void neap_resource_release_all(struct neap_process *p) {
    struct neap_list *node;
    while ((node = neap_list_pop(&p->resources)) != NULL) {
        struct neap_resource *r = NEAP_LIST_ITEM(node, struct neap_resource, link);
        r->kind->release(r);
    }
}
