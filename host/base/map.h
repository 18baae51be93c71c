/* map.h - from a non-zero 64-bit key to a pointer; open addressing, linear probing.
 * Owns:      its table; never the pointers.
 * Threads:   whoever holds the map.
 * Bounds:    none; callers bound what they put in. An empty map holds no memory.
 * Invariant: at most three quarters full; no tombstones (removal shifts back). */
#ifndef NEAP_BASE_MAP_H
#define NEAP_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct neap_map { /* embedded where it is used */
    struct neap_map_cell *cells;
    uint32_t mask; /* cells - 1, or 0 with cells NULL */
    uint32_t count;
};

struct neap_map_cell {
    uint64_t key; /* 0: free */
    void *value;
};

/* --- whoever holds the map ------------------------------------------------ */
void neap_map_init(struct neap_map *m);
void neap_map_fini(struct neap_map *m);
void *neap_map_get(const struct neap_map *m, uint64_t key);        /* NULL: not there */
void *neap_map_put(struct neap_map *m, uint64_t key, void *value); /* gives the former */
void *neap_map_remove(struct neap_map *m, uint64_t key);           /* gives it, or NULL */

/* Iterates in no order: start with *at = 0. False at the end. The map must not change. */
_Bool neap_map_next(const struct neap_map *m, uint32_t *at, uint64_t *key, void **value);

#endif
