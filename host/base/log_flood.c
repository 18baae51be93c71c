#include "base/log_flood.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

enum { EVENT = 48, OTHERS = NEAP_LOG_KINDS };

struct kind {
    char event[EVENT];
    char text[NEAP_LOG_KIND];
    size_t size;
    enum neap_log_level level; /* the highest of those that are counted */
    neap_time until;           /* the end of its window */
    uint32_t written;          /* of this window */
    uint64_t suppressed;
};

struct neap_log_flood {
    struct kind kinds[NEAP_LOG_KINDS + 1]; /* the last one is for the others */
    neap_time due;
};

struct neap_log_flood *neap_log_flood_new(void) {
    struct neap_log_flood *f = neap_calloc(1, sizeof *f);
    snprintf(f->kinds[OTHERS].event, EVENT, "others");
    f->due = NEAP_FOREVER;
    return f;
}

void neap_log_flood_free(struct neap_log_flood *f) {
    neap_free(f);
}

static bool is_over(const struct kind *k, neap_time now) {
    return k->suppressed == 0 && now >= k->until;
}

static bool is_kind(const struct kind *k, const char *event, const char *text, size_t size) {
    return k->size == size && memcmp(k->text, text, size) == 0 &&
           strncmp(k->event, event, EVENT - 1) == 0;
}

static struct kind *claim(struct kind *k, const char *event, const char *text, size_t size) {
    snprintf(k->event, EVENT, "%s", event);
    memcpy(k->text, text, size);
    k->size = size;
    return k;
}

/* The place of the kind; else one that nothing is known of any more; else that of the others. */
static struct kind *place_of(struct neap_log_flood *f, const char *event,
                             const char *text, size_t size, neap_time now) {
    struct kind *over = NULL;
    if (size > NEAP_LOG_KIND)
        return &f->kinds[OTHERS];
    for (int i = 0; i < NEAP_LOG_KINDS; i++) {
        struct kind *k = &f->kinds[i];
        if (is_kind(k, event, text, size))
            return k;
        if (over == NULL && is_over(k, now))
            over = k;
    }
    return over != NULL ? claim(over, event, text, size) : &f->kinds[OTHERS];
}

static void suppress(struct neap_log_flood *f, struct kind *k, enum neap_log_level level) {
    k->level = k->suppressed == 0 || level > k->level ? level : k->level;
    k->suppressed++;
    if (k->until < f->due)
        f->due = k->until;
}

bool neap_log_flood_admit(struct neap_log_flood *f, enum neap_log_level level,
                          const char *event, const char *kind, size_t size, neap_time now) {
    struct kind *k = place_of(f, event, kind, size, now);
    if (is_over(k, now)) {
        k->written = 0;
        k->until = now + NEAP_LOG_WINDOW;
    }
    if (k->suppressed == 0 && k->written < NEAP_LOG_BURST) {
        k->written++;
        return true;
    }
    suppress(f, k, level);
    return false;
}

neap_time neap_log_flood_due(const struct neap_log_flood *f) {
    return f->due;
}

static struct kind *next_due(struct neap_log_flood *f, neap_time now) {
    struct kind *found = NULL;
    f->due = NEAP_FOREVER;
    for (int i = 0; i <= OTHERS; i++) {
        struct kind *k = &f->kinds[i];
        if (k->suppressed == 0)
            continue;
        if (found == NULL && k->until <= now)
            found = k;
        else if (k->until < f->due)
            f->due = k->until;
    }
    return found;
}

bool neap_log_flood_take(struct neap_log_flood *f, neap_time now,
                         struct neap_log_summary *summary) {
    struct kind *k = now >= f->due ? next_due(f, now) : NULL;
    if (k == NULL)
        return false;
    *summary = (struct neap_log_summary){ k->level, k->event, k->text, k->size,
                                          k->suppressed };
    k->suppressed = 0;
    k->until = 0;
    return true;
}
