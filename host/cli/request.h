/* request.h - a command for a running node: sent, and its answer printed.
 * Owns:      none.
 * Threads:   main thread; it blocks until the answer is there.
 * Bounds:    those of net/inquiry.h.
 * Invariant: text to standard output only when the node did it; else one line to standard
 *            error and exit code 1. */
#ifndef NEAP_CLI_REQUEST_H
#define NEAP_CLI_REQUEST_H

#include "cli/command.h"

struct neap_request {  /* a plain value */
    size_t words;      /* how many arguments it takes at least */
    size_t more_words; /* and how many more at most */
    bool json;         /* it has --json */
    bool wait;         /* it has --wait MS: the node works, for so long at most */
    bool until_end;    /* wait until the node has ended */
};

/* --- main thread ------------------------------------------------------------ */
/* Reads the options, asks the node, prints. Gives the exit code. */
int neap_request_run(const struct neap_command *command,
                     const struct neap_request *request, int argc, char **argv);

#endif
