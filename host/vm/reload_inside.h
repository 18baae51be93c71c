/* reload_inside.h - what a reload and the services that take part in it share.
 * Owns:      see reload.h.
 * Threads:   whoever holds the lock, but as noted.
 * Bounds:    none.
 * Invariant: for vm/reload.c and vm/upgrade.c only. */
#ifndef NEAP_VM_RELOAD_INSIDE_H
#define NEAP_VM_RELOAD_INSIDE_H

#include "base/list.h"
#include "base/thread.h"
#include "vm/reload.h"

struct neap_draft;

struct neap_reload {
    struct neap_runtime *runtime;
    struct neap_mutex lock;
    /* --- holder of the lock --- */
    enum neap_reload_phase phase;
    struct neap_list upgraders;
    size_t awaited; /* services that have not answered yet */
    struct neap_pid trial;
    bool trial_has_ended;
    char *loading; /* by the trial, or NULL */
    /* --- main thread while IDLE; the trial's carrier; then the holder of the lock --- */
    struct neap_strings names;
    struct neap_draft *draft;
    struct neap_reload_report report;
};

/* Tells the main thread that something happened. Not with the lock held. */
void neap_reload_tell(struct neap_reload *reload);

#endif
