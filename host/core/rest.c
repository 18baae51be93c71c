#include "core/rest.h"

#include "core/node.h"
#include "core/process_fields.h"

#include <stddef.h>

enum { REST_AT_ONCE = 32 };

#define REST_PAUSE (NEAP_MS / 5) /* between two times, if there are more */
#define ASK_PAUSE (100 * NEAP_MS)

static void fire(struct neap_timer *timer);

void neap_rest_init(struct neap_rest *rest, struct neap_node *node,
                    struct neap_timers *timers) {
    for (int i = 0; i < NEAP_REST_LEVELS; i++)
        neap_list_init(&rest->waiting[i]);
    rest->timer = (struct neap_timer){ .fire = fire };
    rest->node = node;
    rest->timers = timers;
}

void neap_rest_set_now(struct neap_rest *rest, neap_time now) {
    rest->now = now;
}

void neap_rest_note_idle(struct neap_rest *rest) {
    rest->was_idle = true;
}

static neap_time patience(const struct neap_rest *rest, int level) {
    neap_time time = neap_node_options_of(rest->node)->rest_after << 2 * level;
    return rest->is_short ? time / 4 : time;
}

/* To find out costs some system calls. */
static void ask_for_memory(struct neap_rest *rest) {
    const struct neap_node_options *options = neap_node_options_of(rest->node);
    if (options->is_short_of_memory == NULL || rest->now < rest->asked + ASK_PAUSE)
        return;
    rest->asked = rest->now;
    rest->is_short = options->is_short_of_memory(options->context);
}

/* Memory may become short meanwhile: so it is looked at in between, too. */
static neap_time next_look(const struct neap_rest *rest, neap_time now, neap_time due) {
    neap_time pause = patience(rest, 0) / (rest->is_short ? 1 : 4);
    neap_time look = now + (pause > REST_PAUSE ? pause : REST_PAUSE);
    return due < look ? due : look;
}

static void set_timer(struct neap_rest *rest, neap_time at) {
    if (neap_timer_is_set(&rest->timer)) {
        if (rest->timer.at <= at)
            return;
        neap_timers_remove(rest->timers, &rest->timer);
    }
    neap_timers_add(rest->timers, &rest->timer, at);
}

/* What it waits for comes soon anyway. */
static bool has_deadline_soon(const struct neap_rest *rest, const struct neap_process *p,
                              neap_time now) {
    neap_time rests = now + patience(rest, p->rest_level);
    return p->deadline != NEAP_FOREVER && p->deadline < rests + NEAP_REST_WORTH;
}

void neap_rest_parked(struct neap_rest *rest, struct neap_process *p, neap_time now) {
    if (p->rests || p->body->ops->rest == NULL || has_deadline_soon(rest, p, now))
        return;
    p->parked_at = now;
    neap_list_push(&rest->waiting[p->rest_level], &p->rest_link);
    set_timer(rest, next_look(rest, now, now + patience(rest, p->rest_level)));
}

static void wake(struct neap_process *p, neap_time now) {
    bool worth = now - p->parked_at > NEAP_REST_WORTH;
    p->rests = false;
    neap_node_add_resting(p->node, -1);
    if (worth)
        p->rest_level = 0;
    else if (p->rest_level < NEAP_REST_LEVELS - 1)
        p->rest_level++;
}

void neap_rest_taken(struct neap_process *p, neap_time now) {
    if (p->rests)
        wake(p, now);
    else
        neap_list_remove(&p->rest_link);
}

/* The one that has waited longest on this level, if that is long enough; NULL: none. */
static struct neap_process *longest(struct neap_rest *rest, int level) {
    struct neap_list *first = rest->waiting[level].next;
    if (first == &rest->waiting[level])
        return NULL;
    struct neap_process *p = NEAP_LIST_ITEM(first, struct neap_process, rest_link);
    return p->parked_at + patience(rest, level) <= rest->now ? p : NULL;
}

static int rest_some(struct neap_rest *rest, int level, int most) {
    struct neap_process *p;
    int count = 0;
    while (count < most && (p = longest(rest, level)) != NULL) {
        neap_list_remove(&p->rest_link);
        p->rests = true;
        neap_node_add_resting(p->node, 1);
        p->parked_at = rest->now;
        p->body->ops->rest(p->body);
        count++;
    }
    return count;
}

static void set_timer_again(struct neap_rest *rest) {
    for (int i = 0; i < NEAP_REST_LEVELS; i++) {
        struct neap_list *first = rest->waiting[i].next;
        if (first == &rest->waiting[i])
            continue;
        struct neap_process *p = NEAP_LIST_ITEM(first, struct neap_process, rest_link);
        neap_time due = p->parked_at + patience(rest, i);
        set_timer(rest, next_look(rest, rest->now,
                                  due > rest->now ? due : rest->now + REST_PAUSE));
    }
}

static void fire(struct neap_timer *timer) {
    struct neap_rest *rest = NEAP_LIST_ITEM(timer, struct neap_rest, timer);
    int left = REST_AT_ONCE;
    ask_for_memory(rest);
    if (!rest->was_idle && !rest->is_short)
        left = 0;
    rest->was_idle = false;
    for (int i = 0; i < NEAP_REST_LEVELS && left > 0; i++)
        left -= rest_some(rest, i, left);
    set_timer_again(rest);
}
