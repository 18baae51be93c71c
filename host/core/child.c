#include "core/child.h"

#include "base/alloc.h"
#include "core/node.h"
#include "core/process_fields.h"

struct shown {
    struct neap_list link;
    struct neap_child child;
};

static struct shown *shown_of(struct neap_list *node) {
    return NEAP_LIST_ITEM(node, struct shown, link);
}

void neap_child_put(struct neap_process *self, const struct neap_child *child) {
    neap_lock_take(&self->lock);
    struct shown *s = neap_map_get(&self->shown_by_key, child->key);
    if (s == NULL) {
        s = neap_alloc(sizeof *s);
        neap_list_push(&self->shown, &s->link);
        neap_map_put(&self->shown_by_key, child->key, s);
    }
    s->child = *child;
    neap_lock_give(&self->lock);
}

void neap_child_remove(struct neap_process *self, uint64_t key) {
    neap_lock_take(&self->lock);
    struct shown *s = neap_map_remove(&self->shown_by_key, key);
    if (s != NULL)
        neap_list_remove(&s->link);
    neap_lock_give(&self->lock);
    neap_free(s);
}

/* Holder of the lock. */
static struct neap_child *copy_all(struct neap_process *p, size_t *count) {
    *count = p->shown_by_key.count;
    if (*count == 0)
        return NULL;
    struct neap_child *all = neap_alloc(*count * sizeof *all);
    size_t n = 0;
    for (struct neap_list *at = p->shown.next; at != &p->shown; at = at->next)
        all[n++] = shown_of(at)->child;
    return all;
}

struct neap_child *neap_child_list(struct neap_node *node, struct neap_pid pid,
                                   size_t *count) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    struct neap_child *all = NULL;
    *count = 0;
    if (p == NULL)
        return NULL;
    neap_lock_take(&p->lock);
    if (neap_process_is(p, pid))
        all = copy_all(p, count);
    neap_lock_give(&p->lock);
    return all;
}

void neap_child_drop_all(struct neap_process *self) {
    neap_lock_take(&self->lock);
    struct neap_list *node;
    while ((node = neap_list_pop(&self->shown)) != NULL)
        neap_free(shown_of(node));
    neap_map_fini(&self->shown_by_key);
    neap_lock_give(&self->lock);
}
