/* Answers `neap ps`: every process of the node. */
#include "cli/serve.h"

#include "cli/census.h"
#include "cli/json.h"
#include "cli/text_table.h"
#include "cli/units.h"

static const char *or_dash(const char *text) {
    return text[0] != '\0' ? text : "-";
}

static void add_row(struct neap_text_table *t, struct neap_node *node,
                    const struct neap_process_info *info) {
    char version[NEAP_SERVE_VERSION];
    char text[NEAP_PID_TEXT];
    char units[NEAP_UNITS];
    neap_text_table_cell(t, neap_pid_format(info->pid, text));
    neap_text_table_cell(t, or_dash(info->name));
    neap_text_table_cell(t, or_dash(info->id[0] != '\0' ? info->id : info->module));
    neap_text_table_cell(t, neap_serve_version(node, info, version));
    neap_text_table_cell(t, neap_census_state(info));
    neap_text_table_cell(t, neap_units_bytes(info->memory, units));
    neap_text_table_cell(t, neap_units_time(info->cpu, units));
    neap_text_table_cell(t, neap_units_count(info->mail, units));
    neap_text_table_cell(t, neap_units_count(info->turns, units));
    neap_text_table_cell(t, neap_pid_format(info->parent, text));
}

static void write_text(struct neap_node *node, const struct neap_census *all,
                       struct neap_bytes *reply) {
    static const char *const HEADS[] = { "PID",     "NAME", "ID",    "VERSION", "STATE",
                                         ">MEMORY", ">CPU", ">MAIL", ">TURNS",  "PARENT" };
    struct neap_text_table t;
    neap_text_table_init(&t, HEADS, sizeof HEADS / sizeof *HEADS);
    for (size_t i = 0; i < all->count; i++)
        add_row(&t, node, &all->items[i]);
    neap_text_table_write(&t, reply);
    neap_text_table_fini(&t);
}

static void write_json(struct neap_node *node, const struct neap_census *all,
                       struct neap_bytes *reply) {
    neap_json_open(reply, '[');
    for (size_t i = 0; i < all->count; i++) {
        neap_json_open(reply, '{');
        neap_serve_json_process(reply, node, &all->items[i]);
        neap_json_close(reply, '}');
    }
    neap_json_close(reply, ']');
    neap_bytes_put(reply, '\n');
}

enum neap_control_answer neap_serve_ps(void *context, size_t count,
                                       char *const *arguments, struct neap_bytes *reply) {
    struct neap_serving *s = context;
    struct neap_census all;
    struct neap_node *node = neap_runtime_node(s->runtime);
    neap_census_init(&all, node);
    (neap_serve_wants_json(count, arguments) ? write_json : write_text)(node, &all, reply);
    neap_census_fini(&all);
    return NEAP_CONTROL_OK;
}
