/* serve.h - what a running node does when the command line asks (net/control.h).
 * Owns:      none.
 * Threads:   main thread.
 * Bounds:    one reply is as long as the list of processes.
 * Invariant: answers from C data only; no script takes part and no worker is waited for, but
 *            for the stack in `info` (at most 200 ms). A reload is answered later. */
#ifndef NEAP_CLI_SERVE_H
#define NEAP_CLI_SERVE_H

#include "core/process.h"
#include "net/control.h"
#include "vm/runtime.h"

enum { NEAP_SERVE_VERSION = 128 };

struct neap_reloading;

struct neap_serving { /* the context of the handlers */
    struct neap_runtime *runtime;
    const char *name;            /* of the node */
    void (*stop)(void *context); /* stops the node in order */
    void *context;
    struct neap_reloading *reloading;
    struct neap_control *const *control; /* set once it is open */
};

/* --- main thread ------------------------------------------------------------ */
/* Handlers for all commands, with a struct neap_serving as context. */
const struct neap_control_command *neap_serve_commands(size_t *count);

/* The process that an operator calls `word`: a pid or a registered name. False, with a line
 * that says why: there is none. */
bool neap_serve_find(struct neap_node *node, const char *word,
                     struct neap_process_info *info, struct neap_bytes *why);

/* Which code a process runs, for people: what its service says of itself, and the number of
 * the code of its module, if that is not the first: "2", "2 (code 3)", "code 3", "-". */
const char *neap_serve_version(struct neap_node *node, const struct neap_process_info *info,
                               char text[NEAP_SERVE_VERSION]);

/* The members of a process that ps and info have in common, into an open JSON object. */
void neap_serve_json_process(struct neap_bytes *out, struct neap_node *node,
                             const struct neap_process_info *info);

/* --- the handlers, one file each ---------------------------------------------- */
enum neap_control_answer neap_serve_tree(void *context, size_t count,
                                         char *const *arguments, struct neap_bytes *reply);
enum neap_control_answer neap_serve_ps(void *context, size_t count,
                                       char *const *arguments, struct neap_bytes *reply);
enum neap_control_answer neap_serve_info(void *context, size_t count,
                                         char *const *arguments, struct neap_bytes *reply);

/* `info` without a process: the node. */
enum neap_control_answer neap_serve_node(void *context, size_t count,
                                         char *const *arguments, struct neap_bytes *reply);
enum neap_control_answer neap_serve_reload(void *context, size_t count,
                                           char *const *arguments,
                                           struct neap_bytes *reply);

/* True if the first argument asks for JSON. */
bool neap_serve_wants_json(size_t count, char *const *arguments);

#endif
