#include "vm/suspicion.h"

#include "base/log.h"
#include "core/node.h"
#include "core/process.h"
#include "vm/cell.h"
#include "vm/exec_arena.h"
#include "vm/runtime_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { ALL_TOLD = 10, FIELDS = 8 };

extern const char __ehdr_start[]; /* the linker's: where the program begins */

void neap_suspicion_set_policy(struct neap_suspicion *s, enum neap_fault_policy policy) {
    atomic_store_explicit(&s->policy, (int)policy, memory_order_relaxed);
}

const char *neap_fault_policy_text(enum neap_fault_policy policy) {
    return policy == NEAP_FAULT_RESTART ? "restart" : "continue";
}

struct neap_suspicion_stats neap_suspicion_stats(const struct neap_suspicion *s) {
    return (struct neap_suspicion_stats){
        .policy = (enum neap_fault_policy)atomic_load_explicit(&s->policy,
                                                               memory_order_relaxed),
        .faults = atomic_load_explicit(&s->faults, memory_order_relaxed),
        .stack_ends = atomic_load_explicit(&s->stack_ends, memory_order_relaxed),
    };
}

static bool is_told(uint64_t count) {
    return count <= ALL_TOLD || (count & (count - 1)) == 0;
}

static struct neap_log_field field(const char *key, const char *text, bool bare) {
    return (struct neap_log_field){ key, text, strlen(text), bare };
}

/* Where the program was: what addr2line takes. Machine code of a process is nowhere else. */
static void describe_place(uintptr_t pc, char *text, size_t size) {
    if (neap_exec_arena_has(pc))
        snprintf(text, size, "machine code");
    else
        snprintf(text, size, "neap+0x%" PRIxPTR, pc - (uintptr_t)__ehdr_start);
}

static void tell(const struct neap_runtime *r, const struct neap_process *p,
                 const struct neap_fault *fault, const struct neap_suspicion_stats *stats) {
    struct neap_process_info info = { .pid = neap_process_pid(p) };
    char who[NEAP_PID_TEXT], address[24], pc[24], place[40], count[24];
    neap_process_inspect(neap_process_node(p), info.pid, &info);
    snprintf(address, sizeof address, "0x%" PRIxPTR, fault->address);
    snprintf(pc, sizeof pc, "0x%" PRIxPTR, fault->pc);
    snprintf(count, sizeof count, "%" PRIu64, stats->faults);
    describe_place(fault->pc, place, sizeof place);
    struct neap_log_field fields[FIELDS] = {
        field("signal", fault->signal, false),
        field("address", address, false),
        field("pc", pc, false),
        field("place", place, false),
        field("id", info.id, false),
        field("module", info.module, false),
        field("faults", count, true),
        field("policy", neap_fault_policy_text(stats->policy), false),
    };
    neap_pid_format(info.pid, who);
    neap_log_write(&neap_runtime_options_of(r)->log, NEAP_LOG_ERROR, who, "fault", fields,
                   FIELDS);
}

void neap_suspicion_note(struct neap_suspicion *s, const struct neap_runtime *r,
                         const struct neap_process *p, const struct neap_fault *fault) {
    const struct neap_runtime_options *options = neap_runtime_options_of(r);
    if (fault->is_stack_end) {
        atomic_fetch_add_explicit(&s->stack_ends, 1, memory_order_relaxed);
        return; /* the crash report of the process says it */
    }
    struct neap_suspicion_stats stats = neap_suspicion_stats(s);
    stats.faults = atomic_fetch_add_explicit(&s->faults, 1, memory_order_relaxed) + 1;
    if (is_told(stats.faults))
        tell(r, p, fault, &stats);
    if (stats.policy == NEAP_FAULT_RESTART && options->suspect != NULL)
        options->suspect(options->context);
}
