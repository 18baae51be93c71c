/* run_options.h - what `neap run` and `neap check` were told.
 * Owns:      its paths and arrays, from _read until _fini; the texts are lent by argv.
 * Threads:   main thread.
 * Bounds:    none.
 * Invariant: after _read gave NEAP_OPTIONS_DONE every value is valid. */
#ifndef NEAP_CLI_RUN_OPTIONS_H
#define NEAP_CLI_RUN_OPTIONS_H

#include "base/clock.h"
#include "base/log.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stdint.h>

struct neap_grants;

struct neap_run_options {
    bool check;
    uint32_t workers;
    neap_time rest_after; /* 0: the default */
    struct neap_log log;
    bool wx;
    bool watch;
    const char *name; /* NULL: the app's own */
    char *app_path;
    char *crash_dir;           /* absolute; NULL: beside the control socket */
    struct neap_grants *allow; /* NULL: no bound */
    struct neap_words sets;
    struct neap_words allows;
    struct neap_words words; /* APP, then ARGS */
};

/* --- main thread ------------------------------------------------------------ */
/* NEAP_OPTIONS_DONE, or the exit code after --help or a complaint. */
int neap_run_options_read(struct neap_run_options *run,
                          const struct neap_command *command, int argc, char **argv);
void neap_run_options_fini(struct neap_run_options *run);

#endif
