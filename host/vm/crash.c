#include "vm/crash.h"

#include "core/node.h"
#include "core/process.h"
#include "vm/exit_reason.h"

#include <stdatomic.h>
#include <string.h>

static const char EVENT[] = "process.crash";

void neap_crash_line(struct neap_reason reason, struct neap_bytes *line) {
    neap_reason_line(reason, line);
}

static bool ended_by_itself(const struct neap_process *p) {
    return atomic_load_explicit(neap_process_doomed(p), memory_order_relaxed) !=
           NEAP_DOOM_SIGNAL;
}

static struct neap_log_field text_field(const char *key, const char *text) {
    return (struct neap_log_field){ key, text, strlen(text), false };
}

/* A field without a value says nothing. */
static size_t add(struct neap_log_field *fields, size_t count, struct neap_log_field field) {
    if (field.size > 0)
        fields[count++] = field;
    return count;
}

static void write_report(const struct neap_log *log, const struct neap_process_info *info,
                         struct neap_reason reason, const struct neap_bytes *line) {
    char pid[NEAP_PID_TEXT];
    struct neap_log_field fields[5];
    size_t count = 0;
    const char *trace = "";
    size_t size = 0;
    neap_reason_field(reason, "traceback", &trace, &size);
    count = add(fields, count, text_field("id", info->id));
    count = add(fields, count, text_field("name", info->name));
    count = add(fields, count, text_field("module", info->module));
    count = add(fields, count,
                (struct neap_log_field){ "reason", (char *)line->data, line->len, false });
    if (log->json)
        count = add(fields, count,
                    (struct neap_log_field){ "traceback", trace, size, false });
    neap_pid_format(info->pid, pid);
    neap_log_write(log, NEAP_LOG_ERROR, pid, EVENT, fields, count);
    if (!log->json && size > 0)
        neap_log_lines(log, NEAP_LOG_ERROR, pid, "    ", trace, size);
}

/* The same module for the same reason: after the first few the log counts them. */
static bool is_worth_a_report(const struct neap_log *log,
                              const struct neap_process_info *info,
                              const struct neap_bytes *line) {
    struct neap_log_field kind[] = { text_field("module", info->module),
                                     { "reason", (char *)line->data, line->len, false } };
    return neap_log_admit(log, NEAP_LOG_ERROR, EVENT, kind, 2);
}

void neap_crash_report(const struct neap_log *log, struct neap_process *p,
                       struct neap_reason reason) {
    struct neap_process_info info;
    if (reason.orderly || !ended_by_itself(p))
        return;
    if (!neap_process_inspect(neap_process_node(p), neap_process_pid(p), &info))
        return;
    struct neap_bytes line;
    neap_bytes_init(&line);
    neap_crash_line(reason, &line);
    if (is_worth_a_report(log, &info, &line))
        write_report(log, &info, reason, &line);
    neap_bytes_fini(&line);
}
