/* Three rounds: find every block of the state and give it a place; copy each, and mark what
 * in it is a pointer; look whether that was all. The blocks are laid out by how they are used:
 * what a process writes to as soon as it runs lies together. */
#include "vm/capture.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/map.h"
#include "vm/heap.h"
#include "vm/image_inside.h"
#include "vm/layout.h"
#include "vm/value.h"

#include <lua.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NIL UINT64_MAX
#define ADDRESS (((uint64_t)1 << 47) - 1) /* the bits of a value that hold one */

enum block_kind {
    BLOCK_MAIN, /* the main thread, the global state and what LuaJIT keeps with them */
    BLOCK_STACK,
    BLOCK_CHAINS,
    BLOCK_THREAD,
    BLOCK_TABLE,
    BLOCK_VALUES,
    BLOCK_NODES,
    BLOCK_FUNCTION,
    BLOCK_UPVALUE,
    BLOCK_USERDATA,
    BLOCK_PROTO,
    BLOCK_STRING,
    BLOCK_PLAIN,
    BLOCK_KINDS,
};

struct block {
    const char *from;
    size_t size;
    size_t at; /* in a clone */
    enum block_kind kind;
};

struct capture {
    const struct neap_image_source *source;
    const struct neap_lj_thread *main;
    const struct neap_lj_global *g;
    size_t main_size;
    struct neap_bytes blocks;
    struct neap_map places; /* address of a block -> its place */
    struct neap_map codes;  /* lower bits of the address of a function's code -> that */
    size_t end;
    size_t used_large;
    size_t stripped; /* bytes that LuaJIT counts and that are not in the image */
    struct neap_image *image;
    const char *problem; /* the first */
};

static const struct block *block_at(const struct capture *c, size_t i) {
    return (const struct block *)(const void *)c->blocks.data + i;
}

static size_t block_count(const struct capture *c) {
    return c->blocks.len / sizeof(struct block);
}

static void refuse(struct capture *c, const char *problem) {
    if (c->problem == NULL)
        c->problem = problem;
}

static const void *at_address(uint64_t address) {
    return (const void *)(uintptr_t)address;
}

/* --- how large things are --- */

static size_t size_of_table(const struct neap_lj_table *t) {
    return sizeof *t + sizeof(neap_lj_value) * (size_t)(t->colocated & 0x7f);
}

static size_t size_of_function(const struct neap_lj_function *f) {
    size_t front = f->id == 0 ? offsetof(struct neap_lj_function, upvalues)
                              : offsetof(struct neap_lj_function, c.values);
    return front + sizeof(uint64_t) * f->upvalue_count;
}

static size_t size_of_string(uint32_t size) {
    return sizeof(struct neap_lj_string) + ((size + (size_t)4) & ~(size_t)3);
}

/* --- round 1: find --- */

static void add(struct capture *c, const void *from, size_t size, enum block_kind kind) {
    struct block block = { from, size, c->end, kind };
    bool stays = kind == BLOCK_MAIN; /* never freed, so its size needs no class */
    size_t takes = stays ? (size + 15) & ~(size_t)15 : neap_heap_block_bytes(size);
    neap_bytes_append(&c->blocks, &block, sizeof block);
    neap_map_put(&c->places, (uint64_t)(uintptr_t)from, (void *)(uintptr_t)c->end);
    c->end += takes;
    if (neap_heap_is_large(size))
        c->used_large += takes;
    if (c->end > NEAP_IMAGE_MAX)
        refuse(c, "more than 4 MiB");
}

static bool is_in_main(const struct capture *c, uint64_t address) {
    return address - (uint64_t)(uintptr_t)c->main < c->main_size;
}

static void find_stack(struct capture *c, const struct neap_lj_thread *thread) {
    const uint64_t first = thread->stack + 2 * sizeof(neap_lj_value);
    if (thread->c_frame != 0 || thread->base != first || thread->status != 0)
        refuse(c, "a coroutine");
    add(c, at_address(thread->stack), thread->stack_size * sizeof(neap_lj_value),
        BLOCK_STACK);
}

static void find_table(struct capture *c, const struct neap_lj_table *t) {
    add(c, t, size_of_table(t), BLOCK_TABLE);
    if (t->array_size > 0 && t->colocated <= 0)
        add(c, at_address(t->array), t->array_size * sizeof(neap_lj_value), BLOCK_VALUES);
    if (t->mask > 0)
        add(c, at_address(t->nodes), ((size_t)t->mask + 1) * sizeof(struct neap_lj_node),
            BLOCK_NODES);
}

static void find_userdata(struct capture *c, const struct neap_lj_userdata *u) {
    struct neap_image_userdata seen = { at_address(u->metatable), u + 1, u->size };
    if (u->type != 0 || !c->source->may_hold(c->source->context, &seen))
        refuse(c, "a userdata that can not be copied byte by byte");
    add(c, u, sizeof *u + u->size, BLOCK_USERDATA);
}

/* What an upvalue's hash tells of the code that made it. */
static uint64_t code_key(uint64_t code) {
    return (code & 0xffffff) + 1;
}

/* Code of the library keeps no line numbers and names of variables in images: they are a fifth
 * of it, and a stack shows the program's own places. They lie at the end. */
static size_t size_of_proto(const struct neap_lj_proto *p) {
    const struct neap_lj_string *chunk = at_address(p->chunk);
    bool is_library = strncmp((const char *)(chunk + 1), "@neap/", 6) == 0;
    return is_library && p->lines != 0 ? (size_t)(p->lines - (uint64_t)(uintptr_t)p)
                                       : p->size;
}

static void find_proto(struct capture *c, const struct neap_lj_proto *p) {
    uint64_t code = (uint64_t)(uintptr_t)(p + 1);
    neap_map_put(&c->codes, code_key(code), (void *)(uintptr_t)code);
    add(c, p, size_of_proto(p), BLOCK_PROTO);
}

static void find_object(struct capture *c, const struct neap_lj_object *o) {
    switch ((enum neap_lj_kind)o->kind) {
    case NEAP_LJ_UPVALUE: add(c, o, sizeof(struct neap_lj_upvalue), BLOCK_UPVALUE); break;
    case NEAP_LJ_PROTO: find_proto(c, (const struct neap_lj_proto *)o); break;
    case NEAP_LJ_FUNCTION:
        add(c, o, size_of_function((const struct neap_lj_function *)o), BLOCK_FUNCTION);
        break;
    case NEAP_LJ_TABLE: find_table(c, (const struct neap_lj_table *)o); break;
    case NEAP_LJ_USERDATA: find_userdata(c, (const struct neap_lj_userdata *)o); break;
    case NEAP_LJ_CDATA: refuse(c, "a value of the ffi (a literal such as 1LL)"); break;
    case NEAP_LJ_THREAD: /* source.co is added by itself */
        if ((const void *)o != c->source->main && (const void *)o != c->source->co)
            refuse(c, "a coroutine");
        break;
    default: refuse(c, "an object of a kind that is not known");
    }
}

/* The objects of one kind, so that they lie together. */
static void find_kind(struct capture *c, enum neap_lj_kind kind) {
    for (uint64_t at = c->g->gc.root; at != 0 && c->problem == NULL;) {
        const struct neap_lj_object *o = at_address(at);
        if (o->kind == kind)
            find_object(c, o);
        at = o->next;
    }
}

static void find_unknown(struct capture *c) {
    for (uint64_t at = c->g->gc.root; at != 0 && c->problem == NULL;) {
        const struct neap_lj_object *o = at_address(at);
        bool known = o->kind >= NEAP_LJ_UPVALUE && o->kind <= NEAP_LJ_USERDATA &&
                     o->kind != NEAP_LJ_TRACE;
        if (!known || o->kind == NEAP_LJ_CDATA || o->kind == NEAP_LJ_THREAD)
            find_object(c, o);
        at = o->next;
    }
}

static void find_strings(struct capture *c) {
    const uint64_t *chains = at_address(c->g->strings.chains);
    for (size_t i = 0; i <= c->g->strings.mask; i++) {
        for (uint64_t at = chains[i] & ~(uint64_t)1; at != 0;) {
            const struct neap_lj_string *s = at_address(at);
            add(c, s, size_of_string(s->size), BLOCK_STRING);
            at = s->next;
        }
    }
}

static size_t light_segments(const struct neap_lj_global *g) {
    unsigned last = g->gc.light_segments;
    return last == 0 ? 2 : (size_t)2 << (31 - (unsigned)__builtin_clz(last));
}

static void find_all(struct capture *c) {
    const struct neap_lj_global *g = c->g;
    const struct neap_lj_thread *co = (const void *)c->source->co;
    add(c, c->main, c->main_size, BLOCK_MAIN);
    find_stack(c, c->main);
    if (co != NULL) {
        add(c, co, sizeof *co, BLOCK_THREAD);
        find_stack(c, co);
    }
    add(c, at_address(g->strings.chains),
        ((size_t)g->strings.mask + 1) * sizeof(uint64_t), BLOCK_CHAINS);
    if (g->gc.light != 0)
        add(c, at_address(g->gc.light), light_segments(g) * sizeof(uint32_t), BLOCK_PLAIN);
    find_unknown(c);
    find_kind(c, NEAP_LJ_TABLE);
    find_kind(c, NEAP_LJ_FUNCTION);
    find_kind(c, NEAP_LJ_UPVALUE);
    find_kind(c, NEAP_LJ_USERDATA);
    find_kind(c, NEAP_LJ_PROTO);
    find_strings(c);
}

/* What is in the middle of something, or belongs to the compiler. */
static void check_rest(struct capture *c) {
    const struct neap_lj_global *g = c->g;
    if (g->gc.state != 0 || g->gc.finalize != 0)
        refuse(c, "a collection under way");
    if (g->hook_mask != 0 || g->jit_base != 0)
        refuse(c, "a state that runs");
    if (g->ctypes != 0)
        refuse(c, "a value of the ffi (a literal such as 1LL)");
}

/* --- round 2: copy --- */

static void *in_image(struct capture *c, size_t at) {
    return (char *)c->image->words + (at - neap_heap_front());
}

static void mark(struct capture *c, const void *field) {
    size_t word = (size_t)((const uint64_t *)field - c->image->words);
    c->image->pointers[word / 64] |= (uint64_t)1 << word % 64;
}

/* The place of what begins at that address; 0: nothing does. Some objects lie in the block of
 * the main thread. */
static size_t place_of(struct capture *c, uint64_t address) {
    if (is_in_main(c, address))
        return neap_heap_front() + (size_t)(address - (uint64_t)(uintptr_t)c->main);
    return (size_t)(uintptr_t)neap_map_get(&c->places, address);
}

/* `field` of the image is a pointer to that place. */
static void point(struct capture *c, void *field, size_t place) {
    if (place == 0) {
        refuse(c, "a reference that leads out of the heap");
        return;
    }
    memcpy(field, &place, sizeof place);
    mark(c, field);
}

static void ref(struct capture *c, neap_lj_ref *field) {
    if (*field != 0)
        point(c, field, place_of(c, *field));
}

/* A pointer into the block that begins at `start`. */
static void ref_inside(struct capture *c, neap_lj_ref *field, uint64_t start) {
    size_t place = place_of(c, start);
    if (*field != 0)
        point(c, field, place == 0 ? 0 : place + (size_t)(*field - start));
}

static bool is_object(neap_lj_value v) {
    int64_t tag = (int64_t)v >> 47;
    return tag <= NEAP_VALUE_STRING && tag >= NEAP_VALUE_USERDATA;
}

static uint64_t address_of(neap_lj_value v) {
    return v & ADDRESS;
}

/* The tag stays above the place: adding an address below 2^47 never carries into it. */
static void value(struct capture *c, neap_lj_value *field) {
    if (!is_object(*field))
        return;
    size_t place = place_of(c, address_of(*field));
    if (place == 0) {
        refuse(c, "a value that leads out of the heap");
        return;
    }
    *field = (*field & ~ADDRESS) | place;
    mark(c, field);
}

static void values(struct capture *c, neap_lj_value *first, size_t count) {
    for (size_t i = 0; i < count; i++)
        value(c, first + i);
}

static void copy_stack(struct capture *c, struct neap_lj_thread *thread) {
    neap_lj_value *stack = in_image(c, place_of(c, thread->stack));
    size_t used = (size_t)(thread->top - thread->stack) / sizeof *stack;
    values(c, stack, used);
    for (size_t i = used; i < thread->stack_size; i++)
        stack[i] = NIL;
}

static void copy_thread(struct capture *c, struct neap_lj_thread *thread) {
    uint64_t stack = thread->stack;
    copy_stack(c, thread);
    ref(c, &thread->next);
    ref_inside(c, &thread->global, (uint64_t)(uintptr_t)c->main);
    ref_inside(c, &thread->base, stack);
    ref_inside(c, &thread->top, stack);
    ref_inside(c, &thread->stack_max, stack);
    ref(c, &thread->stack);
    ref(c, &thread->environment);
    thread->gray = 0;
    thread->unused = thread->unused_too = 0;
    if (thread->open_upvalues != 0)
        refuse(c, "an upvalue on a stack");
}

static void copy_chains(struct capture *c, uint64_t *chain) {
    for (size_t i = 0; i <= c->g->strings.mask; i++) {
        uint64_t flag = chain[i] & 1;
        chain[i] &= ~(uint64_t)1;
        ref(c, &chain[i]);
        chain[i] |= flag;
    }
}

/* What depends on when it was captured is made the same for all. */
static void clear_passing(struct neap_lj_global *g) {
    g->gc.gray = g->gc.gray_again = g->gc.weak = 0;
    memset(&g->buffer, 0, sizeof g->buffer);
    g->temporary[0] = g->temporary[1] = NIL;
    memset(g->random, 0, sizeof g->random);
    g->wrapper = 0;
}

static void copy_global(struct capture *c, struct neap_lj_global *g) {
    uint64_t main = (uint64_t)(uintptr_t)c->main;
    uint64_t root = (uint64_t)(uintptr_t)&c->g->gc.root;
    clear_passing(g);
    g->allocator_data = 0; /* the heap: the clone's first byte */
    mark(c, &g->allocator_data);
    ref(c, &g->gc.root);
    g->gc.sweep = root;
    ref_inside(c, &g->gc.sweep, main);
    ref(c, &g->gc.light);
    ref(c, &g->empty.next);
    ref(c, &g->strings.chains);
    ref_inside(c, &g->main, main);
    value(c, &g->registry);
    ref_inside(c, &g->open_upvalues.value, main); /* an empty ring */
    ref_inside(c, &g->open_upvalues.open_next, main);
    g->current = main;
    ref_inside(c, &g->current, main);
    for (int i = 0; i < NEAP_LJ_ROOTS; i++)
        ref(c, &g->roots[i]);
}

static void copy_main(struct capture *c, struct neap_lj_thread *main) {
    size_t at = (size_t)((const char *)c->g - (const char *)c->main);
    copy_thread(c, main);
    copy_global(c, (struct neap_lj_global *)(void *)((char *)main + at));
}

/* A key without a value is never looked at, and may lead anywhere; but its node must not look
 * free, or the chain that goes through it would be cut. */
static void copy_dead_key(struct capture *c, struct neap_lj_node *node) {
    bool is_string = (int64_t)node->key >> 47 == NEAP_VALUE_STRING;
    if (is_string && place_of(c, address_of(node->key)) != 0)
        value(c, &node->key);
    else
        node->key = (uint64_t)NEAP_VALUE_TRUE << 47 | ADDRESS;
}

static void copy_nodes(struct capture *c, struct neap_lj_node *node, size_t count,
                       uint64_t start) {
    for (size_t i = 0; i < count; i++) {
        if (is_object(node[i].key) && node[i].value == NIL)
            copy_dead_key(c, &node[i]);
        else
            value(c, &node[i].key);
        value(c, &node[i].value);
        ref_inside(c, &node[i].next, start);
    }
}

/* Tables hash all objects but strings by address (A10). */
static bool is_hashed_by_address(const struct neap_lj_node *node) {
    return node->value != NIL && is_object(node->key) &&
           (int64_t)node->key >> 47 != NEAP_VALUE_STRING;
}

static bool any_hashed_by_address(const struct neap_lj_node *node, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_hashed_by_address(&node[i]))
            return true;
    return false;
}

struct entry {
    uint64_t order; /* the same wherever the state lies */
    struct neap_lj_node node;
};

static int by_order(const void *a, const void *b) {
    uint64_t x = ((const struct entry *)a)->order;
    uint64_t y = ((const struct entry *)b)->order;
    return x < y ? -1 : x > y;
}

static size_t live_entries(struct capture *c, const struct neap_lj_node *node,
                           size_t count, struct entry *to) {
    size_t live = 0;
    for (size_t i = 0; i < count; i++) {
        if (node[i].value == NIL)
            continue;
        uint64_t key = node[i].key;
        if (is_object(key))
            key = (key & ~ADDRESS) | place_of(c, address_of(key));
        to[live++] = (struct entry){ key, { node[i].value, node[i].key, 0 } };
    }
    return live;
}

/* Each clone puts its entries in again; here they stand in an order of their own. */
static void straighten(struct capture *c, struct neap_lj_node *node, size_t count) {
    struct entry *entries = neap_alloc(count * sizeof *entries);
    size_t live = live_entries(c, node, count, entries);
    qsort(entries, live, sizeof *entries, by_order);
    for (size_t i = 0; i < count; i++)
        node[i] = i < live ? entries[i].node : (struct neap_lj_node){ NIL, NIL, 0 };
    neap_free(entries);
}

/* Before the table itself is marked: its address is still the old one. */
static void straighten_table(struct capture *c, struct neap_lj_table *t, size_t place) {
    size_t count = (size_t)t->mask + 1;
    struct neap_lj_node *nodes = t->mask > 0 ? in_image(c, place_of(c, t->nodes)) : NULL;
    if (nodes == NULL || !any_hashed_by_address(nodes, count))
        return;
    straighten(c, nodes, count);
    t->free_top = t->nodes + count * sizeof *nodes;
    neap_bytes_append(&c->image->rehashed, &place, sizeof place);
}

static void copy_table(struct capture *c, struct neap_lj_table *t, const void *from) {
    uint64_t nodes = t->nodes;
    if (t->colocated > 0)
        ref_inside(c, &t->array, (uint64_t)(uintptr_t)from);
    else if (t->array_size > 0)
        ref(c, &t->array);
    else
        t->array = 0;
    values(c, (neap_lj_value *)(void *)(t + 1),
           t->colocated > 0 ? (size_t)t->colocated : 0);
    ref(c, &t->next);
    t->gray = 0;
    t->unused = 0;
    ref(c, &t->metatable);
    ref(c, &t->nodes);
    if (t->mask > 0)
        ref_inside(c, &t->free_top, nodes);
    else if (t->free_top != 0)
        ref(c, &t->free_top);
}

static void copy_function(struct capture *c, struct neap_lj_function *f) {
    ref(c, &f->next);
    ref(c, &f->environment);
    f->gray = 0;
    f->unused = 0;
    if (f->id != 0) {
        ref_inside(c, &f->code, (uint64_t)(uintptr_t)c->main);
        values(c, f->c.values, f->upvalue_count);
        return;
    }
    ref_inside(c, &f->code, f->code - sizeof(struct neap_lj_proto));
    for (int i = 0; i < f->upvalue_count; i++)
        ref(c, &f->upvalues[i]);
}

/* It is the code's address, and the slot in the upper byte. If that code is gone, it makes no
 * other variable that could be taken for this one. */
static void copy_hash(struct capture *c, struct neap_lj_upvalue *u, const void *from) {
    uint64_t code = (uint64_t)(uintptr_t)neap_map_get(&c->codes, code_key(u->hash));
    size_t place = place_of(c, (uint64_t)(uintptr_t)from);
    struct neap_image_hash hash = {
        .at = (uint32_t)(place + offsetof(struct neap_lj_upvalue, hash)),
        .code = (uint32_t)place,
    };
    if (code != 0) {
        hash.code = (uint32_t)(place_of(c, code - sizeof(struct neap_lj_proto)) +
                               sizeof(struct neap_lj_proto));
        hash.slot = (u->hash ^ (uint32_t)code) >> 24;
    }
    u->hash = 0;
    neap_bytes_append(&c->image->hashes, &hash, sizeof hash);
}

static void copy_upvalue(struct capture *c, struct neap_lj_upvalue *u, const void *from) {
    copy_hash(c, u, from);
    ref(c, &u->next);
    if (!u->closed) {
        refuse(c, "an upvalue on a stack");
        return;
    }
    value(c, &u->value);
    u->open_next = 0;
    u->unused = u->unused_too = 0;
    ref_inside(c, &u->place, (uint64_t)(uintptr_t)from);
}

static void copy_userdata(struct capture *c, struct neap_lj_userdata *u) {
    u->unused = 0;
    u->unused_too = u->unused_again = 0;
    u->align = 0;
    ref(c, &u->next);
    ref(c, &u->environment);
    ref(c, &u->metatable);
}

/* What lies between its parts to align them. */
static void clear_gaps(struct neap_lj_proto *p, uint64_t start) {
    char *constants = (char *)p + (p->constants - start) -
                      p->object_count * sizeof(neap_lj_ref);
    char *code_end = (char *)(p + 1) + (size_t)p->bytecode_size * 4;
    memset(code_end, 0, (size_t)(constants - code_end));
    uint16_t *upvalues = (void *)((char *)p + (p->upvalues - start));
    if (p->upvalue_count % 2 != 0)
        upvalues[p->upvalue_count] = 0;
}

static void strip(struct capture *c, struct neap_lj_proto *p, size_t size) {
    if (size == p->size)
        return;
    c->stripped += p->size - size;
    p->size = (uint32_t)size;
    p->lines = p->upvalue_names = p->variables = 0;
}

static void copy_proto(struct capture *c, struct neap_lj_proto *p, const void *from,
                       size_t size) {
    uint64_t start = (uint64_t)(uintptr_t)from;
    neap_lj_ref *constants = (void *)((char *)p + (p->constants - start));
    clear_gaps(p, start);
    strip(c, p, size);
    if (p->trace != 0)
        refuse(c, "compiled code");
    for (uint32_t i = 1; i <= p->object_count; i++)
        ref(c, constants - i);
    ref(c, &p->next);
    p->gray = 0;
    p->unused = 0;
    ref_inside(c, &p->constants, start);
    ref_inside(c, &p->upvalues, start);
    ref(c, &p->chunk);
    ref_inside(c, &p->lines, start);
    ref_inside(c, &p->upvalue_names, start);
    ref_inside(c, &p->variables, start);
}

static void straighten_tables(struct capture *c) {
    for (size_t i = 0; i < block_count(c); i++)
        if (block_at(c, i)->kind == BLOCK_TABLE)
            straighten_table(c, in_image(c, block_at(c, i)->at), block_at(c, i)->at);
}

static void copy_block(struct capture *c, const struct block *b) {
    void *to = in_image(c, b->at);
    switch (b->kind) {
    case BLOCK_MAIN: copy_main(c, to); break;
    case BLOCK_THREAD: copy_thread(c, to); break;
    case BLOCK_CHAINS: copy_chains(c, to); break;
    case BLOCK_TABLE: copy_table(c, to, b->from); break;
    case BLOCK_VALUES: values(c, to, b->size / sizeof(neap_lj_value)); break;
    case BLOCK_NODES:
        copy_nodes(c, to, b->size / sizeof(struct neap_lj_node),
                   (uint64_t)(uintptr_t)b->from);
        break;
    case BLOCK_FUNCTION: copy_function(c, to); break;
    case BLOCK_UPVALUE: copy_upvalue(c, to, b->from); break;
    case BLOCK_USERDATA: copy_userdata(c, to); break;
    case BLOCK_PROTO: copy_proto(c, to, b->from, b->size); break;
    case BLOCK_STRING: ref(c, &((struct neap_lj_string *)to)->next); break;
    case BLOCK_STACK: /* with its thread */
    case BLOCK_PLAIN:
    case BLOCK_KINDS: break;
    }
}

/* All bytes first: tables and threads change blocks of theirs. */
static void copy_all(struct capture *c) {
    c->image = neap_image_new(c->end - neap_heap_front());
    c->image->used = c->end - neap_heap_front();
    c->image->used_large = c->used_large;
    c->image->main = neap_heap_front();
    c->image->global = place_of(c, (uint64_t)(uintptr_t)c->g);
    for (size_t i = 0; i < block_count(c); i++)
        memcpy(in_image(c, block_at(c, i)->at), block_at(c, i)->from, block_at(c, i)->size);
    straighten_tables(c);
    for (size_t i = 0; i < block_count(c); i++)
        copy_block(c, block_at(c, i));
    ((struct neap_lj_global *)in_image(c, c->image->global))->gc.total -= c->stripped;
}

/* --- round 3: look --- */

/* Any word that could be an address in the heap, and was not known as one, means that LuaJIT
 * lays something out in another way than layout.h says. */
static void look_for_more(struct capture *c) {
    const struct neap_image *image = c->image;
    for (size_t i = 0; i < image->bytes / sizeof(uint64_t); i++) {
        bool known = (image->pointers[i / 64] >> i % 64 & 1) != 0;
        if (!known &&
            neap_heap_holds(c->source->heap, at_address(address_of(image->words[i]))))
            refuse(c, "a pointer where none is expected");
    }
}

/* A point lies at the start of an object or in one: in the block that begins last before. */
static size_t place_inside(struct capture *c, const void *in) {
    for (size_t i = 0; i < block_count(c); i++) {
        const struct block *b = block_at(c, i);
        if ((const char *)in >= b->from && (const char *)in < b->from + b->size)
            return b->at + (size_t)((const char *)in - b->from);
    }
    return 0;
}

static void find_points(struct capture *c) {
    for (size_t i = 0; i < c->source->point_count; i++) {
        struct neap_image_point *p = &c->source->points[i];
        p->at = p->in == NULL ? 0 : place_inside(c, p->in);
        if (p->in != NULL && p->at == 0)
            refuse(c, "a place that C needs and that is gone");
        else if (p->clear > 0)
            memset(in_image(c, p->at), 0, p->clear);
    }
}

struct neap_image *neap_capture(const struct neap_image_source *source, char *why,
                                size_t size) {
    struct capture c = { .source = source, .end = neap_heap_front() };
    c.main = (const void *)source->main;
    c.g = at_address(c.main->global);
    c.main_size = source->main_bytes;
    neap_bytes_init(&c.blocks);
    neap_map_init(&c.places);
    neap_map_init(&c.codes);
    check_rest(&c);
    find_all(&c);
    if (c.problem == NULL)
        copy_all(&c);
    if (c.problem == NULL)
        find_points(&c);
    if (c.problem == NULL && source->exact)
        look_for_more(&c);
    neap_map_fini(&c.places);
    neap_map_fini(&c.codes);
    neap_bytes_fini(&c.blocks);
    if (c.problem == NULL)
        return c.image;
    snprintf(why, size, "%s", c.problem);
    neap_image_unref(c.image);
    return NULL;
}
