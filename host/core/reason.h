/* reason.h - why a process ended.
 * Owns:      a reference to `value`, when it has one.
 * Threads:   any; a plain value, except for _ref and _unref.
 * Bounds:    `value` is at most NEAP_REASON_BYTES (the codec cuts it).
 * Invariant: value is set exactly when word is NEAP_REASON_VALUE. */
#ifndef NEAP_CORE_REASON_H
#define NEAP_CORE_REASON_H

#include "core/blob.h"

#include <stdbool.h>

enum { NEAP_REASON_BYTES = 64 * 1024 };

enum neap_reason_word {
    NEAP_REASON_NORMAL,
    NEAP_REASON_SHUTDOWN,
    NEAP_REASON_KILL, /* as sent; the process that gets it by neap.exit ends "killed" */
    NEAP_REASON_KILLED,
    NEAP_REASON_NOPROC,
    NEAP_REASON_NOCONNECTION,
    NEAP_REASON_VALUE, /* any other value, encoded by vm/codec; opaque to core */
};

struct neap_reason {
    enum neap_reason_word word;
    bool orderly; /* normal, shutdown, {"shutdown", x}: no crash report */
    struct neap_blob *value;
};

/* --- any thread ---------------------------------------------------------- */
static inline struct neap_reason neap_reason_of(enum neap_reason_word word) {
    bool orderly = word == NEAP_REASON_NORMAL || word == NEAP_REASON_SHUTDOWN;
    return (struct neap_reason){ word, orderly, NULL };
}

static inline struct neap_reason neap_reason_ref(struct neap_reason reason) {
    if (reason.value != NULL)
        neap_blob_ref(reason.value);
    return reason;
}

static inline void neap_reason_unref(struct neap_reason reason) {
    neap_blob_unref(reason.value);
}

/* "normal", "shutdown", ...; NULL for NEAP_REASON_VALUE. */
const char *neap_reason_text(enum neap_reason_word word);

#endif
