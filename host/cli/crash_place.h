/* crash_place.h - where a node leaves its crash file, and how many stay there.
 * Owns:      none.
 * Threads:   main thread.
 * Bounds:    NEAP_CRASH_KEPT files for each name of a node.
 * Invariant: nothing is removed but files of ours, called NAME-NUMBER.crash.
 *
 * DIR/NAME-OSPID.crash; without --crash-dir beside the control socket (net/socket_path.h). */
#ifndef NEAP_CLI_CRASH_PLACE_H
#define NEAP_CLI_CRASH_PLACE_H

#include "vm/crash_file.h"

#include <stdbool.h>

enum { NEAP_CRASH_KEPT = 10 }; /* with the one that may come */

/* --- main thread ------------------------------------------------------------ */
/* The path of this node's file. `dir`: an absolute path, or NULL for the default, which is
 * made if it is not there. False: there is no such place, or the path is too long. */
bool neap_crash_place_find(const char *dir, const char *name, char path[NEAP_CRASH_PATH]);

/* Removes the oldest of what former nodes of that name have left beside `path`. */
void neap_crash_place_tidy(const char *path, const char *name);

#endif
