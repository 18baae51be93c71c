/* plain_encoder.h - encodes values of plain data where they lie, in one walk.
 * Owns:      none.
 * Threads:   the carrier of the state.
 * Bounds:    as vm/encoder.h.
 * Invariant: calls nothing of the VM, so nothing moves meanwhile. What is not plain (handles,
 *            metatables, what can not be sent) or too much is left to vm/encoder.c, which
 *            begins anew and knows what to say about it.
 *
 * Most messages are plain. Through the API a table of five fields and nine items took 3,900
 * instructions, two thirds of them to find each value by its index again. */
#ifndef NEAP_VM_PLAIN_ENCODER_H
#define NEAP_VM_PLAIN_ENCODER_H

#include "vm/scratch.h"
#include "vm/value.h"

/* --- the carrier of the state --------------------------------------------- */
/* Appends the value. False: it is not plain, and what was appended means nothing. */
bool neap_plain_encode(struct neap_scratch *s, struct neap_value v);

#endif
