/* link.h - two processes that share their fate.
 * Owns:      none; both processes note the other.
 * Threads:   any; takes the two processes' locks in the order of their slots.
 * Bounds:    the handles limit of the process that links, asked by the caller.
 * Invariant: a link is noted on both sides or on neither, except while one side ends. */
#ifndef NEAP_CORE_LINK_H
#define NEAP_CORE_LINK_H

#include "core/pid.h"

struct neap_node;
struct neap_process;

/* --- the slice of `self` ---------------------------------------------------- */
/* Links; a second time changes nothing. If `to` is dead, `self` gets the exit signal
 * "noproc" as from it (SIG-10). */
void neap_link(struct neap_process *self, struct neap_pid to);
void neap_unlink(struct neap_process *self, struct neap_pid to);

#endif
