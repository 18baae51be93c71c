/* line.h - an encoded value as one short line, for logs and people.
 * Owns:      nothing.
 * Threads:   any; needs no Lua state.
 * Bounds:    `max` bytes, "..." included; nesting of more than LINE_DEPTH tables is "{...}".
 * Invariant: no control bytes, no line breaks. */
#ifndef NEAP_VM_LINE_H
#define NEAP_VM_LINE_H

#include "base/bytes.h"

#include <stddef.h>
#include <stdint.h>

/* --- any thread ------------------------------------------------------------ */
/* Appends the value at `at` (see vm/wire.h): a string as it is, up to its first line break;
 * an error object as its message; what a supervisor says of a child that did not start as
 * "child jobs/night did not start: " and why; other tables in Lua's notation. */
void neap_line_value(const uint8_t *at, size_t max, struct neap_bytes *out);

#endif
