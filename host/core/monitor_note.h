/* monitor_note.h - what a watcher remembers of one monitor; for the files of core alone.
 * Owns:      its name.
 * Threads:   holder of the watcher's lock.
 * Bounds:    see monitor.h.
 * Invariant: `target` is only locked and asked for `ref`, which no other process has. */
#ifndef NEAP_CORE_MONITOR_NOTE_H
#define NEAP_CORE_MONITOR_NOTE_H

struct neap_process;

struct neap_monitor_note {
    struct neap_process *target; /* NULL: it was never found */
    char *name;
};

#endif
