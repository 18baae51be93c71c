#include "core/mailbox.h"

#include "base/error.h"

static struct neap_message *message_of(struct neap_list *node) {
    return NEAP_LIST_ITEM(node, struct neap_message, link);
}

void neap_mailbox_init(struct neap_mailbox *box, uint64_t max_messages, uint64_t max_bytes) {
    *box = (struct neap_mailbox){ .max_messages = max_messages, .max_bytes = max_bytes };
    neap_list_init(&box->messages);
    box->seen = &box->messages;
}

void neap_mailbox_fini(struct neap_mailbox *box) {
    struct neap_list *node;
    while ((node = neap_list_pop(&box->messages)) != NULL)
        neap_message_free(message_of(node));
    box->seen = &box->messages;
    box->count = box->bytes = box->urgent = box->urgent_bytes = 0;
}

bool neap_mailbox_never_fits(const struct neap_mailbox *box, const struct neap_message *m) {
    return !neap_message_is_urgent(m) &&
           (m->cost > box->max_bytes || box->max_messages == 0);
}

bool neap_mailbox_fits(const struct neap_mailbox *box, const struct neap_message *m) {
    if (neap_message_is_urgent(m))
        return true;
    return box->count < box->max_messages && m->cost <= box->max_bytes &&
           box->bytes <= box->max_bytes - m->cost;
}

int neap_mailbox_push(struct neap_mailbox *box, struct neap_message *m) {
    if (!neap_mailbox_fits(box, m))
        return NEAP_EFULL;
    if (neap_message_is_urgent(m)) {
        box->urgent++;
        box->urgent_bytes += m->cost;
    } else {
        box->count++;
        box->bytes += m->cost;
    }
    neap_list_push(&box->messages, &m->link);
    return 0;
}

void neap_mailbox_rewind(struct neap_mailbox *box) {
    box->seen = &box->messages;
}

struct neap_message *neap_mailbox_next(struct neap_mailbox *box) {
    if (box->seen->next == &box->messages)
        return NULL;
    box->seen = box->seen->next;
    return message_of(box->seen);
}

struct neap_message *neap_mailbox_seen(const struct neap_mailbox *box) {
    return box->seen == &box->messages ? NULL : message_of(box->seen);
}

void neap_mailbox_take(struct neap_mailbox *box, struct neap_message *m) {
    if (box->seen == &m->link)
        box->seen = m->link.prev;
    neap_list_remove(&m->link);
    if (neap_message_is_urgent(m)) {
        NEAP_ASSERT(box->urgent > 0);
        box->urgent--;
        box->urgent_bytes -= m->cost;
    } else {
        NEAP_ASSERT(box->count > 0 && box->bytes >= m->cost);
        box->count--;
        box->bytes -= m->cost;
    }
}
