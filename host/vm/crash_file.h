/* crash_file.h - what a node leaves behind that ends by a fault of its own.
 * Owns:      nothing; what is armed is lent until something else is.
 * Threads:   _arm: main thread. _write: any, in the handler of a fault.
 * Bounds:    one file: at most 64 calls, the last lines of the log, and /proc/self/maps.
 * Invariant: async-signal-safe: what it needs was prepared before, and nothing is waited for
 *            that the thread which crashed could hold. What is told first is what is surest;
 *            a fault while writing ends the program with what was written so far.
 *
 * One for each OS process, like the handlers. Two threads that crash at once write one file:
 * the second waits for a while for the first to end the program. */
#ifndef NEAP_VM_CRASH_FILE_H
#define NEAP_VM_CRASH_FILE_H

#include <limits.h>
#include <signal.h>

enum { NEAP_CRASH_PATH = PATH_MAX };

struct neap_log_ring;

struct neap_crash_file { /* a plain value; texts are lent */
    char path[NEAP_CRASH_PATH];
    const char *version;
    const struct neap_log_ring *log;
};

/* --- main thread ------------------------------------------------------------ */
/* From now on a crash is written to `file->path`; NULL: nowhere. */
void neap_crash_file_arm(const struct neap_crash_file *file);

/* --- the handler of a fault, on any thread ----------------------------------- */
/* Writes the file, and one line to standard error that says where it is. Nothing if none is
 * armed. `context` is the handler's third argument. */
void neap_crash_file_write(int signal, const char *name, const siginfo_t *info,
                           const void *context);

#endif
