/* watching.h - `neap run --watch`: reloads modules when their files change.
 * Owns:      its watch on the folders, from _new until _free.
 * Threads:   main thread.
 * Bounds:    the folders that modules were loaded from, and the application's.
 * Invariant: nothing ticks while no file changes (net/watch.h). */
#ifndef NEAP_CLI_WATCHING_H
#define NEAP_CLI_WATCHING_H

struct neap_watching;
struct neap_foreground;
struct neap_runtime;
struct neap_reloading;

/* --- main thread ------------------------------------------------------------ */
/* Once app.lua was read. */
struct neap_watching *neap_watching_new(struct neap_foreground *f,
                                        struct neap_runtime *runtime,
                                        struct neap_reloading *reloading);
void neap_watching_free(struct neap_watching *w); /* NULL is allowed */

/* Modules were loaded: there may be new folders. */
void neap_watching_sync(struct neap_watching *w);

#endif
