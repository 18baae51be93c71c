/* layout.h - how LuaJIT lays out a state: every place where a pointer can be.
 * Owns:      none.
 * Threads:   none.
 * Bounds:    none.
 * Invariant: facts of LuaJIT 2.1 with 64-bit references (GC64), told in our words. Nothing
 *            relies on them unseen: what is found by type is compared with what a scan of
 *            the whole heap finds (vm/image.h), when a node starts. What is called unused may
 *            hold anything.
 *
 * value.h has the layouts that bindings read; here is what moves. */
#ifndef NEAP_VM_LAYOUT_H
#define NEAP_VM_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* The kind of an object, in its header; a value's tag is its complement. */
enum neap_lj_kind {
    NEAP_LJ_STRING = 4,
    NEAP_LJ_UPVALUE = 5,
    NEAP_LJ_THREAD = 6,
    NEAP_LJ_PROTO = 7,
    NEAP_LJ_FUNCTION = 8,
    NEAP_LJ_TRACE = 9,
    NEAP_LJ_CDATA = 10,
    NEAP_LJ_TABLE = 11,
    NEAP_LJ_USERDATA = 12,
};

typedef uint64_t neap_lj_ref;   /* an address, 0: none */
typedef uint64_t neap_lj_value; /* struct neap_value, as it lies there */

#define NEAP_LJ_HEADER                                                                   \
    neap_lj_ref next; /* object of the state's list; in a string: of its chain */        \
    uint8_t marked;                                                                      \
    uint8_t kind

struct neap_lj_object {
    NEAP_LJ_HEADER;
};

struct neap_lj_string {
    NEAP_LJ_HEADER;
    uint8_t reserved;
    uint8_t algorithm;
    uint32_t id; /* what tables hash it by */
    uint32_t hash;
    uint32_t size; /* the bytes follow, and a NUL */
};

struct neap_lj_upvalue {
    NEAP_LJ_HEADER;
    uint8_t closed;
    uint8_t immutable;
    uint32_t unused;
    neap_lj_value value; /* if closed; else links of a list, as the next */
    neap_lj_ref open_next;
    neap_lj_ref place; /* of the value: above, or on a stack */
    uint32_t hash;
    uint32_t unused_too;
};

struct neap_lj_thread {
    NEAP_LJ_HEADER;
    uint8_t dummy;
    uint8_t status;
    uint32_t unused;
    neap_lj_ref global;
    neap_lj_ref gray;
    neap_lj_ref base;
    neap_lj_ref top;
    neap_lj_ref stack_max;
    neap_lj_ref stack;
    neap_lj_ref open_upvalues;
    neap_lj_ref environment;
    neap_lj_ref c_frame; /* not 0 while it runs */
    uint32_t stack_size; /* values */
    uint32_t unused_too;
};

struct neap_lj_proto { /* bytecode follows; constants lie below and above `constants` */
    NEAP_LJ_HEADER;
    uint8_t parameters;
    uint8_t frame_size;
    uint32_t bytecode_size;
    uint64_t unused;
    neap_lj_ref gray;
    neap_lj_ref constants; /* objects at -1, -2 ...; numbers at 0, 1 ... */
    neap_lj_ref upvalues;
    uint32_t object_count;
    uint32_t number_count;
    uint32_t size; /* with all that follows */
    uint8_t upvalue_count;
    uint8_t flags;
    uint16_t trace; /* not 0: compiled */
    neap_lj_ref chunk;
    int32_t first_line;
    int32_t line_count;
    neap_lj_ref lines;
    neap_lj_ref upvalue_names;
    neap_lj_ref variables;
};

struct neap_lj_function {
    NEAP_LJ_HEADER;
    uint8_t id; /* 0: written in Lua */
    uint8_t upvalue_count;
    uint32_t unused;
    neap_lj_ref environment;
    neap_lj_ref gray;
    neap_lj_ref code; /* bytecode of its proto, or in the global state */
    union {
        neap_lj_ref upvalues[1]; /* written in Lua */
        struct {
            uint64_t function;
            neap_lj_value values[1];
        } c;
    };
};

struct neap_lj_table {
    NEAP_LJ_HEADER;
    uint8_t absent_metamethods;
    int8_t colocated; /* values that follow the table itself; < 0: no more in use */
    uint32_t unused;
    neap_lj_ref array;
    neap_lj_ref gray;
    neap_lj_ref metatable;
    neap_lj_ref nodes; /* of the global state's one, if there is none */
    uint32_t array_size;
    uint32_t mask;
    neap_lj_ref free_top;
};

struct neap_lj_node {
    neap_lj_value value;
    neap_lj_value key;
    neap_lj_ref next;
};

struct neap_lj_userdata {
    NEAP_LJ_HEADER;
    uint8_t type; /* 0: a plain one */
    uint8_t unused;
    uint32_t unused_too;
    neap_lj_ref environment;
    uint32_t size;
    uint32_t unused_again;
    neap_lj_ref metatable;
    uint64_t align; /* the bytes follow */
};

enum {
    NEAP_LJ_ROOTS = 38, /* names of metamethods, metatables of types, files */
    NEAP_LJ_RANDOM = 4, /* words of a generator's state */
};

struct neap_lj_global {
    uint64_t allocator;
    uint64_t allocator_data;
    struct {
        uint64_t total;
        uint64_t threshold;
        uint8_t white;
        uint8_t state; /* 0: between two cycles */
        uint8_t cdata;
        uint8_t light_segments;
        uint32_t string_sweep;
        neap_lj_ref root; /* list of all objects but strings */
        neap_lj_ref sweep;
        neap_lj_ref gray;
        neap_lj_ref gray_again;
        neap_lj_ref weak;
        neap_lj_ref finalize;
        uint64_t debt;
        uint64_t estimate;
        uint32_t step_multiplier;
        uint32_t pause;
        neap_lj_ref light; /* upper bits of light userdata: 4 bytes a segment */
    } gc;
    struct neap_lj_string empty;
    uint8_t empty_end;
    uint8_t hook_mask;
    uint8_t dispatch;
    uint8_t events;
    struct {
        neap_lj_ref chains; /* heads; bit 0: hashed in the second way */
        uint32_t mask;
        uint32_t count;
        uint32_t next_id;
        uint32_t unused;
        uint64_t seed;
    } strings;
    int32_t vm_state;
    neap_lj_ref main;
    struct {
        neap_lj_ref write, end, begin, state;
    } buffer;
    neap_lj_value temporary[2];
    struct neap_lj_node no_node;
    neap_lj_value registry;
    struct neap_lj_upvalue open_upvalues; /* head of a ring of all */
    int32_t hook_count;
    int32_t hook_start;
    uint64_t hook;
    uint64_t wrapper;
    uint64_t panic;
    uint32_t call_code[2];
    neap_lj_ref current;
    neap_lj_ref jit_base;
    neap_lj_ref ctypes;
    uint64_t random[NEAP_LJ_RANDOM];
    neap_lj_ref roots[NEAP_LJ_ROOTS];
};

#undef NEAP_LJ_HEADER

#endif
