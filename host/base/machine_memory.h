/* machine_memory.h - how much memory this program may use.
 * Owns:      none.
 * Threads:   any.
 * Bounds:    none.
 * Invariant: none. */
#ifndef NEAP_BASE_MACHINE_MEMORY_H
#define NEAP_BASE_MACHINE_MEMORY_H

#include <stddef.h>

/* --- any thread ---------------------------------------------------------- */
/* Bytes: those of the machine, or what the program's control group or its limit on address
 * space allows, if that is less. Reads some files of the system: not for a hot path. */
size_t neap_machine_memory(void);

/* How much of the machine's memory this program holds; bytes. Some microseconds. */
size_t neap_resident_memory(void);

/* What a control group allows; SIZE_MAX: it sets no limit. `membership` is the text of
 * /proc/PID/cgroup, `root` where the system shows the groups: "/sys/fs/cgroup". Of version 1
 * and version 2 of the interface; of a group that is shown as another's root, which a
 * container sees, the root's. */
size_t neap_control_group_memory(const char *root, const char *membership);

#endif
