/* app_path.h - the application that was named on the command line.
 * Owns:      none.
 * Threads:   main thread.
 * Bounds:    none.
 * Invariant: what it gives is absolute and can be opened now. */
#ifndef NEAP_CLI_APP_PATH_H
#define NEAP_CLI_APP_PATH_H

/* --- main thread ------------------------------------------------------------ */
/* Gives the absolute path of a directory with app.lua, or of a file, to be freed with
 * neap_free; or NULL after a complaint of `command`. */
char *neap_app_path(const char *command, const char *given);

#endif
