#include "vm/library.h"

#include <stdint.h>
#include <string.h>

/* In build/library_files.S, which .ci/embed writes from lua/neap. */
extern const struct neap_library_file neap_library_files[];
extern const uint64_t neap_library_count;

_Static_assert(sizeof(struct neap_library_file) == 24, "the layout of .ci/embed");

const struct neap_library_file *neap_library_find(const char *module) {
    for (uint64_t i = 0; i < neap_library_count; i++)
        if (strcmp(neap_library_files[i].module, module) == 0)
            return &neap_library_files[i];
    return NULL;
}

const struct neap_library_file *neap_library_all(size_t *count) {
    *count = neap_library_count;
    return neap_library_files;
}
