/* Answers `neap info` without a process: what the node has, and has counted. */
#include "cli/serve.h"

#include "base/log_writer.h"
#include "cli/census.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/units.h"
#include "core/node.h"
#include "core/spares.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <unistd.h>

struct view { /* what both forms show */
    const char *name;
    uint32_t workers;
    uint64_t processes;
    uint64_t resting; /* of them */
    struct neap_spares_stats slices;
    struct neap_runtime_stats has;
    struct neap_census_sum sum;
    struct neap_log_writer_stats log;
    uint64_t host_bytes; /* of malloc */
    uint64_t files;      /* descriptors that are open; 0: the system does not tell */
    uint64_t in_flight;  /* operations on files that outlived their process */
};

/* Not opendir: ThreadSanitizer sees neither that nor libuv's close, so it would take the
 * descriptor for the connection that had its number before, on another thread. */
static DIR *open_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && dir == NULL)
        close(fd);
    return dir;
}

/* The one that looks is among them, and ".", "..". */
static uint64_t open_files(void) {
    uint64_t count = 0;
    DIR *dir = open_folder("/proc/self/fd");
    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count > 3 ? count - 3 : 0;
}

static struct neap_log_writer_stats log_stats(const struct neap_node *node) {
    struct neap_log_writer *writer = neap_node_log(node)->writer;
    return writer != NULL ? neap_log_writer_stats(writer)
                          : (struct neap_log_writer_stats){ 0 };
}

static struct view look(const struct neap_serving *s) {
    struct neap_node *node = neap_runtime_node(s->runtime);
    struct view v = {
        .name = s->name,
        .workers = neap_node_workers(node),
        .processes = neap_processes_live(neap_node_processes(node)),
        .resting = neap_node_resting(node),
        .sum = neap_census_sum(node),
        .log = log_stats(node),
        .host_bytes = mallinfo2().uordblks,
        .files = open_files(),
        .in_flight = neap_node_orphans(node),
    };
    neap_spares_stats(neap_node_spares(node), &v.slices);
    neap_runtime_stats(s->runtime, &v.has);
    return v;
}

/* --- text --- */

static void text_memory(struct neap_bytes *out, const struct neap_slots_stats *m) {
    char a[NEAP_UNITS], b[NEAP_UNITS], c[NEAP_UNITS];
    neap_bytes_printf(out, "%-13s %s taken by processes, %s peak, of %s\n", "memory",
                      neap_units_bytes(m->used, a), neap_units_bytes(m->peak, b),
                      neap_units_bytes(m->reserved, c));
}

static void text_slices(struct neap_bytes *out, const struct neap_spares_stats *s) {
    neap_bytes_printf(out,
                      "%-13s %" PRIu64 " made way for others, %" PRIu64
                      " went on without their worker\n",
                      "slices", s->preemptions, s->handovers);
    neap_bytes_printf(out,
                      "%-13s %u of at most %u; %" PRIu64
                      " processes discarded, as none was left; %" PRIu64
                      " threads refused by the system\n",
                      "carriers", s->carriers, s->max, s->exhausted, s->refused);
}

static void text_images(struct neap_bytes *out, const struct neap_images_stats *i) {
    neap_bytes_printf(out,
                      "%-13s %s%" PRIu64 " modules ready, %" PRIu64 " refused; %" PRIu64
                      " processes began as a clone, %" PRIu64 " without\n",
                      "images", i->off ? "off; " : "", i->ready, i->refused, i->clones,
                      i->opened);
}

static void text_faults(struct neap_bytes *out, const struct neap_suspicion_stats *f) {
    neap_bytes_printf(out,
                      "%-13s %s%" PRIu64 " inside the VM (fault_policy: %s), %" PRIu64
                      " C stacks used up\n",
                      "faults", f->faults > 0 ? "SUSPECT; " : "", f->faults,
                      neap_fault_policy_text(f->policy), f->stack_ends);
}

static void text_code(struct neap_bytes *out, const struct neap_runtime_stats *has) {
    const struct neap_exec_arena_stats *code = &has->code;
    char a[NEAP_UNITS], b[NEAP_UNITS], c[NEAP_UNITS];
    neap_bytes_printf(out, "%-13s %s%s, %s peak, of %s; %" PRIu64 " processes refused\n",
                      "machine code", has->jit ? "" : "off; ",
                      neap_units_bytes(code->used * NEAP_EXEC_SLOT, a),
                      neap_units_bytes(code->peak * NEAP_EXEC_SLOT, b),
                      neap_units_bytes(code->slots * NEAP_EXEC_SLOT, c), code->refused);
}

static void text_held(struct neap_bytes *out, const struct view *v) {
    const struct neap_census_sum *s = &v->sum;
    char a[NEAP_UNITS];
    neap_bytes_printf(out,
                      "%-13s %" PRIu64 " links, %" PRIu64 " monitors, %" PRIu64
                      " timers, %" PRIu64 " names, %" PRIu64 " children\n",
                      "handles", s->links, s->monitors, s->timers, s->names, s->children);
    neap_bytes_printf(out, "%-13s %" PRIu64 " messages, %s\n", "mail", s->messages,
                      neap_units_bytes(s->message_bytes, a));
    neap_bytes_printf(out,
                      "%-13s %" PRIu64 " descriptors; %" PRIu64
                      " operations outlived their process\n",
                      "files", v->files, v->in_flight);
}

static void text_log(struct neap_bytes *out, const struct neap_log_writer_stats *log) {
    char a[NEAP_UNITS];
    neap_bytes_printf(out,
                      "%-13s %" PRIu64 " lines, %s not written yet; %" PRIu64
                      " dropped, as nobody read; %" PRIu64 " summed up\n",
                      "log", log->lines, neap_units_bytes(log->waiting, a), log->dropped,
                      log->suppressed);
}

static void write_text(struct neap_bytes *out, const struct view *v) {
    neap_bytes_printf(out, "%-13s %s\n", "node", v->name);
    neap_bytes_printf(out, "%-13s %d\n", "os_pid", (int)getpid());
    neap_bytes_printf(out, "%-13s %s\n", "version", NEAP_VERSION);
    neap_bytes_printf(out, "%-13s %" PRIu32 "\n", "workers", v->workers);
    neap_bytes_printf(out, "%-13s %" PRIu64 ", %" PRIu64 " at rest\n", "processes",
                      v->processes, v->resting);
    text_memory(out, &v->has.memory);
    text_held(out, v);
    text_slices(out, &v->slices);
    text_images(out, &v->has.images);
    text_code(out, &v->has);
    text_faults(out, &v->has.faults);
    text_log(out, &v->log);
}

/* --- JSON --- */

static void member(struct neap_bytes *out, const char *key, uint64_t value) {
    neap_json_key(out, key);
    neap_json_u64(out, value);
}

static void flag(struct neap_bytes *out, const char *key, bool value) {
    neap_json_key(out, key);
    neap_json_bool(out, value);
}

static void object(struct neap_bytes *out, const char *key) {
    neap_json_key(out, key);
    neap_json_open(out, '{');
}

static void json_slices(struct neap_bytes *out, const struct neap_spares_stats *s) {
    object(out, "slices");
    member(out, "preemptions", s->preemptions);
    member(out, "handovers", s->handovers);
    neap_json_close(out, '}');
    object(out, "carriers");
    member(out, "threads", s->carriers);
    member(out, "max", s->max);
    member(out, "exhausted", s->exhausted);
    member(out, "refused", s->refused);
    neap_json_close(out, '}');
}

static void json_memory(struct neap_bytes *out, const struct view *v) {
    const struct neap_slots_stats *m = &v->has.memory;
    object(out, "memory");
    member(out, "used", m->used);
    member(out, "spans", m->spans);
    member(out, "host", v->host_bytes);
    member(out, "peak", m->peak);
    member(out, "reserved", m->reserved);
    neap_json_close(out, '}');
}

static void json_held(struct neap_bytes *out, const struct view *v) {
    const struct neap_census_sum *s = &v->sum;
    object(out, "handles");
    member(out, "links", s->links);
    member(out, "monitors", s->monitors);
    member(out, "timers", s->timers);
    member(out, "names", s->names);
    member(out, "children", s->children);
    neap_json_close(out, '}');
    object(out, "mail");
    member(out, "messages", s->messages);
    member(out, "bytes", s->message_bytes);
    neap_json_close(out, '}');
    object(out, "files");
    member(out, "open", v->files);
    member(out, "in_flight", v->in_flight);
    neap_json_close(out, '}');
}

static void json_log(struct neap_bytes *out, const struct neap_log_writer_stats *log) {
    object(out, "log");
    member(out, "lines", log->lines);
    member(out, "waiting", log->waiting);
    member(out, "dropped", log->dropped);
    member(out, "suppressed", log->suppressed);
    neap_json_close(out, '}');
}

static void json_images(struct neap_bytes *out, const struct neap_images_stats *i) {
    object(out, "images");
    flag(out, "on", !i->off);
    member(out, "ready", i->ready);
    member(out, "refused", i->refused);
    member(out, "clones", i->clones);
    member(out, "opened", i->opened);
    neap_json_close(out, '}');
}

static void json_code(struct neap_bytes *out, const struct neap_runtime_stats *has) {
    const struct neap_exec_arena_stats *code = &has->code;
    object(out, "code");
    flag(out, "on", has->jit);
    member(out, "used", code->used * NEAP_EXEC_SLOT);
    member(out, "peak", code->peak * NEAP_EXEC_SLOT);
    member(out, "reserved", code->slots * NEAP_EXEC_SLOT);
    member(out, "areas", code->taken);
    member(out, "refused", code->refused);
    flag(out, "write_xor_execute", code->wx);
    neap_json_close(out, '}');
}

static void json_faults(struct neap_bytes *out, const struct neap_suspicion_stats *f) {
    object(out, "faults");
    flag(out, "suspect", f->faults > 0);
    member(out, "in_vm", f->faults);
    member(out, "stack_ends", f->stack_ends);
    neap_json_key(out, "policy");
    neap_json_text(out, neap_fault_policy_text(f->policy));
    neap_json_close(out, '}');
}

static void write_json(struct neap_bytes *out, const struct view *v) {
    neap_json_open(out, '{');
    neap_json_key(out, "node");
    neap_json_text(out, v->name);
    member(out, "os_pid", (uint64_t)getpid());
    neap_json_key(out, "version");
    neap_json_text(out, NEAP_VERSION);
    member(out, "workers", v->workers);
    member(out, "processes", v->processes);
    member(out, "resting", v->resting);
    json_memory(out, v);
    json_held(out, v);
    json_log(out, &v->log);
    json_slices(out, &v->slices);
    json_images(out, &v->has.images);
    json_code(out, &v->has);
    json_faults(out, &v->has.faults);
    neap_json_close(out, '}');
    neap_bytes_put(out, '\n');
}

enum neap_control_answer neap_serve_node(void *context, size_t count,
                                         char *const *arguments, struct neap_bytes *reply) {
    struct view view = look(context);
    (neap_serve_wants_json(count, arguments) ? write_json : write_text)(reply, &view);
    return NEAP_CONTROL_OK;
}
