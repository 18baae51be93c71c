/* grant.h - one capability: what a process may reach beyond itself, and how it is written.
 * Owns:      its texts, until _fini.
 * Threads:   any; it does not change once it is part of a set (grants.h).
 * Bounds:    a text is at most NEAP_GRANT_BYTES.
 * Invariant: what is the same capability has the same text: paths are absolute inside, and
 *            shown as what they are below the application's folder.
 *
 *   net             listening, connecting
 *   fs, fs:PATH     reading and writing below the application's folder, or below PATH
 *   read, read:PATH reading there only
 *   exec            starting programs
 *   env             os.getenv
 *   native:MODULE   a C module
 *   ffi             the FFI
 *   control         ending processes that it did not spawn, and asking their supervisors
 *   names, names:PREFIX  the registry: all names, or those that begin with PREFIX
 *
 * A PATH is absolute, or begins at the application's folder; "." and double slashes are taken
 * out, ".." is refused. */
#ifndef NEAP_CORE_GRANT_H
#define NEAP_CORE_GRANT_H

#include "base/assert.h"

#include <stdbool.h>
#include <stddef.h>

enum { NEAP_GRANT_BYTES = 1024, NEAP_GRANT_WHY = 512 };

/* A set of bits: what is asked often is a test of one. */
enum neap_capability {
    NEAP_GRANT_NET = 1,
    NEAP_GRANT_FS = 2,   /* below a folder */
    NEAP_GRANT_READ = 4, /* below a folder */
    NEAP_GRANT_EXEC = 8,
    NEAP_GRANT_ENV = 16,
    NEAP_GRANT_NATIVE = 32, /* of one module */
    NEAP_GRANT_FFI = 64,
    NEAP_GRANT_CONTROL = 128,
    NEAP_GRANT_NAMES = 256,        /* all */
    NEAP_GRANT_NAMES_PREFIX = 512, /* some */
};

struct neap_grant { /* a plain value, but for what it owns */
    enum neap_capability capability;
    char *text;    /* as it is written */
    char *what;    /* the folder, absolute; the module; the prefix; or NULL */
    size_t anchor; /* FS, READ: so much of `what` is the folder that was granted first:
                          from there on no link is followed to get to `what` (beneath.h) */
};

/* --- any thread ---------------------------------------------------------- */
/* Reads one. `folder` is the application's, absolute. 0; NEAP_EINVALID: there is no such
 * capability, and `why` says what is expected; NEAP_ELIMIT: there is, but not in this form,
 * and `why` says so. `why` follows on 'X is "text"; '. */
NEAP_MUST_CHECK int neap_grant_read(struct neap_grant *g, const char *folder,
                                    const char *text, size_t size,
                                    char why[NEAP_GRANT_WHY]);
struct neap_grant neap_grant_copy(const struct neap_grant *g);
void neap_grant_fini(struct neap_grant *g);

/* Who has `g` has `other`, too. */
bool neap_grant_covers(const struct neap_grant *g, const struct neap_grant *other);

/* FS and READ: whether `path`, absolute and without "." and "..", is the folder or below. */
bool neap_grant_has_path(const struct neap_grant *g, const char *path);

/* What of a normalized `path` lies below `folder`, "" for itself; NULL: it does not. */
const char *neap_path_below(const char *folder, const char *path);

/* Takes "." and double slashes out of an absolute path, in place, and with ".." the part before
 * it: true. Without `up`, ".." is not taken: false when there is one. */
bool neap_path_normalize(char *path, bool up);

#endif
