#include "vm/plain_encoder.h"

#include "vm/encoder.h"
#include "vm/wire.h"

enum { ROOM = 40 }; /* more than any value needs beside the bytes of a string */

static bool put_value(struct neap_scratch *s, struct neap_value v, int depth);

static void put_number(struct neap_scratch *s, double n) {
    uint8_t *to = neap_bytes_room(&s->bytes, ROOM);
    s->bytes.len += (size_t)(neap_wire_put_number(to, n) - to);
}

static bool put_string(struct neap_scratch *s, struct neap_value v) {
    size_t size;
    const char *text = neap_value_string(v, &size);
    if (s->bytes.len + size > s->max)
        return false;
    uint8_t *to = neap_bytes_room(&s->bytes, size + ROOM);
    s->bytes.len += (size_t)(neap_wire_put_string(to, text, size) - to);
    s->heap += NEAP_HEAP_STRING + size;
    return true;
}

/* A reference to where the table was met before. */
static void put_back(struct neap_scratch *s, uint32_t at) {
    s->bytes.data[at] |= NEAP_WIRE_TABLE_SHARED;
    s->bytes.data[0] |= NEAP_WIRE_HAS_BACK;
    neap_bytes_put(&s->bytes, NEAP_WIRE_BACK);
    neap_bytes_append(&s->bytes, &at, sizeof at);
}

struct counts {
    uint32_t items; /* 1, 2, 3 .. without a gap */
    uint32_t pairs;
};

static bool put_pair(struct neap_scratch *s, struct counts *c, struct neap_value value,
                     int depth) {
    c->pairs++;
    return put_value(s, value, depth) && s->bytes.len <= s->max;
}

static bool put_array(struct neap_scratch *s, const void *table, struct counts *c,
                      int depth) {
    uint32_t count;
    const struct neap_value *array = neap_table_array(table, &count);
    for (uint32_t i = 1; i < count && !neap_value_is_nil(array[i]); i++) {
        c->items++;
        if (!put_value(s, array[i], depth) || s->bytes.len > s->max)
            return false;
    }
    bool zero = count > 0 && !neap_value_is_nil(array[0]);
    for (uint32_t i = zero ? 0 : c->items + 1; i < count;
         i = i == 0 ? c->items + 1 : i + 1) {
        if (neap_value_is_nil(array[i]))
            continue;
        put_number(s, i);
        if (!put_pair(s, c, array[i], depth))
            return false;
    }
    return true;
}

static bool put_nodes(struct neap_scratch *s, const void *table, struct counts *c,
                      int depth) {
    uint32_t count;
    const struct neap_node_of_table *nodes = neap_table_nodes(table, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (neap_value_is_nil(nodes[i].value))
            continue;
        if (!put_value(s, nodes[i].key, depth) || !put_pair(s, c, nodes[i].value, depth))
            return false;
    }
    return true;
}

static bool put_table(struct neap_scratch *s, struct neap_value v, int depth) {
    const void *table = neap_value_object(v);
    if (depth >= NEAP_CODEC_DEPTH || neap_table_has_metatable(table))
        return false;
    const uint64_t *former = neap_scratch_seen(s, table, s->bytes.len);
    if (former != NULL) {
        put_back(s, (uint32_t)*former);
        return true;
    }
    struct counts c = { 0, 0 };
    size_t at = s->bytes.len;
    neap_bytes_room(&s->bytes, NEAP_WIRE_TABLE_HEAD)[0] = NEAP_WIRE_TABLE;
    s->bytes.len += NEAP_WIRE_TABLE_HEAD;
    if (!put_array(s, table, &c, depth + 1) || !put_nodes(s, table, &c, depth + 1))
        return false;
    memcpy(s->bytes.data + at + 1, &c, sizeof c);
    s->heap += NEAP_HEAP_TABLE + (size_t)NEAP_HEAP_ITEM * c.items +
               (size_t)NEAP_HEAP_PAIR * c.pairs;
    return true;
}

static bool put_value(struct neap_scratch *s, struct neap_value v, int depth) {
    switch (neap_value_tag(v)) {
    case NEAP_VALUE_NUMBER: put_number(s, neap_value_number(v)); return true;
    case NEAP_VALUE_STRING: return put_string(s, v);
    case NEAP_VALUE_TABLE: return put_table(s, v, depth);
    case NEAP_VALUE_TRUE: neap_bytes_put(&s->bytes, NEAP_WIRE_TRUE); return true;
    case NEAP_VALUE_FALSE: neap_bytes_put(&s->bytes, NEAP_WIRE_FALSE); return true;
    default: return false;
    }
}

bool neap_plain_encode(struct neap_scratch *s, struct neap_value v) {
    return put_value(s, v, 0);
}
