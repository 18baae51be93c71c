/* reload_report.h - what a reload did, and what it did not, line by line.
 * Owns:      its lines and their texts, until _fini.
 * Threads:   one at a time.
 * Bounds:    a line for each module and for each process that did not switch.
 * Invariant: plain facts; how they read is for the command line. */
#ifndef NEAP_VM_RELOAD_REPORT_H
#define NEAP_VM_RELOAD_REPORT_H

#include "base/strings.h"
#include "core/pid.h"

#include <stdbool.h>
#include <stdint.h>

enum neap_reload_word {
    NEAP_RELOAD_CHANGED, /* `module` has code number `code`, which `count` processes took up;
                            `names` require it, directly or not, and were loaded again */
    NEAP_RELOAD_PROBLEM, /* why `module` can not be loaded: nothing was changed at all */
    NEAP_RELOAD_REFUSED, /* process `pid` goes on with its old code of `module` */
    NEAP_RELOAD_BUSY,    /* process `pid` has not come to it yet */
    NEAP_RELOAD_ENDED, /* process `pid` ended before it had switched; `text`: in doing so */
    NEAP_RELOAD_NOTE, /* neither good nor bad */
};

struct neap_reload_line {
    enum neap_reload_word word;
    char *module; /* or NULL */
    char *text;   /* PROBLEM, REFUSED: why; ENDED: what it was at; NOTE; or NULL */
    char *trace;  /* PROBLEM: where, a line per level; or NULL */
    struct neap_pid pid;
    struct neap_strings names;
    uint64_t code;
    uint64_t count;
};

struct neap_reload_report { /* all 0 is empty */
    struct neap_reload_line *lines;
    size_t count;
    uint64_t generation; /* that the reload made; 0: none */
};

/* --- one thread at a time ------------------------------------------------- */
void neap_reload_report_fini(struct neap_reload_report *r);

/* Adds a line and lends it until the next one; copies the texts, each of which may be NULL. */
struct neap_reload_line *neap_reload_report_add(struct neap_reload_report *r,
                                                enum neap_reload_word word,
                                                const char *module, const char *text,
                                                const char *trace);

/* A process whose own module is `module` has switched: it counts for each changed module that
 * is this one or required by it. */
void neap_reload_report_count(struct neap_reload_report *r, const char *module);

bool neap_reload_report_has(const struct neap_reload_report *r, enum neap_reload_word word);

#endif
