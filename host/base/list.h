/* list.h - an intrusive, circular, doubly linked list.
 * Owns:      nothing; an item embeds a node and belongs to whoever holds the list.
 * Threads:   whoever holds the list.
 * Bounds:    none.
 * Invariant: a node is in at most one list; one outside any list points to itself. */
#ifndef NEAP_BASE_LIST_H
#define NEAP_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct neap_list { /* head or embedded node */
    struct neap_list *prev;
    struct neap_list *next;
};

/* The item that embeds `node` as its `member`. */
#define NEAP_LIST_ITEM(node, type, member)                                               \
    ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void neap_list_init(struct neap_list *l) {
    l->prev = l->next = l;
}

static inline bool neap_list_empty(const struct neap_list *l) {
    return l->next == l;
}

static inline void neap_list_push(struct neap_list *l, struct neap_list *node) {
    node->prev = l->prev;
    node->next = l;
    l->prev->next = node;
    l->prev = node;
}

static inline void neap_list_remove(struct neap_list *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    neap_list_init(node);
}

/* The oldest node, removed, or NULL when the list is empty. */
static inline struct neap_list *neap_list_pop(struct neap_list *l) {
    struct neap_list *node = l->next;
    if (node == l)
        return NULL;
    neap_list_remove(node);
    return node;
}

/* Moves all nodes of `from` to the end of `to`. */
static inline void neap_list_move(struct neap_list *to, struct neap_list *from) {
    if (neap_list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    neap_list_init(from);
}

#endif
