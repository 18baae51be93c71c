/* watch.h - tells when Lua files in some folders change.
 * Owns:      its handles on the foreground's loop, from _new until _free.
 * Threads:   main thread.
 * Bounds:    one handle per folder; all that changes within NEAP_WATCH_MS is told once.
 * Invariant: the system tells of changes: nothing ticks while nothing happens. It may tell of
 *            one that is none; who is told looks. A folder that is added is told of once, for
 *            what changed before it was watched. */
#ifndef NEAP_NET_WATCH_H
#define NEAP_NET_WATCH_H

enum { NEAP_WATCH_MS = 50 }; /* an editor writes a file in several steps */

struct neap_watch;
struct neap_foreground;

struct neap_watch_events { /* a plain value */
    void (*on_change)(void *context);
    /* The folder can not be watched; `err` is the system's. */
    void (*on_failure)(void *context, const char *folder, int err);
    void *context;
};

/* --- main thread ------------------------------------------------------------ */
struct neap_watch *neap_watch_new(struct neap_foreground *f,
                                  const struct neap_watch_events *events);

/* The memory goes when the loop next runs (neap_foreground_free does). NULL is allowed. */
void neap_watch_free(struct neap_watch *w);

/* Watches the folder, but not those in it. Nothing if it is watched already. */
void neap_watch_add(struct neap_watch *w, const char *folder);

#endif
