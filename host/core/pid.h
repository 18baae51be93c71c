/* pid.h - the id of one process, for ever.
 * Owns:      none; a plain value.
 * Threads:   any.
 * Bounds:    2^32 slots, 2^64 generations: a pid is never used twice.
 * Invariant: {slot, generation} is unique in a node; `tag` is the node's random number, so
 *            a pid of another node (or of a former run) names nothing here. */
#ifndef NEAP_CORE_PID_H
#define NEAP_CORE_PID_H

#include <stdbool.h>
#include <stdint.h>

struct neap_pid {
    uint64_t generation; /* 0: no process */
    uint32_t slot;
    uint32_t tag;
};

enum { NEAP_PID_TEXT = 40 }; /* room for neap_pid_format */

static inline bool neap_pid_is_none(struct neap_pid pid) {
    return pid.generation == 0;
}

static inline bool neap_pid_equal(struct neap_pid a, struct neap_pid b) {
    return a.generation == b.generation && a.slot == b.slot && a.tag == b.tag;
}

/* "17.3" (slot and generation), or "-" for none: for people only. The tag is never shown.
 * Returns `text`. */
const char *neap_pid_format(struct neap_pid pid, char text[NEAP_PID_TEXT]);

/* Reads "17.3" as an operator typed it; the tag is left 0. False: it is something else. */
bool neap_pid_parse(const char *text, struct neap_pid *pid);

#endif
