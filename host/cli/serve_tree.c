/* Answers `neap tree`: the supervision tree, from what supervisors publish (core/child.h). */
#include "cli/serve.h"

#include "base/alloc.h"
#include "cli/census.h"
#include "cli/json.h"
#include "cli/text_table.h"
#include "cli/units.h"
#include "core/child.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    DEPTH_MAX = 64
}; /* nobody reads deeper, and what scripts publish may have loops */

/* The children of `pid`, to be freed; none below DEPTH_MAX. */
static struct neap_child *children_of(struct neap_node *node, struct neap_pid pid,
                                      size_t depth, size_t *count) {
    *count = 0;
    return depth < DEPTH_MAX ? neap_child_list(node, pid, count) : NULL;
}

static uint64_t memory_of(struct neap_node *node, struct neap_pid pid) {
    struct neap_process_info info;
    return neap_process_inspect(node, pid, &info) ? info.memory : 0;
}

static struct neap_child as_child(const struct neap_process_info *root) {
    struct neap_child child = { .supervisor = root->supervisor, .pid = root->pid };
    snprintf(child.id, sizeof child.id, "%s",
             root->supervisor ? "root" : neap_census_title(root));
    snprintf(child.state, sizeof child.state, "running");
    return child;
}

/* --- text --- */

static void add_row(struct neap_text_table *t, struct neap_node *node,
                    const char *drawing, const struct neap_child *child) {
    char text[NEAP_PID_TEXT];
    char units[NEAP_UNITS];
    bool alive = !neap_pid_is_none(child->pid);
    struct neap_bytes id;
    neap_bytes_init(&id);
    neap_bytes_printf(&id, "%s%s", drawing, child->id);
    neap_bytes_put(&id, '\0');
    neap_text_table_cell(t, (const char *)id.data);
    neap_bytes_fini(&id);
    neap_text_table_cell(t, neap_pid_format(child->pid, text));
    neap_text_table_cell(t, child->supervisor ? "supervisor" : "worker");
    neap_text_table_cell(t, child->state);
    neap_text_table_cell(t, neap_units_count(child->restarts, units));
    neap_text_table_cell(t, alive ? neap_units_bytes(memory_of(node, child->pid), units)
                                  : "-");
}

struct branch { /* what is drawn in front of the children of one supervisor */
    char lines[DEPTH_MAX * 8];
    size_t depth;
};

static void add_children(struct neap_text_table *t, struct neap_node *node,
                         struct neap_pid pid, struct branch *branch) {
    size_t count;
    struct neap_child *all = children_of(node, pid, branch->depth, &count);
    size_t indent = strlen(branch->lines);
    for (size_t i = 0; i < count; i++) {
        bool last = i + 1 == count;
        snprintf(branch->lines + indent, sizeof branch->lines - indent, "%s",
                 last ? "└─ " : "├─ ");
        add_row(t, node, branch->lines, &all[i]);
        snprintf(branch->lines + indent, sizeof branch->lines - indent, "%s",
                 last ? "   " : "│  ");
        branch->depth++;
        add_children(t, node, all[i].pid, branch);
        branch->depth--;
    }
    branch->lines[indent] = '\0';
    neap_free(all);
}

static void write_text(struct neap_node *node, const struct neap_process_info *root,
                       struct neap_bytes *reply) {
    static const char *const HEADS[] = { "ID",    "PID",       "TYPE",
                                         "STATE", ">RESTARTS", ">MEMORY" };
    struct neap_text_table t;
    struct branch branch = { 0 };
    struct neap_child first = as_child(root);
    neap_text_table_init(&t, HEADS, sizeof HEADS / sizeof *HEADS);
    add_row(&t, node, "", &first);
    add_children(&t, node, root->pid, &branch);
    neap_text_table_write(&t, reply);
    neap_text_table_fini(&t);
}

/* --- JSON --- */

static void json_child(struct neap_bytes *out, struct neap_node *node,
                       const struct neap_child *child, size_t depth) {
    char text[NEAP_PID_TEXT];
    neap_json_open(out, '{');
    neap_json_key(out, "id");
    neap_json_text(out, child->id);
    neap_json_key(out, "pid");
    if (neap_pid_is_none(child->pid))
        neap_json_null(out);
    else
        neap_json_text(out, neap_pid_format(child->pid, text));
    neap_json_key(out, "type");
    neap_json_text(out, child->supervisor ? "supervisor" : "worker");
    neap_json_key(out, "state");
    neap_json_text(out, child->state);
    neap_json_key(out, "restarts");
    neap_json_u64(out, child->restarts);
    neap_json_key(out, "memory");
    neap_json_u64(out, memory_of(node, child->pid));
    size_t count;
    struct neap_child *all = children_of(node, child->pid, depth, &count);
    neap_json_key(out, "children");
    neap_json_open(out, '[');
    for (size_t i = 0; i < count; i++)
        json_child(out, node, &all[i], depth + 1);
    neap_json_close(out, ']');
    neap_json_close(out, '}');
    neap_free(all);
}

enum neap_control_answer neap_serve_tree(void *context, size_t count,
                                         char *const *arguments, struct neap_bytes *reply) {
    struct neap_serving *s = context;
    struct neap_node *node = neap_runtime_node(s->runtime);
    struct neap_process_info root;
    if (!neap_census_root(node, &root)) {
        neap_bytes_text(reply, "the node is about to end: there is no tree any more\n");
        return NEAP_CONTROL_FAILED;
    }
    if (!neap_serve_wants_json(count, arguments)) {
        write_text(node, &root, reply);
        return NEAP_CONTROL_OK;
    }
    struct neap_child first = as_child(&root);
    json_child(reply, node, &first, 0);
    neap_bytes_put(reply, '\n');
    return NEAP_CONTROL_OK;
}
