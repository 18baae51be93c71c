/* Answers `neap info PID|NAME`: everything about one process. */
#include "cli/serve.h"

#include "base/alloc.h"
#include "cli/census.h"
#include "cli/json.h"
#include "cli/units.h"
#include "core/grants.h"
#include "core/node.h"

#include <inttypes.h>

struct view { /* what both forms show */
    struct neap_node *node;
    const struct neap_process_info *info;
    const struct neap_grants *grants;
    uint64_t age; /* ns */
    const char *stack;
};

/* --- text --- */

static void line(struct neap_bytes *out, const char *key, const char *value) {
    neap_bytes_printf(out, "%-13s %s\n", key, value[0] != '\0' ? value : "-");
}

static const char *policy_text(enum neap_policy policy) {
    return policy == NEAP_POLICY_REJECT ? "reject" : "block";
}

static const char *const JIT_POLICIES[] = {
    [NEAP_JIT_AUTO] = "auto",
    [NEAP_JIT_ALWAYS] = "true",
    [NEAP_JIT_NEVER] = "false",
};

static const char *const JIT_STATES[] = {
    [NEAP_JIT_OFF] = "off",
    [NEAP_JIT_ON] = "on",
    [NEAP_JIT_REFUSED] = "refused",
};

static void text_jit(struct neap_bytes *out, const struct neap_process_info *info) {
    const char *why = "";
    if (info->jit == NEAP_JIT_REFUSED)
        why = ": no room for machine code";
    else if (info->limits.instructions != NEAP_NO_LIMIT)
        why = ": it counts instructions";
    neap_bytes_printf(out, "%-13s %s, %s%s\n", "jit", JIT_POLICIES[info->limits.jit],
                      JIT_STATES[info->jit], why);
}

static void text_identity(struct neap_bytes *out, const struct view *v) {
    char text[NEAP_PID_TEXT];
    char units[NEAP_UNITS];
    char version[NEAP_SERVE_VERSION];
    char allow[400];
    const struct neap_process_info *info = v->info;
    line(out, "pid", neap_pid_format(info->pid, text));
    line(out, "name", info->name);
    line(out, "id", info->id);
    line(out, "runs", info->module);
    line(out, "image", info->image);
    line(out, "version", neap_serve_version(v->node, info, version));
    line(out, "type", info->supervisor ? "supervisor" : "worker");
    line(out, "parent", neap_pid_format(info->parent, text));
    line(out, "state", neap_census_state(info));
    line(out, "age", neap_units_time(v->age, units));
    neap_bytes_printf(out, "%-13s %" PRIu32 "\n", "worker", info->worker);
    neap_grants_line(v->grants, allow, sizeof allow);
    line(out, "allow", allow);
}

static void text_usage(struct neap_bytes *out, const struct neap_process_info *info) {
    const struct neap_limits *l = &info->limits;
    uint64_t handles = (uint64_t)info->links + info->monitors + info->timers +
                       info->names + info->children;
    char a[NEAP_UNITS];
    char b[NEAP_UNITS];
    char c[NEAP_UNITS];
    neap_bytes_printf(out, "%-13s %s now, %s peak, limit %s\n", "memory",
                      neap_units_bytes(info->memory, a),
                      neap_units_bytes(info->memory_peak, b),
                      neap_units_bytes(l->memory, c));
    neap_bytes_printf(out, "%-13s %s, limit %s per turn\n", "cpu",
                      neap_units_time(info->cpu, a), neap_units_time(l->cpu, b));
    neap_bytes_printf(out, "%-13s limit %s per turn\n", "instructions",
                      neap_units_count(l->instructions, a));
    text_jit(out, info);
    neap_bytes_printf(out, "%-13s %" PRIu64 "\n", "turns", info->turns);
    neap_bytes_printf(
        out,
        "%-13s %" PRIu64 " messages (limit %s), %s (limit %s), %s, %" PRIu64 " refused\n",
        "mailbox", info->mail, neap_units_count(l->mailbox_messages, a),
        neap_units_bytes(info->mail_bytes, b), neap_units_bytes(l->mailbox_bytes, c),
        policy_text(l->policy), info->refused);
    neap_bytes_printf(out, "%-13s limit %s\n", "message", neap_units_bytes(l->message, a));
    neap_bytes_printf(out,
                      "%-13s %" PRIu64
                      " (limit %s): %u links, %u monitors, %u timers, %u names, "
                      "%u children\n",
                      "handles", handles, neap_units_count(l->handles, a), info->links,
                      info->monitors, info->timers, info->names, info->children);
    line(out, "trap_exit", info->trap_exit ? "yes" : "no");
}

/* A line of the stack holds file and function names: text of scripts. */
static void text_stack(struct neap_bytes *out, const char *stack) {
    neap_bytes_text(out, "stack\n");
    bool at_start = true;
    for (; *stack != '\0'; stack++) {
        if (at_start)
            neap_bytes_text(out, "  ");
        at_start = *stack == '\n';
        bool control = ((unsigned char)*stack < ' ' && !at_start) || *stack == 0x7f;
        neap_bytes_put(out, control ? '?' : (uint8_t)*stack);
    }
    if (!at_start)
        neap_bytes_put(out, '\n');
}

static void write_text(struct neap_bytes *out, const struct view *v) {
    text_identity(out, v);
    text_usage(out, v->info);
    text_stack(out, v->stack);
}

/* --- JSON --- */

static void member(struct neap_bytes *out, const char *key, uint64_t value) {
    neap_json_key(out, key);
    if (value == NEAP_NO_LIMIT)
        neap_json_null(out);
    else
        neap_json_u64(out, value);
}

static void json_limits(struct neap_bytes *out, const struct neap_limits *l) {
    neap_json_key(out, "limits");
    neap_json_open(out, '{');
    member(out, "memory", l->memory);
    neap_json_key(out, "cpu");
    if (l->cpu == NEAP_NO_LIMIT)
        neap_json_null(out);
    else
        neap_json_ms(out, l->cpu);
    member(out, "instructions", l->instructions);
    member(out, "message", l->message);
    member(out, "handles", l->handles);
    member(out, "mailbox_messages", l->mailbox_messages);
    member(out, "mailbox_bytes", l->mailbox_bytes);
    neap_json_key(out, "policy");
    neap_json_text(out, policy_text(l->policy));
    neap_json_close(out, '}');
}

static void json_jit(struct neap_bytes *out, const struct neap_process_info *info) {
    neap_json_key(out, "jit");
    neap_json_open(out, '{');
    neap_json_key(out, "policy");
    neap_json_text(out, JIT_POLICIES[info->limits.jit]);
    neap_json_key(out, "state");
    neap_json_text(out, JIT_STATES[info->jit]);
    neap_json_close(out, '}');
}

static void json_grants(struct neap_bytes *out, const struct neap_grants *g) {
    const char *text;
    neap_json_key(out, "allow");
    neap_json_open(out, '[');
    for (size_t i = 0; (text = neap_grants_text(g, i)) != NULL; i++)
        neap_json_text(out, text);
    neap_json_close(out, ']');
}

static void json_stack(struct neap_bytes *out, const char *stack) {
    neap_json_key(out, "stack");
    neap_json_open(out, '[');
    while (*stack != '\0') {
        char text[512];
        size_t n = strcspn(stack, "\n");
        size_t fits = n < sizeof text ? n : sizeof text - 1;
        memcpy(text, stack, fits);
        text[fits] = '\0';
        neap_json_text(out, text);
        stack += n + (stack[n] == '\n');
    }
    neap_json_close(out, ']');
}

static void write_json(struct neap_bytes *out, const struct view *v) {
    const struct neap_process_info *info = v->info;
    neap_json_open(out, '{');
    neap_serve_json_process(out, v->node, info);
    member(out, "memory_peak", info->memory_peak);
    neap_json_key(out, "age");
    neap_json_ms(out, v->age);
    member(out, "worker", info->worker);
    member(out, "links", info->links);
    member(out, "monitors", info->monitors);
    member(out, "timers", info->timers);
    member(out, "names", info->names);
    member(out, "children", info->children);
    neap_json_key(out, "trap_exit");
    neap_json_bool(out, info->trap_exit);
    json_jit(out, info);
    json_limits(out, &info->limits);
    json_grants(out, v->grants);
    json_stack(out, v->stack);
    neap_json_close(out, '}');
    neap_bytes_put(out, '\n');
}

enum neap_control_answer neap_serve_info(void *context, size_t count,
                                         char *const *arguments, struct neap_bytes *reply) {
    struct neap_serving *s = context;
    struct neap_node *node = neap_runtime_node(s->runtime);
    struct neap_process_info info;
    if (count != 2)
        return neap_serve_node(context, count, arguments, reply);
    if (!neap_serve_find(node, arguments[1], &info, reply))
        return NEAP_CONTROL_FAILED;
    struct neap_grants *grants = neap_process_inspect_grants(node, info.pid);
    if (grants == NULL)
        grants = neap_grants_new(); /* it has ended meanwhile */
    char *stack = neap_runtime_stack(s->runtime, info.pid.slot, info.pid.generation);
    neap_time now = neap_node_now(node);
    struct view view = { node, &info, grants, now > info.started ? now - info.started : 0,
                         stack };
    (neap_serve_wants_json(count, arguments) ? write_json : write_text)(reply, &view);
    neap_free(stack);
    neap_grants_unref(grants);
    return NEAP_CONTROL_OK;
}
