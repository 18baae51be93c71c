/* error.h - the host's error codes and their words.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: one list with three spellings by rule: NEAP_EFULL here, "full" in Lua (the
 *            `kind` of lua/neap/error.lua), `reason=full` in logs.
 *
 * Codes are negative. libuv's (-1 to -4095) pass through unchanged, ours start at -10001,
 * so neap_strerror serves both. */
#ifndef NEAP_BASE_ERROR_H
#define NEAP_BASE_ERROR_H

enum neap_error {
    NEAP_ENOPROC = -10001, /* no such process, or no process of that name */
    NEAP_EFULL = -10002,   /* the mailbox has no room */
    NEAP_ETAKEN = -10003,  /* the name belongs to another process */
    NEAP_ELIMIT = -10004,  /* a limit of the caller refuses the call */
    NEAP_EWAIT = -10005,   /* not done yet: the caller has to wait */
    NEAP_ETIMEOUT = -10006,
    NEAP_EINVALID = -10007, /* not sendable, not readable, not understood */
    NEAP_EMEMORY = -10008,  /* no address space or memory left for a process */
    NEAP_EEXIT = -10009,    /* the other side ended */
    NEAP_EDEADLOCK = -10010,
    NEAP_ECLOSED = -10011, /* who was to get or give it is gone */
    NEAP_EDENIED = -10012, /* the process lacks the capability */
};

/* --- any thread ---------------------------------------------------------- */
const char *neap_error_kind(int err); /* the word: "full"; "system" for what is not ours */
const char *neap_strerror(int err);   /* a sentence */

#endif
