/* complain.h - what went wrong, in one line on standard error.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    a line is cut at 2 KiB.
 * Invariant: one line, whatever the arguments hold: control bytes become '?'. */
#ifndef NEAP_CLI_COMPLAIN_H
#define NEAP_CLI_COMPLAIN_H

#include "base/assert.h"

/* --- any thread ---------------------------------------------------------- */
/* Prints "neap COMMAND: ..."; without a command "neap: ...". */
void neap_complain(const char *command, const char *fmt, ...) NEAP_PRINTF(2, 3);

/* As above, and gives the exit code of a usage error. */
int neap_usage_error(const char *command, const char *fmt, ...) NEAP_PRINTF(2, 3);

#endif
