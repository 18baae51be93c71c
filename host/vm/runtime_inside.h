/* runtime_inside.h - what states and bindings ask of the runtime they live in.
 * Owns:      see runtime.h; what is returned here is lent.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: the configuration is set once, by the first process, before any other runs. */
#ifndef NEAP_VM_RUNTIME_INSIDE_H
#define NEAP_VM_RUNTIME_INSIDE_H

#include "core/pid.h"
#include "vm/host_table.h"
#include "vm/runtime.h"

struct neap_slots;
struct neap_images;
struct neap_message;
struct neap_process;

/* --- any thread ---------------------------------------------------------- */
struct neap_slots *neap_runtime_slots(const struct neap_runtime *r);
const struct neap_runtime_options *neap_runtime_options_of(const struct neap_runtime *r);
bool neap_runtime_has_jit(const struct neap_runtime *r);

/* The exec arena had no room for the code of `p`: told once for all. */
void neap_runtime_note_arena(struct neap_runtime *r, const struct neap_process *p);
neap_host_table neap_runtime_host_table(const struct neap_runtime *r);

struct neap_images *neap_runtime_images(const struct neap_runtime *r);
struct neap_suspicion *neap_runtime_suspicion(struct neap_runtime *r);

/* Whether reading an unknown global is an error in the application's processes. */
bool neap_runtime_is_strict(const struct neap_runtime *r);

/* The encoded neap.config and neap.args, or NULL before they are set. */
const struct neap_message *neap_runtime_config(const struct neap_runtime *r);
const struct neap_message *neap_runtime_args(const struct neap_runtime *r);

/* A module was loaded for the first time. */
void neap_runtime_note_module(const struct neap_runtime *r);

/* --- the first process ------------------------------------------------------ */
struct neap_pid neap_runtime_first(const struct neap_runtime *r);
bool neap_runtime_is_first(const struct neap_runtime *r, struct neap_process *p);

/* Takes both messages; copies the name. */
void neap_runtime_configure(struct neap_runtime *r, struct neap_message *config,
                            struct neap_message *args, const char *name);
void neap_runtime_set_strict(struct neap_runtime *r, bool strict);
void neap_runtime_ready(struct neap_runtime *r);

/* The app can not be run: the program ends with NEAP_EXIT_INVALID. */
void neap_runtime_refuse(struct neap_runtime *r);

#endif
