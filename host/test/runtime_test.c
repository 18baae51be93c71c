#include "vm/runtime.h"

#include "test/test.h"

#include "bind/host.h"
#include "core/node.h"
#include "core/process_fields.h"
#include "net/loop.h"

#include <lua.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A node that runs one script, in the test's own program. */
static struct program {
    struct neap_runtime *runtime;
    char path[64];
} program;

static void on_ready(void *context, const char *name) {
    (void)context;
    (void)name;
}

static void on_ended(void *context, enum neap_exit_code code) {
    (void)context;
    (void)code;
}

static void write_script(const char *text) {
    snprintf(program.path, sizeof program.path, "/tmp/neap-test-XXXXXX.lua");
    int fd = mkstemps(program.path, 4);
    EXPECT_INT(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void begin_with(const char *script, neap_host_table host_table, struct neap_log log) {
    char why[200] = "";
    write_script(script);
    struct neap_runtime_options options = { .workers = 1,
                                            .log = log,
                                            .app_path = program.path,
                                            .new_poller = neap_loop_poller_new,
                                            .host_table = host_table,
                                            .ended = on_ended,
                                            .ready = on_ready };
    EXPECT_INT(neap_runtime_new(&options, &program.runtime, why, sizeof why), 0);
    EXPECT_INT(neap_runtime_start(program.runtime, why, sizeof why), 0);
}

static void begin(const char *script) {
    begin_with(script, neap_host_push,
               (struct neap_log){ .fd = 2, .level = NEAP_LOG_ERROR });
}

static void end(void) {
    neap_runtime_free(program.runtime);
    unlink(program.path);
}

/* The process in the first slot, once it waits for the answer to a call. */
static struct neap_process *await_caller(void) {
    struct neap_node *node = neap_runtime_node(program.runtime);
    struct neap_process *p = neap_processes_at(neap_node_processes(node), 0);
    bool waits = false;
    for (int i = 0; i < 100000 && !waits; i++) {
        neap_lock_take(&p->lock);
        waits = p->state == NEAP_PROCESS_PARKED && p->call.ref != 0;
        neap_lock_give(&p->lock);
        usleep(200);
    }
    EXPECT_TRUE(waits);
    return p;
}

/* How long the program waits for an answer: until when, less when it started. */
static neap_time patience_of(const char *timeout) {
    char script[200];
    snprintf(script, sizeof script,
             "local neap = require('neap') "
             "local silent = neap.spawn(function() require('neap').receive('never') end) "
             "neap.call(silent, 'ask' %s)",
             timeout);
    begin(script);
    struct neap_process *p = await_caller();
    neap_lock_take(&p->lock);
    neap_time patience = p->deadline == NEAP_FOREVER ? NEAP_FOREVER
                                                     : p->deadline - p->started;
    neap_lock_give(&p->lock);
    end();
    return patience;
}

/* That a call ends at its deadline is shown by scripts, with shorter ones. */
TEST(CALL_05_a_call_waits_for_5000_ms_unless_it_is_told_otherwise) {
    neap_time patience = patience_of("");
    EXPECT_TRUE(patience >= 5000 * NEAP_MS && patience < 30000 * NEAP_MS);

    EXPECT_TRUE(patience_of(", neap.timeout('1min')") >= 60000 * NEAP_MS);
    EXPECT_U64(patience_of(", neap.timeout('infinity')"), NEAP_FOREVER);
}

/* --- a library that can not be cloned --- */

/* No image can hold a coroutine. */
static void push_with_coroutine(lua_State *L) {
    neap_host_push(L);
    lua_newthread(L);
    lua_setfield(L, -2, "odd");
}

/* The log so far holds the word so many times. */
static int count_logged(int fd, const char *word) {
    static char text[8192];
    ssize_t size = pread(fd, text, sizeof text - 1, 0);
    int count = 0;
    text[size > 0 ? size : 0] = '\0';
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        count++;
    return count;
}

TEST(a_base_image_that_is_refused_is_told_once_and_processes_open_their_states) {
    int fd = memfd_create("log", 0);
    begin_with("local neap = require('neap') local pids = {} "
               "for i = 1, 10 do pids[i] = neap.spawn(function() "
               "require('neap').receive('never') end) end "
               "neap.call(pids[1], 'ask', neap.timeout('infinity'))",
               push_with_coroutine, (struct neap_log){ .fd = fd, .level = NEAP_LOG_WARN });

    struct neap_runtime_stats stats;
    await_caller();
    for (int i = 0; i < 100000; i++) {
        neap_runtime_stats(program.runtime, &stats);
        if (stats.images.opened + stats.images.clones >= 11)
            break;
        usleep(200);
    }

    EXPECT_TRUE(stats.images.off);
    EXPECT_U64(stats.images.clones, 0);
    EXPECT_INT(count_logged(fd, "images.off"), 1);
    end();
    close(fd);
}
