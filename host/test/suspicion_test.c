/* A node in which a binding is faulty: what its processes, the log and the numbers say. */
#include "vm/suspicion.h"

#include "test/faulty.h"
#include "test/test.h"

#include "bind/host.h"
#include "net/loop.h"
#include "vm/killable.h"
#include "vm/runtime.h"

#include <lua.h>
#include <unistd.h>

static struct program {
    struct neap_runtime *runtime;
    char path[64];
    int log; /* what was logged: a file without a name */
    _Atomic int suspected;
    _Atomic int has_ended;
    char text[16384];
} program;

/* --- what is faulty: neap.cancel(), in place of the real one ----------------------------- */

static void push_writing(lua_State *L) {
    neap_host_push(L);
    lua_pushcfunction(L, faulty_write);
    lua_setfield(L, -2, "cancel");
}

static void push_digging(lua_State *L) {
    neap_host_push(L);
    lua_pushcfunction(L, faulty_dig);
    lua_setfield(L, -2, "cancel");
}

/* --- the node ------------------------------------------------------------------------------ */

static void on_ready(void *context, const char *name) {
    (void)context;
    (void)name;
}

static void on_ended(void *context, enum neap_exit_code code) {
    (void)context;
    program.has_ended = code == NEAP_EXIT_ORDERLY ? 1 : -1;
}

static void on_suspect(void *context) {
    (void)context;
    program.suspected++;
}

static void write_script(const char *text) {
    snprintf(program.path, sizeof program.path, "/tmp/neap-test-XXXXXX.lua");
    int fd = mkstemps(program.path, 4);
    EXPECT_INT(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* The command line would do it at the first one. */
static void await_end(void) {
    bool is_stopped = false;
    for (int i = 0; i < 100000 && program.has_ended == 0; i++) {
        if (program.suspected == 2 && !is_stopped)
            neap_runtime_stop(program.runtime);
        is_stopped = program.suspected == 2;
        usleep(200);
    }
}

/* Runs a program to its end, which must be a good one. */
static struct neap_suspicion_stats run(neap_host_table host_table, const char *script) {
    char why[200] = "";
    FILE *file = tmpfile();
    program = (struct program){ .log = dup(fileno(file)) };
    fclose(file);
    write_script(script);
    struct neap_runtime_options options = {
        .workers = 1,
        .log = { .fd = program.log, .level = NEAP_LOG_INFO },
        .app_path = program.path,
        .new_poller = neap_loop_poller_new,
        .host_table = host_table,
        .ended = on_ended,
        .ready = on_ready,
        .suspect = on_suspect,
    };
    struct neap_runtime_stats stats;
    EXPECT_INT(neap_runtime_new(&options, &program.runtime, why, sizeof why), 0);
    EXPECT_INT(neap_runtime_start(program.runtime, why, sizeof why), 0);
    await_end();
    neap_runtime_stats(program.runtime, &stats);
    neap_runtime_free(program.runtime);
    unlink(program.path);
    ssize_t size = pread(program.log, program.text, sizeof program.text - 1, 0);
    program.text[size > 0 ? size : 0] = '\0';
    close(program.log);
    if (program.has_ended != 1)
        print_error("%s", program.text);
    EXPECT_INT(program.has_ended, 1);
    return stats.faults;
}

static int count(const char *word) {
    int n = 0;
    for (const char *at = program.text; (at = strstr(at, word)) != NULL; at++)
        n++;
    return n;
}

#define HEAD                                                                             \
    "local neap = require('neap') "                                                      \
    "local function ends(f) "                                                            \
    "  local _, ref = neap.spawn_monitor(f) return neap.receive({ 'DOWN', ref })[4] "    \
    "end "                                                                               \
    "local function fault() require('neap').cancel() end "

TEST(a_fault_is_the_reason_of_its_process_alone) {
    struct neap_suspicion_stats stats = run(
        push_writing,
        HEAD "local other = neap.spawn(function() "
             "  local here = require('neap') "
             "  local from = here.receive('from')[2] here.send(from, { 'alive' }) "
             "here.receive('end') "
             "end) "
             "local reason = ends(fault) "
             "assert(reason.kind == 'fault' and reason.signal == 'SIGSEGV', reason) "
             "assert(reason.address == '0x8' and reason.traceback == nil) "
             "assert(neap.reason(reason) == 'SIGSEGV inside the VM, at 0x8') "
             "neap.send(other, { 'from', neap.self() }) assert(neap.receive('alive')) "
             "assert(ends(function() pcall(require('neap').cancel) end).kind == 'fault') "
             "assert(ends(function() end) == 'normal')");

    EXPECT_U64(stats.faults, 2);
    EXPECT_U64(stats.stack_ends, 0);
    EXPECT_INT(stats.policy, NEAP_FAULT_CONTINUE);
    EXPECT_INT(program.suspected, 0);
}

TEST(a_fault_is_one_line_beside_the_crash_report) {
    run(push_writing, HEAD "ends(fault)");

    EXPECT_INT(count(" fault signal=SIGSEGV address=0x8 pc=0x"), 1);
    EXPECT_INT(count(" place=suspicion"), 0);
    EXPECT_INT(count(" place=neap+0x"), 1);
    EXPECT_INT(count(" faults=1 policy=continue"), 1);
    EXPECT_INT(count("process.crash "), 1);
    EXPECT_INT(count("reason=\"SIGSEGV inside the VM, at 0x8\""), 1);
}

TEST(many_faults_are_few_lines) {
    struct neap_suspicion_stats stats = run(push_writing,
                                            HEAD "for _ = 1, 70 do ends(fault) end");

    EXPECT_U64(stats.faults, 70);
    EXPECT_INT(count(" fault signal="), 10 + 3); /* 16, 32, 64 */
    EXPECT_INT(count(" faults=64 "), 1);
}

TEST(a_supervisor_starts_what_faulted_again) {
    run(push_writing, HEAD
        "local boss = neap.self() "
        "local sup = require('neap.supervisor').start_link({ children = { { id = 'a', "
        "  restart = 'transient', start = { function(to) "
        "    local here = require('neap') "
        "    here.send(to, { 'up', here.self() }) "
        "    here.receive('go') here.cancel() "
        "  end, boss } } } }) "
        "local first = neap.receive('up')[2] "
        "neap.send(first, { 'go' }) "
        "assert(neap.receive('up')[2] ~= first)");

    EXPECT_INT(
        count("child.restart id=a reason=\"SIGSEGV inside the VM, at 0x8\" restarts=1"), 1);
}

TEST(a_c_stack_that_is_used_up_makes_nothing_suspect) {
    struct neap_suspicion_stats stats = run(
        push_digging,
        HEAD "local reason = ends(fault) "
             "assert(reason.kind == 'fault' and reason.signal == 'SIGSEGV') "
             "assert(neap.reason(reason):find('the C stack is used up'))");

    EXPECT_U64(stats.faults, 0);
    EXPECT_U64(stats.stack_ends, 1);
    EXPECT_INT(count(" fault signal="), 0);
    EXPECT_INT(count("process.crash "), 1);
}

TEST(with_restart_the_end_of_the_node_is_asked_for) {
    struct neap_suspicion_stats stats = run(
        push_writing,
        "local function twice() "
        "  local neap = require('neap') "
        "  for _ = 1, 2 do "
        "    local _, ref = neap.spawn_monitor(function() require('neap').cancel() end) "
        "    neap.receive({ 'DOWN', ref }) "
        "  end "
        "end "
        "return { fault_policy = 'restart', children = { "
        "  { id = 'a', restart = 'temporary', start = { twice } } } }");

    EXPECT_INT(stats.policy, NEAP_FAULT_RESTART);
    EXPECT_U64(stats.faults, 2);
    EXPECT_INT(program.suspected, 2);
    EXPECT_INT(count(" policy=restart"), 2);
}
