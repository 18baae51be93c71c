/* json.h - writes JSON into bytes.
 * Owns:      none; the bytes are the caller's.
 * Threads:   one at a time.
 * Bounds:    none.
 * Invariant: valid JSON whatever the texts hold: control bytes are escaped, what is not
 *            UTF-8 becomes U+FFFD. Commas come by themselves: no state but the bytes.
 *
 *     neap_json_open(out, '{');
 *     neap_json_key(out, "pid");
 *     neap_json_text(out, "17.3");
 *     neap_json_close(out, '}'); */
#ifndef NEAP_CLI_JSON_H
#define NEAP_CLI_JSON_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* --- one thread at a time ------------------------------------------------- */
void neap_json_open(struct neap_bytes *out, char bracket);
void neap_json_close(struct neap_bytes *out, char bracket);
void neap_json_key(struct neap_bytes *out, const char *key);
void neap_json_text(struct neap_bytes *out, const char *text);
void neap_json_u64(struct neap_bytes *out, uint64_t value);
void neap_json_number(struct neap_bytes *out, double value); /* which is finite */
void neap_json_ms(struct neap_bytes *out, uint64_t ns); /* nanoseconds as milliseconds */
void neap_json_bool(struct neap_bytes *out, bool value);
void neap_json_null(struct neap_bytes *out);

#endif
