/* library.h - the Lua library, all of lua/neap, as it is embedded in the program.
 * Owns:      none; the texts are constants of the program.
 * Threads:   any.
 * Bounds:    fixed when the program was built.
 * Invariant: what was built in is all there is: nothing is read from disk. */
#ifndef NEAP_VM_LIBRARY_H
#define NEAP_VM_LIBRARY_H

#include <stddef.h>

struct neap_library_file {
    const char *module; /* "neap.supervisor.strategy"; lua/neap/init.lua is "neap" */
    const char *text;   /* followed by a NUL that is not counted */
    size_t size;
};

/* --- any thread ---------------------------------------------------------- */
const struct neap_library_file *neap_library_find(const char *module); /* NULL: none */
const struct neap_library_file *neap_library_all(size_t *count);

#endif
