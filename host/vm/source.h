/* source.h - the text of a Lua file, and by what it is known again.
 * Owns:      none; texts go into the caller's bytes.
 * Threads:   any; it waits for the disk.
 * Bounds:    a file is at most NEAP_SOURCE_BYTES.
 * Invariant: a file is compared by what it says, not by its time: editors, copies and version
 *            control set times as they like, and two writes can fall into one tick. */
#ifndef NEAP_VM_SOURCE_H
#define NEAP_VM_SOURCE_H

#include "base/bytes.h"

enum { NEAP_SOURCE_BYTES = 16 * 1024 * 1024 };

/* --- any thread ---------------------------------------------------------- */
/* 0 and the bytes, or an errno value. EFBIG: too large; EISDIR and the like as they come. */
int neap_source_read(const char *path, struct neap_bytes *out);

/* The same for a path below the folder `root`: EXDEV if it, or a link on its way, is not. */
int neap_source_read_below(const char *root, const char *path, struct neap_bytes *out);

/* Of the text as it was read. Two texts with the same are taken for the same one. */
uint64_t neap_source_hash(const struct neap_bytes *text);

/* "#!/usr/bin/env neap" becomes a comment; lines keep their numbers. */
void neap_source_hide_shebang(struct neap_bytes *text);

#endif
