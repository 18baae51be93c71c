/* scratch.h - where a carrier encodes the value it is about to send.
 * Owns:      its buffers, which are reused. It borrows `blobs` from the buffer userdata of
 *            the value being encoded: make the message before the value leaves the stack.
 * Threads:   one carrier at a time.
 * Bounds:    `max` bytes per value; over NEAP_SCRATCH_KEEP it is given back at next use;
 *            NEAP_SCRATCH_SPARES small messages.
 * Invariant: usable after _begin whatever was abandoned before it: a process that is
 *            discarded in the middle of encoding leaves nothing behind but old bytes. */
#ifndef NEAP_VM_SCRATCH_H
#define NEAP_VM_SCRATCH_H

#include "base/bytes.h"
#include "core/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NEAP_SCRATCH_KEEP = 1024 * 1024,
    NEAP_SCRATCH_ERROR = 1024,
    NEAP_SCRATCH_PROBLEM = 160,
    NEAP_SCRATCH_SPARES = 32,
};

struct neap_seen_cell { /* of the current round exactly when `round` is the scratch's */
    const void *key;
    uint64_t value;
    uint32_t round;
};

struct neap_scratch { /* embedded per carrier; read `error`, `used` and `max` freely */
    struct neap_bytes bytes;                          /* the payload */
    struct neap_message *spares[NEAP_SCRATCH_SPARES]; /* messages to use again */
    uint32_t spare_count;
    struct neap_blob **blobs;
    uint32_t blob_count;
    uint32_t blob_cap;
    struct neap_seen_cell *seen; /* open addressing: tables and functions already met */
    uint32_t seen_mask;
    uint32_t seen_count;
    uint32_t round;
    size_t heap; /* roughly what the value takes in the receiver's state, without blobs: a
                    table of small numbers takes 8 to 24 times its bytes there */
    size_t used; /* NEAP_ELIMIT: what was asked for; at least this much */
    size_t max;  /* and what is allowed */
    char error[NEAP_SCRATCH_ERROR]; /* NEAP_EINVALID, NEAP_ELIMIT: `msg.items[3] is ...` */
    char problem[NEAP_SCRATCH_PROBLEM]; /* while unwinding: "is a function" */
    char place[100];  /* while unwinding: of a function, " (jobs.lua:12)" */
    char owner[160];  /* " of worker (jobs.lua:12)", behind the path */
    uint32_t path_at; /* the path grows down from the end of `error` */
    int path_keep;    /* levels shown, from the root on */
    bool path_cut;    /* inner levels were left out */
    bool path_done;   /* it names a function: outer levels add nothing */
    bool wants_name;  /* the level above knows the function's name */
};

/* --- the carrier ----------------------------------------------------------- */
void neap_scratch_init(struct neap_scratch *s);
void neap_scratch_fini(struct neap_scratch *s);
void neap_scratch_begin(struct neap_scratch *s, size_t max_bytes); /* the codec calls it */

/* The same for a value whose bytes are ready: it can not fail, and refers to nothing. */
void neap_scratch_set(struct neap_scratch *s, const void *bytes, size_t size);

/* Gives a message with what was encoded last. Never touches Lua: call it in a critical
 * section, so that a kill can not come between it and the message's first owner. */
struct neap_message *neap_scratch_message(struct neap_scratch *s,
                                          enum neap_message_kind kind);
/* Of the buffers that the value holds, all together. */
size_t neap_scratch_blob_bytes(const struct neap_scratch *s);
/* Takes a message that is done with: the next small one may be made of it. What it refers
 * to is released then, or when `s` is; so one that holds more than a few bytes is freed. */
void neap_scratch_recycle(struct neap_scratch *s, struct neap_message *m);
/* Gives the payload alone, with one reference. The value must hold no buffers. */
struct neap_blob *neap_scratch_blob(const struct neap_scratch *s);

/* For vm/codec and vm/snapshot only. */
uint32_t neap_scratch_add_blob(struct neap_scratch *s, struct neap_blob *blob);
/* The value remembered for `key`, or NULL after remembering `value` for it. Valid until
 * the next call. */
const uint64_t *neap_scratch_seen(struct neap_scratch *s, const void *key, uint64_t value);

/* The text of a failure, from the inside out: _fail at the value, _path at each level
 * around it, _finish at the root. */
int neap_scratch_fail(struct neap_scratch *s, int err, const char *fmt, ...)
    NEAP_PRINTF(3, 4);
void neap_scratch_path(struct neap_scratch *s, const char *text, size_t size);
/* The same at the border of a function: what came so far lies in its upvalue `name`. */
void neap_scratch_path_upvalue(struct neap_scratch *s, const char *name, const char *place);
/* Answers `wants_name`. */
void neap_scratch_path_name(struct neap_scratch *s, const char *name);
void neap_scratch_finish(struct neap_scratch *s, const char *root);

#endif
