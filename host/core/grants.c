#include "core/grants.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct neap_grants {
    /* Written by _ref and _unref on any thread, read by _unref. The increment may be relaxed
     * (the caller holds a reference already); the decrement is acq_rel, so that the thread
     * that frees sees every other holder finished. */
    _Atomic(uint64_t) refs;
    unsigned bits; /* of all items */
    size_t count;
    struct neap_grant *items;
};

static const unsigned PATHS = NEAP_GRANT_FS | NEAP_GRANT_READ;

struct neap_grants *neap_grants_new(void) {
    struct neap_grants *g = neap_calloc(1, sizeof *g);
    atomic_init(&g->refs, 1);
    return g;
}

struct neap_grants *neap_grants_ref(struct neap_grants *g) {
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

void neap_grants_unref(struct neap_grants *g) {
    if (g == NULL)
        return;
    uint64_t before = atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel);
    NEAP_ASSERT(before > 0);
    if (before > 1)
        return;
    for (size_t i = 0; i < g->count; i++)
        neap_grant_fini(&g->items[i]);
    neap_free(g->items);
    neap_free(g);
}

/* --- making one --- */

/* The first that covers it, or NULL. */
static const struct neap_grant *covering(const struct neap_grants *g,
                                         const struct neap_grant *wanted) {
    for (size_t i = 0; i < g->count; i++)
        if (neap_grant_covers(&g->items[i], wanted))
            return &g->items[i];
    return NULL;
}

static bool has_text(const struct neap_grants *g, const char *text) {
    for (size_t i = 0; i < g->count; i++)
        if (strcmp(g->items[i].text, text) == 0)
            return true;
    return false;
}

static int check(const struct neap_grants *g, const struct neap_grant *wanted,
                 const struct neap_grants *within, char why[NEAP_GRANT_WHY]) {
    if (has_text(g, wanted->text)) {
        snprintf(why, NEAP_GRANT_WHY, "\"%.120s\" is there already", wanted->text);
        return NEAP_ETAKEN;
    }
    if (g->count == NEAP_GRANTS_MAX) {
        snprintf(why, NEAP_GRANT_WHY, "expected at most %d capabilities", NEAP_GRANTS_MAX);
        return NEAP_ELIMIT;
    }
    if (within == NULL || covering(within, wanted) != NULL)
        return 0;
    char line[300];
    neap_grants_line(within, line, sizeof line);
    snprintf(why, NEAP_GRANT_WHY, "who grants it has not that capability, but %s", line);
    return NEAP_EDENIED;
}

/* A folder in a folder stays tied to the one that was granted first. */
static void put(struct neap_grants *g, struct neap_grant *wanted,
                const struct neap_grants *within) {
    const struct neap_grant *wider = within != NULL ? covering(within, wanted) : NULL;
    if (wider != NULL && (wanted->capability & PATHS) != 0)
        wanted->anchor = wider->anchor;
    g->items = neap_realloc(g->items, (g->count + 1) * sizeof *g->items);
    g->items[g->count++] = *wanted;
    g->bits |= wanted->capability;
}

int neap_grants_add(struct neap_grants *g, const char *folder,
                    const struct neap_grants *within, const char *text, size_t size,
                    char why[NEAP_GRANT_WHY]) {
    struct neap_grant wanted;
    int err = neap_grant_read(&wanted, folder, text, size, why);
    if (err != 0)
        return err;
    err = check(g, &wanted, within, why);
    if (err == 0)
        put(g, &wanted, within);
    else
        neap_grant_fini(&wanted);
    return err;
}

struct neap_grants *neap_grants_default(const char *folder,
                                        const struct neap_grants *within) {
    static const char *const TEXTS[] = { "net", "env", "fs", "names", "control" };
    char why[NEAP_GRANT_WHY];
    struct neap_grants *g = neap_grants_new();
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        int err = neap_grants_add(g, folder, within, TEXTS[i], strlen(TEXTS[i]), why);
        NEAP_ASSERT(err == 0 || err == NEAP_EDENIED);
    }
    return g;
}

/* --- asking --- */

bool neap_grants_have(const struct neap_grants *g, unsigned bits) {
    return (g->bits & bits) != 0;
}

bool neap_grants_have_name(const struct neap_grants *g, const char *name) {
    if ((g->bits & NEAP_GRANT_NAMES) != 0)
        return true;
    if ((g->bits & NEAP_GRANT_NAMES_PREFIX) == 0)
        return false;
    for (size_t i = 0; i < g->count; i++) {
        const struct neap_grant *item = &g->items[i];
        if (item->capability == NEAP_GRANT_NAMES_PREFIX &&
            strncmp(item->what, name, strlen(item->what)) == 0)
            return true;
    }
    return false;
}

const struct neap_grant *neap_grants_of_path(const struct neap_grants *g,
                                             const char *path, bool writes) {
    const struct neap_grant *widest = NULL;
    unsigned wanted = writes ? NEAP_GRANT_FS : PATHS;
    for (size_t i = 0; i < g->count; i++) {
        const struct neap_grant *item = &g->items[i];
        if ((item->capability & wanted) == 0 || !neap_grant_has_path(item, path))
            continue;
        if (widest == NULL || strlen(item->what) < strlen(widest->what))
            widest = item;
    }
    return widest;
}

bool neap_grants_cover(const struct neap_grants *g, const struct neap_grants *other) {
    for (size_t i = 0; i < other->count; i++)
        if (covering(g, &other->items[i]) == NULL)
            return false;
    return true;
}

const char *neap_grants_text(const struct neap_grants *g, size_t i) {
    return i < g->count ? g->items[i].text : NULL;
}

void neap_grants_line(const struct neap_grants *g, char *to, size_t size) {
    static const char CUT[] = ", ...";
    size_t used = 0;
    NEAP_ASSERT(size > 2 * sizeof CUT);
    snprintf(to, size, "%s", g->count == 0 ? "nothing" : "");
    for (size_t i = 0; i < g->count; i++) {
        const char *text = g->items[i].text;
        if (used + strlen(text) + 2 + sizeof CUT > size) {
            snprintf(to + used, size - used, "%s", used > 0 ? CUT : CUT + 2);
            return;
        }
        used += (size_t)snprintf(to + used, size - used, "%s%s", i > 0 ? ", " : "", text);
    }
}
