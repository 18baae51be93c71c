#include "cli/serve.h"

#include "base/alloc.h"
#include "base/suggest.h"
#include "cli/census.h"
#include "cli/json.h"
#include "core/exit.h"
#include "core/node.h"
#include "core/registry.h"
#include "core/version.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool neap_serve_wants_json(size_t count, char *const *arguments) {
    return count > 0 && strcmp(arguments[0], "json") == 0;
}

/* --- finding a process --- */

static void say_no_name(struct neap_node *node, const char *word, struct neap_bytes *why) {
    char hint[NEAP_HINT];
    struct neap_census all;
    neap_census_init(&all, node);
    const char **names = neap_calloc(all.count + 1, sizeof *names);
    for (size_t i = 0; i < all.count; i++)
        names[i] = all.items[i].name[0] != '\0' ? all.items[i].name : NULL;
    neap_hint(hint, "", word, names, all.count);
    neap_bytes_printf(why, "no process is called \"%.130s\"%s\n", word,
                      hint[0] != '\0' ? hint : ": neap ps lists them");
    neap_free(names);
    neap_census_fini(&all);
}

bool neap_serve_find(struct neap_node *node, const char *word,
                     struct neap_process_info *info, struct neap_bytes *why) {
    struct neap_pid pid;
    if (neap_pid_parse(word, &pid)) {
        pid.tag = neap_processes_tag(neap_node_processes(node));
        if (neap_process_inspect(node, pid, info))
            return true;
        neap_bytes_printf(why, "there is no process %s, or no more\n", word);
        return false;
    }
    pid = neap_registry_find(neap_node_registry(node), word);
    if (!neap_pid_is_none(pid) && neap_process_inspect(node, pid, info))
        return true;
    say_no_name(node, word, why);
    return false;
}

/* --- the code of a process --- */

/* What its service says of itself, or "". */
static const char *version_text(const struct neap_version *version, bool is_there,
                                char text[NEAP_SERVE_VERSION]) {
    text[0] = '\0';
    if (is_there && version->is_number)
        snprintf(text, NEAP_SERVE_VERSION, "%.14g", version->number);
    else if (is_there)
        snprintf(text, NEAP_SERVE_VERSION, "%s", version->text);
    return text;
}

const char *neap_serve_version(struct neap_node *node, const struct neap_process_info *info,
                               char text[NEAP_SERVE_VERSION]) {
    struct neap_version version;
    char own[NEAP_SERVE_VERSION];
    bool is_there = neap_version_get(node, info->pid, &version);
    version_text(&version, is_there, own);
    if (info->code > 1)
        snprintf(text, NEAP_SERVE_VERSION,
                 is_there ? "%.80s (code %" PRIu64 ")" : "%scode %" PRIu64, own,
                 info->code);
    else
        snprintf(text, NEAP_SERVE_VERSION, "%s", is_there ? own : "-");
    return text;
}

/* --- one process as JSON --- */

static void json_text_or_null(struct neap_bytes *out, const char *key, const char *text) {
    neap_json_key(out, key);
    if (text[0] == '\0')
        neap_json_null(out);
    else
        neap_json_text(out, text);
}

static void json_pid(struct neap_bytes *out, const char *key, struct neap_pid pid) {
    char text[NEAP_PID_TEXT];
    json_text_or_null(out, key, neap_pid_is_none(pid) ? "" : neap_pid_format(pid, text));
}

static void json_u64(struct neap_bytes *out, const char *key, uint64_t value) {
    neap_json_key(out, key);
    neap_json_u64(out, value);
}

static void json_version(struct neap_bytes *out, struct neap_node *node,
                         struct neap_pid pid) {
    struct neap_version version;
    char text[NEAP_SERVE_VERSION];
    bool is_there = neap_version_get(node, pid, &version);
    neap_json_key(out, "version");
    if (is_there && version.is_number && isfinite(version.number))
        neap_json_number(out, version.number);
    else if (is_there)
        neap_json_text(out, version_text(&version, is_there, text));
    else
        neap_json_null(out);
}

void neap_serve_json_process(struct neap_bytes *out, struct neap_node *node,
                             const struct neap_process_info *info) {
    json_pid(out, "pid", info->pid);
    json_pid(out, "parent", info->parent);
    json_text_or_null(out, "name", info->name);
    json_text_or_null(out, "id", info->id);
    json_text_or_null(out, "module", info->module);
    json_version(out, node, info->pid);
    neap_json_key(out, "code");
    if (info->code != 0)
        neap_json_u64(out, info->code);
    else
        neap_json_null(out);
    neap_json_key(out, "type");
    neap_json_text(out, info->supervisor ? "supervisor" : "worker");
    neap_json_key(out, "state");
    neap_json_text(out, neap_census_state(info));
    json_u64(out, "memory", info->memory);
    neap_json_key(out, "cpu");
    neap_json_ms(out, info->cpu);
    json_u64(out, "turns", info->turns);
    neap_json_key(out, "mailbox");
    neap_json_open(out, '{');
    json_u64(out, "messages", info->mail);
    json_u64(out, "bytes", info->mail_bytes);
    json_u64(out, "refused", info->refused);
    neap_json_close(out, '}');
}

/* --- the commands that do something --- */

static enum neap_control_answer serve_kill(void *context, size_t count,
                                           char *const *arguments,
                                           struct neap_bytes *reply) {
    struct neap_serving *s = context;
    struct neap_node *node = neap_runtime_node(s->runtime);
    struct neap_process_info info;
    char text[NEAP_PID_TEXT];
    if (count != 1) {
        neap_bytes_text(reply, "expected a pid or a name\n");
        return NEAP_CONTROL_FAILED;
    }
    if (!neap_serve_find(node, arguments[0], &info, reply))
        return NEAP_CONTROL_FAILED;
    neap_exit_kill(node, info.pid);
    neap_bytes_printf(reply, "killed %s", neap_pid_format(info.pid, text));
    if (neap_census_title(&info)[0] != '\0')
        neap_bytes_printf(reply, " (%s)", neap_census_title(&info));
    neap_bytes_put(reply, '\n');
    return NEAP_CONTROL_OK;
}

static enum neap_control_answer serve_stop(void *context, size_t count,
                                           char *const *arguments,
                                           struct neap_bytes *reply) {
    struct neap_serving *s = context;
    (void)count;
    (void)arguments;
    (void)reply;
    s->stop(s->context);
    return NEAP_CONTROL_HELD;
}

const struct neap_control_command *neap_serve_commands(size_t *count) {
    static const struct neap_control_command COMMANDS[] = {
        { "tree", neap_serve_tree }, { "ps", neap_serve_ps },
        { "info", neap_serve_info }, { "kill", serve_kill },
        { "stop", serve_stop },      { "reload", neap_serve_reload },
    };
    *count = sizeof COMMANDS / sizeof *COMMANDS;
    return COMMANDS;
}
