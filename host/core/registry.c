#include "core/registry.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/random.h"
#include "core/node.h"
#include "core/process_fields.h"

#include <string.h>

struct neap_name {
    struct neap_list link;  /* in the process's `names` */
    struct neap_name *next; /* with the same hash */
    struct neap_process *process;
    struct neap_pid pid;
    uint64_t hash;
    bool given; /* by another process */
    char text[];
};

struct neap_registry {
    pthread_rwlock_t lock;
    struct neap_map by_hash; /* -> struct neap_name */
    uint64_t seed;           /* so that nobody can choose names that collide */
};

struct neap_registry *neap_registry_new(void) {
    struct neap_registry *r = neap_calloc(1, sizeof *r);
    int err = pthread_rwlock_init(&r->lock, NULL);
    NEAP_ASSERT(err == 0);
    r->seed = neap_random();
    return r;
}

void neap_registry_free(struct neap_registry *r) {
    NEAP_ASSERT(r->by_hash.count == 0);
    neap_map_fini(&r->by_hash);
    pthread_rwlock_destroy(&r->lock);
    neap_free(r);
}

bool neap_name_is_valid(const char *name, size_t size) {
    if (size == 0 || size > NEAP_NAME_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool later = (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
        if (!letter && (i == 0 || !later))
            return false;
    }
    return true;
}

static uint64_t hash_of(const struct neap_registry *r, const char *name) {
    uint64_t h = r->seed;
    for (; *name != '\0'; name++) {
        h = (h ^ (unsigned char)*name) * 0x9E3779B97F4A7C15ull;
        h ^= h >> 29;
    }
    return h != 0 ? h : 1;
}

static struct neap_name *lookup(const struct neap_registry *r, const char *name,
                                uint64_t hash) {
    struct neap_name *n = neap_map_get(&r->by_hash, hash);
    while (n != NULL && strcmp(n->text, name) != 0)
        n = n->next;
    return n;
}

struct neap_pid neap_registry_find(struct neap_registry *r, const char *name) {
    struct neap_pid pid = { 0 };
    uint64_t hash = hash_of(r, name);
    pthread_rwlock_rdlock(&r->lock);
    const struct neap_name *n = lookup(r, name, hash);
    if (n != NULL)
        pid = n->pid;
    pthread_rwlock_unlock(&r->lock);
    return pid;
}

static void insert(struct neap_registry *r, const char *name, uint64_t hash,
                   struct neap_process *p, bool given) {
    size_t size = strlen(name) + 1;
    struct neap_name *n = neap_alloc(sizeof *n + size);
    *n = (struct neap_name){ .process = p, .pid = p->pid, .hash = hash, .given = given };
    memcpy(n->text, name, size);
    n->next = neap_map_put(&r->by_hash, hash, n);
    neap_list_push(&p->names, &n->link);
    p->name_count++;
    p->given_names += given;
}

static int add(struct neap_registry *r, const char *name, struct neap_process *p,
               bool given, struct neap_pid *holder) {
    uint64_t hash = hash_of(r, name);
    pthread_rwlock_wrlock(&r->lock);
    const struct neap_name *n = lookup(r, name, hash);
    if (n != NULL)
        *holder = n->pid;
    else
        insert(r, name, hash, p, given);
    pthread_rwlock_unlock(&r->lock);
    return n != NULL ? NEAP_ETAKEN : 0;
}

int neap_registry_add(struct neap_registry *r, const char *name, struct neap_process *p,
                      struct neap_pid *holder) {
    return add(r, name, p, false, holder);
}

/* Holder of the process's lock. */
static int check_given(const struct neap_process *p) {
    return p->given_names < p->limits.handles ? 0 : NEAP_ELIMIT;
}

static int give(struct neap_node *node, const char *name, struct neap_pid pid, bool given,
                struct neap_pid *holder) {
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    if (p == NULL)
        return NEAP_ENOPROC;
    neap_lock_take(&p->lock);
    int err = neap_process_is(p, pid) ? 0 : NEAP_ENOPROC;
    if (err == 0 && given)
        err = check_given(p);
    if (err == 0)
        err = add(neap_node_registry(node), name, p, given, holder);
    neap_lock_give(&p->lock);
    return err;
}

int neap_register(struct neap_node *node, const char *name, struct neap_pid pid,
                  struct neap_pid *holder) {
    return give(node, name, pid, false, holder);
}

int neap_register_other(struct neap_node *node, const char *name, struct neap_pid pid,
                        struct neap_pid *holder) {
    return give(node, name, pid, true, holder);
}

/* Holder of the registry's lock for writing and of the process's lock. */
static void erase(struct neap_registry *r, struct neap_name *n) {
    struct neap_name *first = neap_map_remove(&r->by_hash, n->hash);
    struct neap_name **at = &first;
    while (*at != n)
        at = &(*at)->next;
    *at = n->next;
    if (first != NULL)
        neap_map_put(&r->by_hash, n->hash, first);
    neap_list_remove(&n->link);
    n->process->name_count--;
    n->process->given_names -= n->given;
    neap_free(n);
}

/* The process's lock comes before the registry's, and only the registry knows the process:
 * so look, lock, and look again whether the name is still its. */
int neap_unregister(struct neap_node *node, const char *name) {
    struct neap_registry *r = neap_node_registry(node);
    struct neap_pid pid = neap_registry_find(r, name);
    struct neap_process *p = neap_processes_find(neap_node_processes(node), pid);
    if (p == NULL)
        return NEAP_ENOPROC;
    int err = NEAP_ENOPROC;
    uint64_t hash = hash_of(r, name);
    neap_lock_take(&p->lock);
    pthread_rwlock_wrlock(&r->lock);
    struct neap_name *n = lookup(r, name, hash);
    if (n != NULL && n->process == p) {
        erase(r, n);
        err = 0;
    }
    pthread_rwlock_unlock(&r->lock);
    neap_lock_give(&p->lock);
    return err;
}

void neap_registry_drop(struct neap_registry *r, struct neap_process *p) {
    if (neap_list_empty(&p->names))
        return;
    pthread_rwlock_wrlock(&r->lock);
    while (!neap_list_empty(&p->names))
        erase(r, NEAP_LIST_ITEM(p->names.next, struct neap_name, link));
    pthread_rwlock_unlock(&r->lock);
}

const char *neap_registry_name_of(const struct neap_process *p) {
    if (neap_list_empty(&p->names))
        return "";
    return NEAP_LIST_ITEM(p->names.next, struct neap_name, link)->text;
}
