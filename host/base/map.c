#include "base/map.h"

#include "base/alloc.h"
#include "base/assert.h"

enum { FIRST_CELLS = 8 };

static uint32_t home(const struct neap_map *m, uint64_t key) {
    return (uint32_t)((key * 0x9E3779B97F4A7C15ull) >> 32) & m->mask;
}

static struct neap_map_cell *find(const struct neap_map *m, uint64_t key) {
    if (m->cells == NULL)
        return NULL;
    uint32_t at = home(m, key);
    while (m->cells[at].key != key && m->cells[at].key != 0)
        at = (at + 1) & m->mask;
    return &m->cells[at];
}

static void rehash(struct neap_map *m, uint32_t cells) {
    struct neap_map old = *m;
    m->cells = neap_calloc(cells, sizeof *m->cells);
    m->mask = cells - 1;
    for (uint32_t i = 0; old.cells != NULL && i <= old.mask; i++)
        if (old.cells[i].key != 0)
            *find(m, old.cells[i].key) = old.cells[i];
    neap_free(old.cells);
}

void neap_map_init(struct neap_map *m) {
    *m = (struct neap_map){ 0 };
}

void neap_map_fini(struct neap_map *m) {
    neap_free(m->cells);
    neap_map_init(m);
}

void *neap_map_get(const struct neap_map *m, uint64_t key) {
    struct neap_map_cell *cell = find(m, key);
    return cell != NULL && cell->key == key ? cell->value : NULL;
}

void *neap_map_put(struct neap_map *m, uint64_t key, void *value) {
    NEAP_ASSERT(key != 0 && value != NULL);
    if (m->cells == NULL)
        rehash(m, FIRST_CELLS);
    struct neap_map_cell *cell = find(m, key);
    void *former = cell->key == key ? cell->value : NULL;
    if (former == NULL && (m->count + 1) * 4 > (m->mask + 1) * 3) {
        rehash(m, (m->mask + 1) * 2);
        cell = find(m, key);
    }
    m->count += former == NULL;
    *cell = (struct neap_map_cell){ key, value };
    return former;
}

/* Closes the gap at `hole`: an entry may move back only if its home is not after the hole. */
static void shift_back(struct neap_map *m, uint32_t hole) {
    uint32_t at = hole;
    for (;;) {
        at = (at + 1) & m->mask;
        if (m->cells[at].key == 0)
            break;
        uint32_t from_home = (at - home(m, m->cells[at].key)) & m->mask;
        if (from_home >= ((at - hole) & m->mask)) {
            m->cells[hole] = m->cells[at];
            hole = at;
        }
    }
    m->cells[hole] = (struct neap_map_cell){ 0 };
}

void *neap_map_remove(struct neap_map *m, uint64_t key) {
    struct neap_map_cell *cell = find(m, key);
    if (cell == NULL || cell->key != key)
        return NULL;
    void *value = cell->value;
    m->count--;
    shift_back(m, (uint32_t)(cell - m->cells));
    return value;
}

_Bool neap_map_next(const struct neap_map *m, uint32_t *at, uint64_t *key, void **value) {
    for (; m->cells != NULL && *at <= m->mask; (*at)++) {
        if (m->cells[*at].key == 0)
            continue;
        *key = m->cells[*at].key;
        *value = m->cells[(*at)++].value;
        return 1;
    }
    return 0;
}
