/* reloading.h - a reload of this node, from its start to its report: for `neap reload`, whose
 * request is answered then, and for `neap run --watch`.
 * Owns:      none; what is in progress is the runtime's (vm/reload.h).
 * Threads:   main thread; it waits for nobody, but is called again.
 * Bounds:    NEAP_RELOADING_TRIAL_MS until the trial has ended, then the time it was given.
 * Invariant: one at a time: a request meanwhile is refused, a change of files meanwhile is
 *            looked at afterwards. Whatever a reload does is in the log of the node. */
#ifndef NEAP_CLI_RELOADING_H
#define NEAP_CLI_RELOADING_H

#include "base/log.h"
#include "base/strings.h"
#include "net/control.h"
#include "vm/reload_report.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NEAP_RELOADING_TRIAL_MS = 30000,
    NEAP_RELOADING_WAIT_MS = 10000, /* for services that are busy, unless told otherwise */
    NEAP_RELOADING_WAIT_MAX_MS = 3600000,
};

struct neap_runtime;
struct neap_node;
struct neap_foreground;

struct neap_reloading { /* embedded where it is used */
    struct neap_runtime *runtime;
    struct neap_foreground *foreground;
    const struct neap_log *log;
    int alarm; /* of the foreground, which is its own */
    bool is_running;
    bool is_switching; /* the alarm is for the services */
    bool is_due;       /* files changed meanwhile */
    uint64_t wait_ms;
    struct neap_control *control; /* who asked; NULL: nobody did, or waits */
    uint64_t request;
    bool json;
};

/* --- main thread ------------------------------------------------------------ */
void neap_reloading_init(struct neap_reloading *r, struct neap_runtime *runtime,
                         struct neap_foreground *foreground, const struct neap_log *log,
                         int alarm);

/* For the control: `request` of `control` is answered when all is done. Takes the names.
 * False: it can not be; says why. */
bool neap_reloading_serve(struct neap_reloading *r, struct neap_control *control,
                          bool json, uint64_t wait_ms, struct neap_strings *names,
                          struct neap_bytes *why);

/* Files of modules may have changed. */
void neap_reloading_look(struct neap_reloading *r);

/* The runtime's option `reload_moved` was called. */
void neap_reloading_advance(struct neap_reloading *r);
void neap_reloading_on_alarm(struct neap_reloading *r);

/* --- its report: reload_text.c ------------------------------------------------------- */
void neap_reloading_write_text(struct neap_node *node,
                               const struct neap_reload_report *report,
                               struct neap_bytes *out);
void neap_reloading_write_json(struct neap_node *node,
                               const struct neap_reload_report *report,
                               struct neap_bytes *out);
void neap_reloading_log(const struct neap_log *log,
                        const struct neap_reload_report *report);

/* Something was not done that should have been. */
bool neap_reloading_failed(const struct neap_reload_report *report);

#endif
