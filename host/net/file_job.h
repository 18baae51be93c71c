/* file_job.h - one thing done to the file system, by a thread that may block.
 * Owns:      its result, from _run until _fini; what is asked for is lent until then.
 * Threads:   one at a time; `cancelled` is set by any.
 * Bounds:    `max` (the caller's) and `memory` (what the caller may hold at all) of the
 *            result; nothing is reserved beyond the smaller one.
 * Invariant: after _run no descriptor is open, and no temporary file is there. Only regular
 *            files are opened for reading and writing, so nothing waits for a peer: a pipe,
 *            a device are refused before they are opened. And nothing is reached that does
 *            not lie below the folder, whatever links there are. */
#ifndef NEAP_NET_FILE_JOB_H
#define NEAP_NET_FILE_JOB_H

#include "base/beneath.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEAP_FILE_TEXT = 128 };

enum neap_file_verb {
    NEAP_FILE_READ,
    NEAP_FILE_WRITE, /* all of it or nothing: a temporary file takes the place */
    NEAP_FILE_APPEND,
    NEAP_FILE_LIST,
    NEAP_FILE_STAT,
    NEAP_FILE_REMOVE, /* a file or an empty directory */
    NEAP_FILE_MKDIR,
    NEAP_FILE_VERBS,
};

enum neap_file_type {
    NEAP_FILE_IS_FILE,
    NEAP_FILE_IS_DIRECTORY,
    NEAP_FILE_IS_LINK,
    NEAP_FILE_IS_OTHER,
};

struct neap_file_facts { /* a plain value: what STAT finds out */
    enum neap_file_type type;
    unsigned mode; /* permissions: 07777 */
    uint64_t size;
    uint64_t inode;
    uint64_t device;
    double modified; /* seconds since the epoch */
};

struct neap_file_job { /* embedded */
    /* --- what to do --- */
    enum neap_file_verb verb;
    const char *path; /* absolute, without "." and ".." */
    size_t folder; /* so many bytes of it are the folder that it must not leave; 0: "/" */
    size_t anchor; /* and so many of these may be links (beneath.h) */
    const void *data; /* WRITE, APPEND */
    size_t size;
    uint64_t max;    /* READ: bytes; LIST: names */
    uint64_t memory; /* bytes of the result */
    uint64_t offset; /* READ */
    uint64_t length; /* READ: at most; UINT64_MAX: to the end */
    bool follow;     /* STAT: of what a link leads to */

    /* Set once by the thread that wants it to end early, looked at now and then by the one
     * that runs it. Relaxed: a little later will do. */
    _Atomic(int) cancelled;

    /* --- what came of it --- */
    int err;          /* 0, -errno, NEAP_ELIMIT (max), NEAP_EMEMORY (memory) */
    const char *what; /* why it was refused: "it is a pipe", or NULL */
    uint64_t used;    /* NEAP_ELIMIT, NEAP_EMEMORY: what there was, at least */
    char *bytes;      /* READ, LIST */
    size_t len;
    size_t room;
    const char **names; /* LIST: sorted, in `bytes` */
    size_t count;
    struct neap_file_facts facts;

    /* --- while it runs --- */
    struct neap_beneath beneath; /* the folder */
    const char *rest;            /* of `path`, below it */
};

/* --- any thread, one at a time ---------------------------------------------------- */
void neap_file_job_run(struct neap_file_job *job); /* once; blocks */
void neap_file_job_fini(struct neap_file_job *job);

/* Of an error of the system: "ENOENT", and "no such file or directory" in `text`. */
const char *neap_file_error(int err, char text[NEAP_FILE_TEXT]);

/* --- for the files of file_job alone ------------------------------------------------ */
int neap_file_read(struct neap_file_job *job);  /* file_read.c */
int neap_file_write(struct neap_file_job *job); /* file_write.c */
int neap_file_append(struct neap_file_job *job);

bool neap_file_is_cancelled(const struct neap_file_job *job);

/* 0 for a regular file; else the error, with `what` it is. */
int neap_file_check_regular(struct neap_file_job *job, unsigned mode);

/* Opens the folder that the last part of `rest`, a path below the job's folder, lies in:
 * 0, with that part, or -errno. The folder stays the same one, whatever is renamed meanwhile. */
int neap_file_open_folder(struct neap_file_job *job, const char *rest, int *fd,
                          const char **name);

/* Opens a regular file and gives what it is. */
int neap_file_open(struct neap_file_job *job, int flags, int *fd, uint64_t *size);

/* Makes room for `room` bytes of result in all: 0 or -ENOMEM. */
int neap_file_reserve(struct neap_file_job *job, uint64_t room);

#endif
