/* reload.h - new code for a program that runs: tried first, then taken up by its services.
 * Owns:      the draft and the report of the reload under way.
 * Threads:   see the headings; one mutex, before which none is taken but a modules' one and
 *            that of a process.
 * Bounds:    one reload at a time; the trial is a process with limits, and killable.
 * Invariant: all or nothing: code is in effect only after a throw-away process, the trial,
 *            has loaded everything that changed and everything that requires it. How long it
 *            may take is for the caller to say (neap_reload_finish).
 *
 *   IDLE --begin--> TRYING --it loads--> SWITCHING --all have answered, or _finish--> DONE
 *     ^               '--it does not, or nothing changed-------------------------------^
 *     '---------------------------------take-------------------------------------------'
 *   TRYING: the trial runs, nothing is in effect.  SWITCHING: the new code is in effect; each
 *   service that runs older code switches between two messages, and says so (vm/upgrade.h). */
#ifndef NEAP_VM_RELOAD_H
#define NEAP_VM_RELOAD_H

#include "base/assert.h"
#include "base/strings.h"
#include "core/reason.h"
#include "vm/reload_report.h"

#include <stdbool.h>

struct neap_reload;
struct neap_runtime;
struct neap_vm;

enum neap_reload_phase {
    NEAP_RELOAD_IDLE,
    NEAP_RELOAD_TRYING,
    NEAP_RELOAD_SWITCHING,
    NEAP_RELOAD_DONE,
};

enum {
    NEAP_RELOAD_MEMORY = 512 << 20
}; /* of a trial, which loads modules of many processes */

/* --- the thread that makes or frees the runtime ------------------------------- */
struct neap_reload *neap_reload_new(struct neap_runtime *r);
void neap_reload_free(struct neap_reload *reload); /* no process is left; NULL is allowed */

/* --- main thread -------------------------------------------------------------- */
/* Starts one, of the modules of these names, or of all that changed if there are none; takes
 * the names. 0, NEAP_ETAKEN: one is under way, or why no process could be made. From here on
 * the runtime's option `reload_moved` is called when something happens: then advance. */
NEAP_MUST_CHECK int neap_reload_begin(struct neap_reload *reload,
                                      struct neap_strings *names);
enum neap_reload_phase neap_reload_advance(struct neap_reload *reload);

/* Time is over: ends the trial, or waits no more for services that are busy. */
void neap_reload_finish(struct neap_reload *reload);

/* DONE to IDLE: gives the report, to be freed with _fini. */
void neap_reload_take(struct neap_reload *reload, struct neap_reload_report *report);

/* --- the carrier of the trial --------------------------------------------------------- */
/* It ends, which is no crash of the program, whatever the reason. */
void neap_reload_ended(struct neap_reload *reload, struct neap_reason reason);

/* Lent as long as it runs. */
const struct neap_strings *neap_reload_names(const struct neap_reload *reload);
struct neap_reload_report *neap_reload_trial_report(struct neap_reload *reload);

/* What is being loaded now, in case it never ends. */
void neap_reload_note_loading(struct neap_reload *reload, const char *module);

#endif
