/* beneath.h - opening what lies below a folder, and nothing else, whatever links lead where and
 *             whoever renames meanwhile.
 * Owns:      the descriptor of the folder, from _enter until _leave.
 * Threads:   any; it waits for the disk.
 * Bounds:    none.
 * Invariant: the kernel refuses the way out while it walks (openat2), so nothing can change
 *            between a check and its use. A link below the folder is followed, as long as what
 *            it leads to lies below it, too; one with an absolute path is not. Where there is no
 *            openat2, no link is followed at all. */
#ifndef NEAP_BASE_BENEATH_H
#define NEAP_BASE_BENEATH_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

struct neap_beneath { /* a plain value */
    int folder;
    bool is_root; /* the folder is "/": nothing lies outside */
};

/* --- any thread ---------------------------------------------------------- */
/* Opens the folder, an absolute path of `size` bytes. Links in its first `anchor` bytes are
 * followed; from there on none is. 0 or -errno. */
NEAP_MUST_CHECK int neap_beneath_enter(struct neap_beneath *b, const char *path,
                                       size_t size, size_t anchor);
void neap_beneath_leave(struct neap_beneath *b);

/* openat(2) of a relative path, "" for the folder itself: a descriptor, or -errno. -EXDEV: it
 * leads out. O_CLOEXEC is added. */
int neap_beneath_open(const struct neap_beneath *b, const char *path, int flags,
                      unsigned mode);

/* What _open does where there is no openat2. */
int neap_beneath_walk(int folder, const char *path, int flags, unsigned mode);

#endif
