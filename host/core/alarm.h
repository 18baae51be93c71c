/* alarm.h - a message that is to be sent later (neap.send_after).
 * Owns:      the message until it is sent, cancelled, or its maker ends.
 * Threads:   the slice of its maker, whose worker also fires it.
 * Bounds:    the handles limit of its maker, asked by the caller.
 * Invariant: fires at most once, not before its time; dies with the process that made it. */
#ifndef NEAP_CORE_ALARM_H
#define NEAP_CORE_ALARM_H

#include "base/clock.h"
#include "core/message.h"

#include <stdbool.h>

struct neap_process;

/* --- the maker's slice -------------------------------------------------------- */
/* Sends `m` to `to`, or to whoever is called `name` then if that is not NULL. Takes `m`.
 * Gives the alarm's id. */
uint64_t neap_alarm_start(struct neap_process *self, neap_time at, struct neap_pid to,
                          const char *name, struct neap_message *m);

/* Of the messages that wait in its alarms. */
uint64_t neap_alarm_bytes(struct neap_process *self);

/* True and the time left, if it had not fired yet. */
bool neap_alarm_cancel(struct neap_process *self, uint64_t id, neap_time *left);

/* --- core: the maker ends, on its worker --------------------------------------- */
void neap_alarm_stop_all(struct neap_process *self);

#endif
