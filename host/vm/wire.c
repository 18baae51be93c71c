#include "vm/wire.h"

#include "base/assert.h"

#include <math.h>

static uint8_t *put_u32(uint8_t *to, uint32_t n) {
    memcpy(to, &n, sizeof n);
    return to + sizeof n;
}

static uint8_t *put_u64(uint8_t *to, uint64_t n) {
    memcpy(to, &n, sizeof n);
    return to + sizeof n;
}

/* -0 is no int: it would come back as 0. NaN fails the comparisons. */
static bool is_int(double n) {
    if (!(n >= INT32_MIN && n <= INT32_MAX))
        return false;
    int32_t i = (int32_t)n;
    return i == n && (i != 0 || !signbit(n));
}

uint8_t *neap_wire_put_number(uint8_t *to, double n) {
    if (is_int(n)) {
        int32_t i = (int32_t)n;
        if (i >= 0 && i <= NEAP_WIRE_SMALL_MAX) {
            *to = (uint8_t)(NEAP_WIRE_SMALL + i);
            return to + 1;
        }
        *to = NEAP_WIRE_INT;
        return put_u32(to + 1, (uint32_t)i);
    }
    *to = NEAP_WIRE_NUMBER;
    memcpy(to + 1, &n, sizeof n);
    return to + 1 + sizeof n;
}

uint8_t *neap_wire_put_string(uint8_t *to, const char *text, size_t size) {
    if (size <= NEAP_WIRE_SHORT_MAX) {
        *to++ = (uint8_t)(NEAP_WIRE_SHORT + size);
    } else {
        *to = NEAP_WIRE_STRING;
        to = put_u32(to + 1, (uint32_t)size);
    }
    memcpy(to, text, size);
    return to + size;
}

static uint8_t *put_pid(uint8_t *to, struct neap_pid pid) {
    to = put_u64(to, pid.generation);
    to = put_u32(to, pid.slot);
    return put_u32(to, pid.tag);
}

uint8_t *neap_wire_put_pid(uint8_t *to, struct neap_pid pid) {
    *to = NEAP_WIRE_PID;
    return put_pid(to + 1, pid);
}

uint8_t *neap_wire_put_from(uint8_t *to, struct neap_pid pid, uint64_t ref) {
    *to = NEAP_WIRE_FROM;
    return put_u64(put_pid(to + 1, pid), ref);
}

uint8_t *neap_wire_put_id(uint8_t *to, enum neap_wire_tag tag, uint64_t id) {
    *to = (uint8_t)tag;
    return put_u64(to + 1, id);
}

struct neap_pid neap_wire_pid(const uint8_t *at) {
    return (struct neap_pid){ .generation = neap_wire_u64(at),
                              .slot = neap_wire_u32(at + 8),
                              .tag = neap_wire_u32(at + 12) };
}

/* The size of a value that holds no other values; 0 for those that do. */
static size_t scalar_size(const uint8_t *at) {
    if (*at >= NEAP_WIRE_SMALL)
        return 1;
    if (*at >= NEAP_WIRE_SHORT)
        return 1u + (*at - NEAP_WIRE_SHORT);
    switch (*at) { /* the format, one line per tag */
    case NEAP_WIRE_NIL:
    case NEAP_WIRE_FALSE:
    case NEAP_WIRE_TRUE:
    case NEAP_WIRE_NULL: return 1;
    case NEAP_WIRE_INT:
    case NEAP_WIRE_BUFFER:
    case NEAP_WIRE_BACK: return 5;
    case NEAP_WIRE_JOIN: return 6;
    case NEAP_WIRE_NUMBER:
    case NEAP_WIRE_REF:
    case NEAP_WIRE_TIMER: return 9;
    case NEAP_WIRE_PID: return NEAP_WIRE_PID_SIZE;
    case NEAP_WIRE_FROM: return NEAP_WIRE_FROM_SIZE;
    case NEAP_WIRE_STRING:
    case NEAP_WIRE_NAME:
    case NEAP_WIRE_ADDRESS: return 5 + (size_t)neap_wire_u32(at + 1);
    default: return 0;
    }
}

static const uint8_t *skip_values(const uint8_t *at, uint64_t count) {
    while (count-- > 0)
        at = neap_wire_skip(at);
    return at;
}

const uint8_t *neap_wire_skip(const uint8_t *at) {
    size_t size = scalar_size(at);
    if (size != 0)
        return at + size;
    if (*at == NEAP_WIRE_FUNCTION) {
        at += 5 + (size_t)neap_wire_u32(at + 1);
        return skip_values(at + 1, *at);
    }
    NEAP_ASSERT(neap_wire_is_table(at));
    uint64_t values = (uint64_t)neap_wire_u32(at + 1) + 2 * (uint64_t)neap_wire_u32(at + 5);
    values += (*at & NEAP_WIRE_TABLE_META) != 0;
    return skip_values(at + NEAP_WIRE_TABLE_HEAD, values);
}

bool neap_wire_number(const uint8_t *at, double *n) {
    if (*at >= NEAP_WIRE_SMALL)
        *n = *at - NEAP_WIRE_SMALL;
    else if (*at == NEAP_WIRE_INT)
        *n = (int32_t)neap_wire_u32(at + 1);
    else if (*at == NEAP_WIRE_NUMBER)
        memcpy(n, at + 1, sizeof *n);
    else
        return false;
    return true;
}

bool neap_wire_string(const uint8_t *at, const char **text, size_t *size) {
    if (*at >= NEAP_WIRE_SHORT && *at < NEAP_WIRE_SMALL) {
        *text = (const char *)at + 1;
        *size = *at - NEAP_WIRE_SHORT;
    } else if (*at == NEAP_WIRE_STRING) {
        *text = (const char *)at + 5;
        *size = neap_wire_u32(at + 1);
    } else {
        return false;
    }
    return true;
}

bool neap_wire_is_text(const uint8_t *at, const char *text, size_t size) {
    const char *other;
    size_t n;
    return neap_wire_string(at, &other, &n) && n == size && memcmp(other, text, n) == 0;
}

bool neap_wire_equal(const uint8_t *a, const uint8_t *b) {
    double x;
    double y;
    if (neap_wire_number(a, &x))
        return neap_wire_number(b, &y) && x == y;
    if (*a != *b || *a == NEAP_WIRE_BUFFER || *a == NEAP_WIRE_BACK)
        return false;
    size_t size = scalar_size(a);
    return size != 0 && size == scalar_size(b) && memcmp(a, b, size) == 0;
}

const uint8_t *neap_wire_item(const uint8_t *at, uint32_t position) {
    uint32_t items = neap_wire_u32(at + 1);
    uint32_t pairs = neap_wire_u32(at + 5);
    at += NEAP_WIRE_TABLE_HEAD;
    if (position - 1 < items)
        return skip_values(at, position - 1);
    at = skip_values(at, items);
    for (uint32_t i = 0; i < pairs; i++) {
        double n;
        const uint8_t *value = neap_wire_skip(at);
        if (neap_wire_number(at, &n) && n == position)
            return value;
        at = neap_wire_skip(value);
    }
    return NULL;
}

const uint8_t *neap_wire_field(const uint8_t *at, const char *key) {
    uint32_t pairs = neap_wire_u32(at + 5);
    size_t size = strlen(key);
    at = skip_values(at + NEAP_WIRE_TABLE_HEAD, neap_wire_u32(at + 1));
    for (uint32_t i = 0; i < pairs; i++) {
        const uint8_t *value = neap_wire_skip(at);
        if (neap_wire_is_text(at, key, size))
            return value;
        at = neap_wire_skip(value);
    }
    return NULL;
}
