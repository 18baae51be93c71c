/* How the report of a reload reads: as text, as JSON, in the log. */
#include "cli/census.h"
#include "cli/json.h"
#include "cli/reloading.h"
#include "core/node.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 10 }; /* lines of one kind, in text */

bool neap_reloading_failed(const struct neap_reload_report *report) {
    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].word == NEAP_RELOAD_PROBLEM ||
            report->lines[i].word == NEAP_RELOAD_REFUSED ||
            (report->lines[i].word == NEAP_RELOAD_ENDED && report->lines[i].text != NULL))
            return true;
    return false;
}

static size_t count_of(const struct neap_reload_report *report,
                       enum neap_reload_word word, const char *module) {
    size_t n = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct neap_reload_line *line = &report->lines[i];
        n += line->word == word && (module == NULL || strcmp(line->module, module) == 0);
    }
    return n;
}

/* --- processes that are no services --- */

/* "jobs" runs module jobs, and so does "jobs:sweep". */
static bool runs(const struct neap_process_info *info, const char *module) {
    size_t size = strlen(module);
    return strncmp(info->module, module, size) == 0 &&
           (info->module[size] == '\0' || info->module[size] == ':');
}

static uint64_t count_behind(const struct neap_census *all,
                             const struct neap_reload_line *line, bool handlers) {
    uint64_t behind = 0;
    for (size_t i = 0; i < all->count; i++)
        behind += runs(&all->items[i], line->module) && all->items[i].code != 0 &&
                  all->items[i].code < line->code && all->items[i].resourceful == handlers;
    return behind;
}

/* How many go on with older code of the module until they end. */
static uint64_t count_older(const struct neap_reload_report *report,
                            const struct neap_census *all,
                            const struct neap_reload_line *line) {
    uint64_t older = count_behind(all, line, false);
    uint64_t told = count_of(report, NEAP_RELOAD_REFUSED, line->module) +
                    count_of(report, NEAP_RELOAD_BUSY, line->module);
    return older > told ? older - told : 0;
}

/* --- text --- */

static const char *plural(uint64_t count) {
    return count == 1 ? "process" : "processes";
}

/* Text of scripts: no byte of it may control a terminal. */
static void put_plain(struct neap_bytes *out, const char *text) {
    for (; *text != '\0'; text++)
        neap_bytes_put(out, (unsigned char)*text < ' ' || *text == 0x7f ? '?'
                                                                        : (uint8_t)*text);
}

/* "0.7 (counter)", or "0.7" if it has no name. */
static void put_process(struct neap_node *node, struct neap_pid pid,
                        struct neap_bytes *out) {
    struct neap_process_info info;
    char text[NEAP_PID_TEXT];
    neap_bytes_text(out, neap_pid_format(pid, text));
    if (!neap_process_inspect(node, pid, &info))
        return;
    const char *name = info.name[0] != '\0' ? info.name : info.id;
    if (name[0] == '\0')
        return;
    neap_bytes_text(out, " (");
    put_plain(out, name);
    neap_bytes_text(out, ")");
}

static void put_trace(struct neap_bytes *out, const char *trace) {
    while (*trace != '\0') {
        size_t size = strcspn(trace, "\n");
        neap_bytes_text(out, "    ");
        for (size_t i = 0; i < size; i++)
            neap_bytes_put(out, (unsigned char)trace[i] < ' ' ? '?' : (uint8_t)trace[i]);
        neap_bytes_put(out, '\n');
        trace += size + (trace[size] == '\n');
    }
}

static void text_changed(const struct neap_reload_report *report,
                         const struct neap_census *all,
                         const struct neap_reload_line *line, struct neap_bytes *out) {
    uint64_t older = count_older(report, all, line);
    neap_bytes_text(out, line->module);
    for (size_t i = 0; i < line->names.count; i++)
        neap_bytes_printf(out, "%s%s", i == 0 ? ", and with it " : ", ",
                          line->names.items[i]);
    if (line->count > 0)
        neap_bytes_printf(out, ": %" PRIu64 " %s upgraded", line->count,
                          plural(line->count));
    if (older > 0)
        neap_bytes_printf(out, "%s %" PRIu64 " %s no service%s and %s the old code",
                          line->count > 0 ? ";" : ":", older,
                          older == 1 ? "process is" : "processes are",
                          older == 1 ? "" : "s", older == 1 ? "keeps" : "keep");
    bool handles = count_behind(all, line, true) > 0;
    if (handles)
        neap_bytes_printf(out, "%s requests from now on get it",
                          line->count > 0 || older > 0 ? ";" : ":");
    if (line->count == 0 && older == 0 && !handles)
        neap_bytes_text(out, neap_reloading_failed(report) ||
                                     neap_reload_report_has(report, NEAP_RELOAD_BUSY)
                                 ? ": loaded"
                                 : ": no process runs it");
    neap_bytes_put(out, '\n');
}

static void text_line(struct neap_node *node, const struct neap_reload_line *line,
                      struct neap_bytes *out) {
    if (line->module != NULL)
        neap_bytes_printf(out, "%s: ", line->module);
    if (!neap_pid_is_none(line->pid))
        put_process(node, line->pid, out);
    switch (line->word) {
    case NEAP_RELOAD_PROBLEM: neap_bytes_text(out, "not reloaded: "); break;
    case NEAP_RELOAD_REFUSED: neap_bytes_text(out, " keeps its old code: "); break;
    case NEAP_RELOAD_BUSY:
        neap_bytes_text(out, " is still busy: it switches before its next message");
        break;
    case NEAP_RELOAD_ENDED:
        neap_bytes_text(out, line->text != NULL ? " " : " ended before it had switched");
        break;
    case NEAP_RELOAD_CHANGED:
    case NEAP_RELOAD_NOTE: break;
    }
    if (line->text != NULL)
        put_plain(out, line->text);
    neap_bytes_put(out, '\n');
    if (line->trace != NULL && strchr(line->trace, '\n') != NULL)
        put_trace(out, line->trace);
}

/* Of a thousand processes with the same trouble the first ones are enough. */
static void text_lines(struct neap_node *node, const struct neap_reload_report *report,
                       enum neap_reload_word word, size_t shown, struct neap_bytes *out) {
    size_t n = 0;
    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].word == word && n++ < shown)
            text_line(node, &report->lines[i], out);
    if (n > shown)
        neap_bytes_printf(out, "... and %zu more (--json lists them)\n", n - shown);
}

void neap_reloading_write_text(struct neap_node *node,
                               const struct neap_reload_report *report,
                               struct neap_bytes *out) {
    struct neap_census all;
    neap_census_init(&all, node);
    text_lines(node, report, NEAP_RELOAD_PROBLEM, SIZE_MAX, out);
    for (size_t i = 0; i < report->count && report->generation != 0; i++)
        if (report->lines[i].word == NEAP_RELOAD_CHANGED)
            text_changed(report, &all, &report->lines[i], out);
    text_lines(node, report, NEAP_RELOAD_REFUSED, SHOWN, out);
    text_lines(node, report, NEAP_RELOAD_BUSY, SHOWN, out);
    text_lines(node, report, NEAP_RELOAD_ENDED, SHOWN, out);
    text_lines(node, report, NEAP_RELOAD_NOTE, SIZE_MAX, out);
    if (report->generation == 0)
        neap_bytes_text(out, "nothing changed\n");
    neap_census_fini(&all);
}

/* --- JSON --- */

static void json_text(struct neap_bytes *out, const char *key, const char *text) {
    neap_json_key(out, key);
    if (text != NULL && text[0] != '\0')
        neap_json_text(out, text);
    else
        neap_json_null(out);
}

static void json_names(struct neap_bytes *out, const char *key,
                       const struct neap_strings *names) {
    neap_json_key(out, key);
    neap_json_open(out, '[');
    for (size_t i = 0; i < names->count; i++)
        neap_json_text(out, names->items[i]);
    neap_json_close(out, ']');
}

static void json_count(struct neap_bytes *out, const char *key, uint64_t count) {
    neap_json_key(out, key);
    neap_json_u64(out, count);
}

static void json_changed(const struct neap_reload_report *report,
                         const struct neap_census *all,
                         const struct neap_reload_line *line, struct neap_bytes *out) {
    neap_json_open(out, '{');
    json_text(out, "module", line->module);
    json_count(out, "code", line->code);
    json_names(out, "required_by", &line->names);
    json_count(out, "upgraded", line->count);
    json_count(out, "no_service", count_older(report, all, line));
    neap_json_close(out, '}');
}

static void json_process(struct neap_node *node, const struct neap_reload_line *line,
                         struct neap_bytes *out) {
    struct neap_process_info info = { 0 };
    char text[NEAP_PID_TEXT];
    neap_process_inspect(node, line->pid, &info);
    json_text(out, "pid", neap_pid_format(line->pid, text));
    json_text(out, "name", info.name);
}

static void json_lines(struct neap_node *node, const struct neap_reload_report *report,
                       const char *key, enum neap_reload_word word, struct neap_bytes *out) {
    neap_json_key(out, key);
    neap_json_open(out, '[');
    for (size_t i = 0; i < report->count; i++) {
        const struct neap_reload_line *line = &report->lines[i];
        if (line->word != word)
            continue;
        neap_json_open(out, '{');
        json_text(out, "module", line->module);
        if (word == NEAP_RELOAD_PROBLEM)
            json_text(out, "trace", line->trace);
        else
            json_process(node, line, out);
        if (word != NEAP_RELOAD_BUSY)
            json_text(out, "message", line->text);
        neap_json_close(out, '}');
    }
    neap_json_close(out, ']');
}

static void json_notes(const struct neap_reload_report *report, struct neap_bytes *out) {
    neap_json_key(out, "notes");
    neap_json_open(out, '[');
    for (size_t i = 0; i < report->count; i++)
        if (report->lines[i].word == NEAP_RELOAD_NOTE)
            neap_json_text(out, report->lines[i].text);
    neap_json_close(out, ']');
}

void neap_reloading_write_json(struct neap_node *node,
                               const struct neap_reload_report *report,
                               struct neap_bytes *out) {
    struct neap_census all;
    neap_census_init(&all, node);
    neap_json_open(out, '{');
    neap_json_key(out, "generation");
    if (report->generation != 0)
        neap_json_u64(out, report->generation);
    else
        neap_json_null(out);
    neap_json_key(out, "changed");
    neap_json_open(out, '[');
    for (size_t i = 0; i < report->count && report->generation != 0; i++)
        if (report->lines[i].word == NEAP_RELOAD_CHANGED)
            json_changed(report, &all, &report->lines[i], out);
    neap_json_close(out, ']');
    json_lines(node, report, "problems", NEAP_RELOAD_PROBLEM, out);
    json_lines(node, report, "refused", NEAP_RELOAD_REFUSED, out);
    json_lines(node, report, "busy", NEAP_RELOAD_BUSY, out);
    json_lines(node, report, "ended", NEAP_RELOAD_ENDED, out);
    json_notes(report, out);
    neap_json_close(out, '}');
    neap_bytes_put(out, '\n');
    neap_census_fini(&all);
}

/* --- log --- */

static struct neap_log_field text_field(const char *key, const char *text) {
    return (struct neap_log_field){ key, text, strlen(text), false };
}

static void log_changed(const struct neap_log *log, const struct neap_reload_line *line) {
    char code[24];
    char count[24];
    snprintf(code, sizeof code, "%" PRIu64, line->code);
    snprintf(count, sizeof count, "%" PRIu64, line->count);
    struct neap_log_field fields[] = {
        text_field("module", line->module),
        { "code", code, strlen(code), true },
        { "upgraded", count, strlen(count), true },
    };
    neap_log_write(log, NEAP_LOG_INFO, "-", "module.reload", fields, 3);
}

static void log_problem(const struct neap_log *log, const struct neap_reload_line *line) {
    struct neap_log_field fields[] = {
        text_field("reason", line->text),
        text_field("module", line->module != NULL ? line->module : ""),
    };
    neap_log_write(log, NEAP_LOG_WARN, "-", "module.not_reloaded", fields,
                   line->module != NULL ? 2 : 1);
}

/* Processes that refuse say so themselves. */
void neap_reloading_log(const struct neap_log *log,
                        const struct neap_reload_report *report) {
    for (size_t i = 0; i < report->count; i++) {
        const struct neap_reload_line *line = &report->lines[i];
        if (line->word == NEAP_RELOAD_PROBLEM) {
            log_problem(log, line);
        } else if (line->word == NEAP_RELOAD_CHANGED && report->generation != 0) {
            log_changed(log, line);
        } else if (line->word == NEAP_RELOAD_NOTE) {
            struct neap_log_field field = text_field("note", line->text);
            neap_log_write(log, NEAP_LOG_INFO, "-", "reload.note", &field, 1);
        }
    }
}
