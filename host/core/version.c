#include "core/version.h"

#include "base/alloc.h"
#include "core/node.h"
#include "core/process_fields.h"

/* Apart from the process, since only services have one. */
void neap_version_set(struct neap_process *self, const struct neap_version *version) {
    neap_lock_take(&self->lock);
    if (self->version == NULL)
        self->version = neap_alloc(sizeof *version);
    *self->version = *version;
    neap_lock_give(&self->lock);
}

bool neap_version_get(struct neap_node *node, struct neap_pid pid,
                      struct neap_version *version) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    if (p == NULL)
        return false;
    neap_lock_take(&p->lock);
    bool found = neap_process_is(p, pid) && p->version != NULL;
    if (found)
        *version = *p->version;
    neap_lock_give(&p->lock);
    return found;
}

void neap_version_drop(struct neap_process *self) {
    if (self->version == NULL) /* nobody else sets it */
        return;
    neap_lock_take(&self->lock);
    neap_free(self->version);
    self->version = NULL;
    neap_lock_give(&self->lock);
}
