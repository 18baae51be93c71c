/* scribe.h - writes text to a descriptor from a signal handler.
 * Owns:      none: a value on the handler's stack; the descriptor is lent.
 * Threads:   belongs to the one that uses it.
 * Bounds:    NEAP_SCRIBE_BYTES are collected for each system call.
 * Invariant: async-signal-safe: no lock, no malloc, no locale. */
#ifndef NEAP_VM_SCRIBE_H
#define NEAP_VM_SCRIBE_H

#include <stddef.h>
#include <stdint.h>

enum { NEAP_SCRIBE_BYTES = 2048 };

struct neap_scribe {
    int fd;
    size_t len;
    char bytes[NEAP_SCRIBE_BYTES];
};

/* --- its thread, in a signal handler ----------------------------------------- */
void neap_scribe_begin(struct neap_scribe *s, int fd);
void neap_scribe_flush(struct neap_scribe *s);

void neap_scribe_text(struct neap_scribe *s, const char *text);

/* Text of scripts: at most `max` bytes; control bytes become "?". */
void neap_scribe_foreign(struct neap_scribe *s, const char *text, size_t max);

void neap_scribe_number(struct neap_scribe *s, uint64_t n, int digits); /* at least */
void neap_scribe_hex(struct neap_scribe *s, uint64_t n);                /* "0x2a" */

/* "name      ", the beginning of a line. */
void neap_scribe_key(struct neap_scribe *s, const char *name);

/* What a file holds, from where it is on. */
void neap_scribe_copy(struct neap_scribe *s, int from);

#endif
