/* message.h - one message on its way to a process.
 * Owns:      its payload bytes, references to `blobs`, its reason and its name.
 * Threads:   one at a time; it is handed over whole.
 * Bounds:    `cost` is what mailboxes count: header, blobs, and the payload or, if that is
 *            more, what it will take in the receiver's heap: small values grow many times
 *            when they are decoded, and nobody may kill a process by writing to it.
 * Invariant: the payload is opaque to core; vm/codec writes and reads it. */
#ifndef NEAP_CORE_MESSAGE_H
#define NEAP_CORE_MESSAGE_H

#include "base/list.h"
#include "core/pid.h"
#include "core/reason.h"

#include <stddef.h>
#include <stdint.h>

enum neap_message_kind {
    NEAP_MESSAGE_VALUE, /* payload: one value */
    NEAP_MESSAGE_TIMER, /* as VALUE; never refused */
    NEAP_MESSAGE_CALL, /* payload: name and arguments; `from` and `ref`: where to reply */
    NEAP_MESSAGE_CAST, /* payload: name and arguments */
    NEAP_MESSAGE_EXIT, /* signal {"EXIT", from, reason}; no payload; never refused */
    NEAP_MESSAGE_DOWN, /* signal {"DOWN", ref, from or name, reason}; as EXIT */
    NEAP_MESSAGE_REPLY,   /* to a call `ref`; payload: the results; never in a mailbox */
    NEAP_MESSAGE_REFUSED, /* as REPLY; payload: one error object, the call failed */
};

struct neap_message { /* open: every layer above base reads it; only its holder writes */
    struct neap_list link;
    enum neap_message_kind kind;
    uint32_t blob_count;
    uint64_t ref;              /* CALL, DOWN, REPLY: the reference; else 0 */
    struct neap_pid from;      /* CALL, EXIT, DOWN: who; else none */
    struct neap_reason reason; /* EXIT, DOWN */
    char *name;                /* DOWN of a monitor made by name; else NULL */
    size_t cost;
    size_t size;              /* payload bytes */
    struct neap_blob **blobs; /* lies behind the payload */
    uint8_t payload[];
};

/* Room for this much payload is in every message, so that it can be used again. */
enum { NEAP_MESSAGE_ROOM = 72 };

/* --- one thread at a time ------------------------------------------------- */

/* Gives a message that copied `payload` and took a reference to each of `blobs`. */
struct neap_message *neap_message_new(enum neap_message_kind kind, const void *payload,
                                      size_t size, struct neap_blob *const *blobs,
                                      uint32_t blob_count);
/* Turns `m`, of any kind, into a new message without blobs, in its old place. `size` is at
 * most NEAP_MESSAGE_ROOM. */
void neap_message_renew(struct neap_message *m, enum neap_message_kind kind,
                        const void *payload, size_t size);

/* Gives a signal; takes a reference to `reason`. */
struct neap_message *neap_message_signal(enum neap_message_kind kind,
                                         struct neap_pid from, struct neap_reason reason);
void neap_message_free(struct neap_message *m); /* NULL is allowed */

static inline int neap_message_is_signal(const struct neap_message *m) {
    return m->kind == NEAP_MESSAGE_EXIT || m->kind == NEAP_MESSAGE_DOWN;
}

/* What mailboxes never refuse and do not count against their bounds. */
static inline int neap_message_is_urgent(const struct neap_message *m) {
    return m->kind == NEAP_MESSAGE_TIMER || neap_message_is_signal(m);
}

#endif
