/* handle.h - host values in a Lua state: pids, refs, addresses, froms, timers, buffers.
 * Owns:      a reference to the blob of every buffer userdata of its state.
 * Threads:   the carrier that runs the state; _close whoever discards the process.
 * Bounds:    blob_bytes and blobs.count say what the buffers hold; callers compare.
 * Invariant: equal handles (buffers excepted) are one userdata per state, so `==` and table
 *            keys work; only the functions here make userdata with these metatables. */
#ifndef NEAP_VM_HANDLE_H
#define NEAP_VM_HANDLE_H

#include "base/map.h"
#include "core/blob.h"
#include "core/pid.h"
#include "core/registry.h"
#include "vm/image.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum neap_handle_kind {
    NEAP_HANDLE_NONE, /* not one of ours */
    NEAP_HANDLE_PID,
    NEAP_HANDLE_REF,
    NEAP_HANDLE_ADDRESS,
    NEAP_HANDLE_FROM,
    NEAP_HANDLE_TIMER,
    NEAP_HANDLE_BUFFER,
    NEAP_HANDLE_KINDS,
};

enum {
    NEAP_HANDLE_TEXT = NEAP_NAME_MAX + 64,
    NEAP_HANDLES_POINTS = NEAP_HANDLE_KINDS + 2,
};

struct neap_heap;

struct neap_from { /* a plain value: whom a reply goes to */
    struct neap_pid pid;
    uint64_t ref;
};

struct neap_handles { /* embedded per process; its address must not change after _open */
    const void *metatable[NEAP_HANDLE_KINDS]; /* for the O(1) kind check */
    int metatable_ref[NEAP_HANDLE_KINDS];     /* in the registry */
    int intern_ref[NEAP_HANDLE_KINDS];        /* weak-valued tables, in the registry */
    const void *error_metatable;              /* NULL until Lua has told it */
    int error_ref;
    uint32_t tag;          /* of the node's own pids: their intern key is a number */
    struct neap_map blobs; /* serial of a buffer userdata -> struct neap_blob */
    uint64_t last_serial;
    size_t blob_bytes;         /* the sum of their sizes */
    struct neap_heap *heap;    /* which they are charged to, or NULL */
    struct neap_handles **box; /* a userdata of the state, with the address of this */
};

/* --- the carrier of the state --------------------------------------------- */
/* Sets up metatables and intern tables. May raise or leave the VM: run it protected. */
void neap_handles_open(struct neap_handles *h, lua_State *L);

/* Releases every blob. Calls no VM function: the state may be torn or gone. Also right
 * after a zeroed struct whose _open did not finish. */
void neap_handles_close(struct neap_handles *h);

/* --- clones: vm/image.h --- */
/* Only addresses mean the same in every process: the other kinds are made by one. */
bool neap_handles_may_clone(const struct neap_handles *h,
                            const struct neap_image_userdata *userdata);

/* Where the handles point into their state. `points` has room for NEAP_HANDLES_POINTS. */
void neap_handles_points(const struct neap_handles *h, struct neap_image_point *points);

/* `h` are those of a clone, as `of`, which hold no buffers, were those of the image. Outside
 * a slice, or before the clone's first. */
void neap_handles_clone(struct neap_handles *h, const struct neap_handles *of,
                        struct neap_heap *clone, const struct neap_image_point *points);

/* Each pushes one value; needs 4 free stack slots. A pid of no process pushes nil. */
void neap_handle_push_pid(lua_State *L, struct neap_handles *h, struct neap_pid pid);
void neap_handle_push_ref(lua_State *L, struct neap_handles *h, uint64_t ref);
void neap_handle_push_address(lua_State *L, struct neap_handles *h, const char *name,
                              size_t size); /* size <= NEAP_NAME_MAX */
void neap_handle_push_from(lua_State *L, struct neap_handles *h, struct neap_from from);
void neap_handle_push_timer(lua_State *L, struct neap_handles *h, uint64_t timer);

/* Lends `blob` for the call and takes a reference of its own: somebody else must hold one
 * meanwhile (a message does), or it would leak when the process is discarded in here. */
void neap_handle_push_buffer(lua_State *L, struct neap_handles *h, struct neap_blob *blob);

/* Pushes a new buffer with a copy of the bytes, which lie in the state (a Lua string). */
void neap_handle_push_new_buffer(lua_State *L, struct neap_handles *h, const void *bytes,
                                 size_t size);

/* What the value at `idx` is. Raw: no metamethod runs, nothing is allocated. */
enum neap_handle_kind neap_handle_kind(lua_State *L, const struct neap_handles *h, int idx);

/* False, and nothing written, when the value is of another kind. What is lent is valid
 * while the value is on the stack. */
bool neap_handle_to_pid(lua_State *L, const struct neap_handles *h, int idx,
                        struct neap_pid *pid);
bool neap_handle_to_ref(lua_State *L, const struct neap_handles *h, int idx, uint64_t *ref);
bool neap_handle_to_from(lua_State *L, const struct neap_handles *h, int idx,
                         struct neap_from *from);
bool neap_handle_to_timer(lua_State *L, const struct neap_handles *h, int idx,
                          uint64_t *timer);
/* Lends the name (with a NUL behind it); NULL when it is no address. `size` may be NULL. */
const char *neap_handle_to_address(lua_State *L, const struct neap_handles *h, int idx,
                                   size_t *size);
/* Lends the blob, or NULL when it is no buffer. */
struct neap_blob *neap_handle_to_buffer(lua_State *L, const struct neap_handles *h,
                                        int idx);

/* "17.3", "ref 5", "address shop.web", "from 17.3", "timer 4", "buffer 4096 bytes", into
 * `text`. False when the value is no handle. */
bool neap_handle_text(lua_State *L, const struct neap_handles *h, int idx,
                      char text[NEAP_HANDLE_TEXT]);

/* Error objects: tables with the metatable of lua/neap/error.lua. */
void neap_handles_set_error_metatable(lua_State *L, struct neap_handles *h, int idx);
bool neap_handles_is_error(lua_State *L, const struct neap_handles *h, int idx);
/* Gives the table on top of the stack that metatable, if there is one yet. */
void neap_handles_mark_error(lua_State *L, const struct neap_handles *h);

#endif
