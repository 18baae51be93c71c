/* file.h - a process's operation on the file system, on a thread of libuv's pool.
 * Owns:      its path, data and result; it hangs on the process as a resource.
 * Threads:   see the headings; the work itself is done by a thread of the pool.
 * Bounds:    one for each process; its data is what the process gave, its result at most
 *            `max` and `memory`. No new one while NEAP_FILE_ORPHANS of ended processes are
 *            still in flight in the node.
 * Invariant: the process may end at any time: what was not begun is dropped; what runs is
 *            cancelled and freed when the pool is done with it, by the loop, which runs
 *            until then when it is freed.
 *
 *   NEW --begin--> RUNNING --work ends, a notice--> DONE
 *    |                '--owner ends--> ORPHAN --work ends--> freed
 *    '--owner ends, free--> freed <--owner ends, free-- DONE */
#ifndef NEAP_NET_FILE_H
#define NEAP_NET_FILE_H

#include "base/assert.h"
#include "net/file_job.h"

struct neap_blob;
struct neap_process;
struct neap_file;
struct uv_loop_s;

enum { NEAP_FILE_ORPHANS = 64 };

struct neap_file_request { /* a plain value; all of it is lent for the call */
    enum neap_file_verb verb;
    const char *path; /* absolute, and as in file_job.h, with the next two */
    size_t folder, anchor;
    const char *given;      /* for people */
    struct neap_blob *data; /* WRITE, APPEND: a reference is taken; or NULL */
    const void *bytes;      /* and these are copied */
    size_t size;
    uint64_t max, memory, offset, length; /* as in file_job.h */
    bool follow;
};

/* --- the owner's slice, or its worker between slices -------------------------- */
/* Makes the operation of `owner`, in the place of one that was never begun: 0, or
 * NEAP_ELIMIT when too many are orphans. */
NEAP_MUST_CHECK int neap_file_new(struct neap_process *owner,
                                  const struct neap_file_request *request);

/* The operation of `owner`, or NULL. */
struct neap_file *neap_file_of(const struct neap_process *owner);

/* Begins it; `loop` is that of the owner's worker. NEAP_EVENT_IO follows. */
void neap_file_begin(struct neap_file *f, struct uv_loop_s *loop);

bool neap_file_is_done(const struct neap_file *f);
const struct neap_file_job *neap_file_job_of(const struct neap_file *f); /* once done */
const char *neap_file_path(const struct neap_file *f);                   /* as given */

/* Not while it runs. NULL is allowed. */
void neap_file_free(struct neap_file *f);

#endif
