/* wire.h - the bytes of an encoded value: what vm/codec writes and others read.
 * Owns:      nothing.
 * Threads:   any.
 * Bounds:    none; the bytes are trusted: only our own encoder makes them.
 * Invariant: an equal scalar has equal bytes, numbers excepted (0 and -0, an int and its
 *            double). They never leave the node, hence the machine's byte order.
 *
 * A payload is one byte of flags and one value, or flags, a 16-bit count and as many values
 * (an argument list). A value is a tag and
 *     STRING, NAME, ADDRESS  u32 size, bytes, without a NUL
 *     INT i32 · NUMBER f64 · PID, FROM, REF, TIMER their fields
 *     BUFFER                 u32 index into the message's blobs
 *     TABLE                  u32 items, u32 pairs, values 1 .. items, key and value each
 *                            [, the metatable, if the tag says so]
 *     BACK                   u32 offset of the tag of a table or function met before
 *     FUNCTION               u32 size, bytecode, u8 count, upvalues: a value each, or JOIN
 *     JOIN                   u32 offset of a function, u8 number: the upvalue is that one
 *     SHORT + n              n bytes of a string · SMALL + n the number n */
#ifndef NEAP_VM_WIRE_H
#define NEAP_VM_WIRE_H

#include "core/pid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Flags of a payload. */
enum {
    NEAP_WIRE_HAS_BACK = 1,
};

enum neap_wire_tag {
    NEAP_WIRE_NIL,
    NEAP_WIRE_FALSE,
    NEAP_WIRE_TRUE,
    NEAP_WIRE_NULL, /* the light userdata NULL: cjson.null */
    NEAP_WIRE_INT,
    NEAP_WIRE_NUMBER,
    NEAP_WIRE_STRING,
    NEAP_WIRE_NAME,
    NEAP_WIRE_ADDRESS,
    NEAP_WIRE_PID,
    NEAP_WIRE_REF,
    NEAP_WIRE_FROM,
    NEAP_WIRE_TIMER,
    NEAP_WIRE_BUFFER,
    NEAP_WIRE_BACK,
    NEAP_WIRE_FUNCTION,
    NEAP_WIRE_JOIN,
    NEAP_WIRE_TABLE = 0x20, /* plus the three bits below */
    NEAP_WIRE_SHORT = 0x40,
    NEAP_WIRE_SMALL = 0x80,
};

/* Bits of a TABLE tag. */
enum {
    NEAP_WIRE_TABLE_SHARED = 1, /* some BACK means it */
    NEAP_WIRE_TABLE_ERROR = 2,  /* an error object */
    NEAP_WIRE_TABLE_META = 4,   /* its metatable follows */
    NEAP_WIRE_TABLE_BITS = 7,
};

enum {
    NEAP_WIRE_SHORT_MAX = 63,
    NEAP_WIRE_SMALL_MAX = 127,
    NEAP_WIRE_TABLE_HEAD = 9,
    NEAP_WIRE_PID_SIZE = 17,
    NEAP_WIRE_FROM_SIZE = 25,
};

/* --- any thread ------------------------------------------------------------ */
static inline uint32_t neap_wire_u32(const uint8_t *at) {
    uint32_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

static inline uint64_t neap_wire_u64(const uint8_t *at) {
    uint64_t n;
    memcpy(&n, at, sizeof n);
    return n;
}

static inline bool neap_wire_is_table(const uint8_t *at) {
    return (*at & ~NEAP_WIRE_TABLE_BITS) == NEAP_WIRE_TABLE;
}

/* Each writes one value and gives the byte behind it. The room is the caller's care:
 * NEAP_WIRE_FROM_SIZE is enough for all but strings, which need 5 bytes more. */
uint8_t *neap_wire_put_number(uint8_t *to, double n);
uint8_t *neap_wire_put_string(uint8_t *to, const char *text, size_t size);
uint8_t *neap_wire_put_pid(uint8_t *to, struct neap_pid pid);
uint8_t *neap_wire_put_from(uint8_t *to, struct neap_pid pid, uint64_t ref);
uint8_t *neap_wire_put_id(uint8_t *to, enum neap_wire_tag tag, uint64_t id); /* REF, TIMER */

struct neap_pid neap_wire_pid(const uint8_t *at); /* `at`: behind the tag */

/* The byte behind the value at `at`. */
const uint8_t *neap_wire_skip(const uint8_t *at);

/* False when it is no number (or string). */
bool neap_wire_number(const uint8_t *at, double *n);
bool neap_wire_string(const uint8_t *at, const char **text, size_t *size);
bool neap_wire_is_text(const uint8_t *at, const char *text, size_t size);

/* Lua's raw equality of scalars; tables, buffers and functions equal nothing. */
bool neap_wire_equal(const uint8_t *a, const uint8_t *b);

/* The value at a position, or at a string key, of the table at `at`; NULL: nil. */
const uint8_t *neap_wire_item(const uint8_t *at, uint32_t position);
const uint8_t *neap_wire_field(const uint8_t *at, const char *key);

#endif
