/* units.h - sizes and times as people read them.
 * Owns:      none; texts are written into the caller's buffer, which is returned.
 * Threads:   any.
 * Bounds:    NEAP_UNITS bytes of text.
 * Invariant: NEAP_NO_LIMIT is "none". */
#ifndef NEAP_CLI_UNITS_H
#define NEAP_CLI_UNITS_H

#include <stdbool.h>
#include <stdint.h>

enum { NEAP_UNITS = 32 };

/* --- any thread ---------------------------------------------------------- */
const char *neap_units_bytes(uint64_t bytes, char text[NEAP_UNITS]); /* "512 B", "1.5 MiB" */
const char *neap_units_time(uint64_t ns, char text[NEAP_UNITS]); /* "1.5 ms", "2 h 5 min" */
const char *neap_units_count(uint64_t count, char text[NEAP_UNITS]);

/* Reads a time as specs have it: "500ms", "2s", "1.5m", "1h", or a number of milliseconds. False,
 * and no time, if it is none, or over a year. */
bool neap_units_read_time(const char *text, uint64_t *ns);

#endif
