/* neap run, neap check: the life of a node in the foreground.
 *
 * The main thread runs no script. It waits for signals, for the control socket and for two
 * notes from other threads: `ready` (the app is valid and named) and `ended`.
 *
 *   RUNNING --SIGTERM, stop--> STOPPING --again, or late--> KILLING --late--> _exit
 *      '------------ended----------'-------------ended---------'----> over */
#include "base/descriptors.h"
#include "base/error.h"
#include "base/last_words.h"
#include "base/log_ring.h"
#include "base/log_writer.h"
#include "base/thread.h"
#include "bind/host.h"
#include "cli/census.h"
#include "cli/complain.h"
#include "cli/crash_place.h"
#include "cli/reloading.h"
#include "cli/run_options.h"
#include "cli/serve.h"
#include "cli/watching.h"
#include "net/control.h"
#include "net/foreground.h"
#include "net/loop.h"
#include "vm/runtime.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STOP_MS = 5000, KILL_MS = 2000, NAME_BYTES = 256 };

/* Descriptors of a node beside its workers': 4 of the main thread's loop, the control socket
 * and a client of it, the app's folder and a file that is read, a server and a connection;
 * the rest to spare. */
enum { DESCRIPTORS = 16 };

/* How long the end of the program waits for who reads the log. */
static const neap_time LOG_WAIT = 1000 * NEAP_MS;

enum phase { RUNNING, STOPPING, KILLING };

enum alarm { STOP_ALARM, RELOAD_ALARM };

struct run {
    struct neap_run_options options;
    struct neap_foreground *foreground;
    struct neap_runtime *runtime;
    struct neap_control *control;
    struct neap_serving serving;
    struct neap_reloading reloading;
    struct neap_watching *watching; /* of --watch; or NULL */
    struct neap_crash_file crash_early,
        crash; /* before its name is known, and from then on */
    enum phase phase;
    bool for_fault; /* it stops as a fault made it suspect */
    bool refused;   /* the node may not run: another one has its name */
    int code;

    struct neap_mutex lock;
    pthread_cond_t answered; /* `ready` may go on */
    /* --- holder of the lock --- */
    bool is_ready;
    bool is_answered;
    bool is_suspect;
    bool has_ended;
    enum neap_exit_code ended_code;
    char name[NAME_BYTES];
};

/* --- log --- */

static struct neap_log_field field(const char *key, const char *value, bool bare) {
    return (struct neap_log_field){ key, value, strlen(value), bare };
}

static void log_start(const struct run *run) {
    char workers[16];
    char pid[16];
    snprintf(workers, sizeof workers, "%" PRIu32, run->options.workers);
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    struct neap_log_field fields[] = { field("name", run->name, false),
                                       field("workers", workers, true),
                                       field("version", NEAP_VERSION, false),
                                       field("os_pid", pid, true) };
    neap_log_write(&run->options.log, NEAP_LOG_INFO, "-", "node.start", fields, 4);
}

static void log_stop(const struct run *run) {
    char code[16];
    snprintf(code, sizeof code, "%d", run->code);
    struct neap_log_field fields[] = { field("name", run->name, false),
                                       field("code", code, true) };
    neap_log_write(&run->options.log, NEAP_LOG_INFO, "-", "node.stop", fields, 2);
}

static void log_signal(const struct run *run, const char *event, int number) {
    char text[32];
    snprintf(text, sizeof text, "SIG%s", sigabbrev_np(number));
    struct neap_log_field fields[] = { field("signal", text, false) };
    neap_log_write(&run->options.log, NEAP_LOG_INFO, "-", event, fields, 1);
}

/* On any thread, also when the program is about to end by a signal. */
static void await_log(void *writer) {
    neap_log_writer_await(writer, LOG_WAIT);
}

/* From here on no thread that runs scripts waits for who reads the log. Without the thread,
 * they do. */
static void open_log(struct run *run) {
    struct neap_log *log = &run->options.log;
    log->writer = neap_log_writer_new(log->fd, log->json);
    if (log->writer != NULL)
        neap_last_words_set(await_log, log->writer);
}

static void close_log(struct run *run) {
    neap_last_words_set(NULL, NULL);
    neap_log_writer_free(run->options.log.writer, LOG_WAIT);
    run->options.log.writer = NULL;
}

/* The program ends while threads run that nobody can stop any more. */
NEAP_NORETURN static void give_up(struct run *run, const char *command, const char *what) {
    neap_last_words();
    neap_complain(command, "%s", what);
    neap_control_close(run->control);
    _exit(NEAP_EXIT_HOST);
}

/* --- stopping --- */

/* `main` of a single file knows nothing of stopping and is not waited for; a tree has the
 * time-outs of its children. */
static bool is_tree(const struct run *run) {
    struct neap_process_info root;
    return neap_census_root(neap_runtime_node(run->runtime), &root) && root.supervisor;
}

static void stop(struct run *run) {
    if (run->phase != RUNNING)
        return;
    run->phase = STOPPING;
    if (!is_tree(run))
        neap_foreground_set_alarm(run->foreground, STOP_ALARM, STOP_MS);
    neap_runtime_stop(run->runtime);
}

static void kill_now(struct run *run) {
    run->phase = KILLING;
    neap_foreground_set_alarm(run->foreground, STOP_ALARM, KILL_MS);
    neap_runtime_kill(run->runtime);
}

/* Who has stopped it already does not want it to be started again. */
static void stop_for_fault(struct run *run) {
    if (run->phase != RUNNING)
        return;
    run->for_fault = true;
    stop(run);
}

static void on_stop_command(void *context) {
    stop(context);
}

static void on_signal(void *context, int number) {
    struct run *run = context;
    log_signal(run, number == SIGHUP ? "signal.ignored" : "signal", number);
    if (number == SIGHUP)
        return;
    if (run->phase == RUNNING)
        stop(run);
    else
        kill_now(run);
}

/* A process that does not even end when it is killed: nothing here can be relied on. */
static void on_stop_alarm(struct run *run) {
    if (run->phase == STOPPING) {
        kill_now(run);
        return;
    }
    give_up(run, run->options.check ? "check" : "run", "the node does not end: giving up");
}

static void on_alarm(void *context, int alarm) {
    struct run *run = context;
    if (alarm == STOP_ALARM)
        on_stop_alarm(run);
    else
        neap_reloading_on_alarm(&run->reloading);
}

/* --- what the runtime tells, on other threads --- */

/* Keeps the first process waiting until the node's name is ours: a second node of a name must
 * not do anything. */
static void on_ready(void *context, const char *name) {
    struct run *run = context;
    if (run->options.check)
        return;
    neap_mutex_lock(&run->lock);
    snprintf(run->name, sizeof run->name, "%s", name);
    run->is_ready = true;
    neap_foreground_note(run->foreground);
    while (!run->is_answered)
        pthread_cond_wait(&run->answered, &run->lock.raw);
    neap_mutex_unlock(&run->lock);
}

static void on_ended(void *context, enum neap_exit_code code) {
    struct run *run = context;
    neap_mutex_lock(&run->lock);
    run->has_ended = true;
    run->ended_code = code;
    neap_foreground_note(run->foreground);
    neap_mutex_unlock(&run->lock);
}

static void on_suspect(void *context) {
    struct run *run = context;
    neap_mutex_lock(&run->lock);
    run->is_suspect = true;
    neap_foreground_note(run->foreground);
    neap_mutex_unlock(&run->lock);
}

/* A reload got further, or a module was loaded. */
static void on_moved(void *context) {
    struct run *run = context;
    neap_foreground_note(run->foreground);
}

/* --- crash files --- */

static bool arm(const struct run *run, struct neap_crash_file *file, const char *name) {
    file->version = NEAP_VERSION;
    file->log = run->options.log.ring;
    if (!neap_crash_place_find(run->options.crash_dir, name, file->path))
        return false;
    neap_crash_file_arm(file);
    return true;
}

/* What the app calls itself is not known yet. */
static void arm_early(struct run *run) {
    if (!run->options.check)
        arm(run, &run->crash_early, run->options.name != NULL ? run->options.name : "neap");
}

static void arm_named(struct run *run) {
    if (arm(run, &run->crash, run->name))
        neap_crash_place_tidy(run->crash.path, run->name);
}

/* --- notes, on the main thread --- */

static void refuse(struct run *run, int err, const char *why) {
    neap_complain("run", "%s", why);
    run->refused = true;
    run->code = err == NEAP_ETAKEN || err == NEAP_EINVALID ? NEAP_EXIT_INVALID
                                                           : NEAP_EXIT_HOST;
    kill_now(run);
}

static void open_control(struct run *run) {
    char why[NEAP_SOCKET_WHY];
    struct neap_control_options options = { .context = &run->serving };
    options.commands = neap_serve_commands(&options.count);
    neap_reloading_init(&run->reloading, run->runtime, run->foreground, &run->options.log,
                        RELOAD_ALARM);
    run->serving = (struct neap_serving){
        .runtime = run->runtime,
        .name = run->name,
        .stop = on_stop_command,
        .context = run,
        .reloading = &run->reloading,
        .control = &run->control,
    };
    int err = neap_control_open(run->foreground, run->name, &options, &run->control, why);
    if (err == 0) {
        log_start(run);
        arm_named(run);
    } else {
        refuse(run, err, why);
    }
    if (err == 0 && run->options.watch)
        run->watching = neap_watching_new(run->foreground, run->runtime, &run->reloading);
}

static void answer_ready(struct run *run) {
    neap_mutex_lock(&run->lock);
    run->is_answered = true;
    pthread_cond_broadcast(&run->answered);
    neap_mutex_unlock(&run->lock);
}

static void on_note(void *context) {
    struct run *run = context;
    neap_mutex_lock(&run->lock);
    bool must_open = run->is_ready && !run->is_answered;
    bool ended = run->has_ended;
    bool suspect = run->is_suspect;
    neap_mutex_unlock(&run->lock);
    if (must_open) {
        open_control(run);
        answer_ready(run);
    }
    if (run->watching != NULL)
        neap_watching_sync(run->watching);
    neap_reloading_advance(&run->reloading);
    if (suspect)
        stop_for_fault(run);
    if (ended)
        neap_foreground_stop(run->foreground);
}

/* --- life --- */

static struct neap_runtime_options runtime_options(struct run *run) {
    const struct neap_run_options *o = &run->options;
    return (struct neap_runtime_options){
        .workers = o->workers,
        .log = o->log,
        .check = o->check,
        .wx = o->wx,
        .rest_after = o->rest_after,
        .app_path = o->app_path,
        .name = o->name,
        .args = o->words.items + 1,
        .arg_count = o->words.count - 1,
        .sets = o->sets.items,
        .set_count = o->sets.count,
        .allow = o->allow,
        .new_poller = neap_loop_poller_new,
        .host_table = neap_host_push,
        .ended = on_ended,
        .ready = on_ready,
        .suspect = on_suspect,
        .reload_moved = on_moved,
        .module_loaded = o->watch ? on_moved : NULL,
        .context = run,
    };
}

/* After the address space was divided, which counts them. */
static int start_pool(struct run *run, char *why, size_t size) {
    int err = neap_foreground_start_pool(run->foreground);
    if (err != 0)
        snprintf(why, size,
                 "the system refuses the threads that files are read on: see "
                 "ulimit -u and -v");
    return err;
}

/* Signals are for this thread: those that run scripts start with them blocked. */
static int start(struct run *run, const char *command) {
    char why[NEAP_SOCKET_WHY];
    char what[sizeof why + 32];
    neap_foreground_block_signals();
    arm_early(run);
    open_log(run);
    struct neap_runtime_options options = runtime_options(run);
    int err = neap_runtime_new(&options, &run->runtime, why, sizeof why);
    bool is_made = err == 0;
    if (is_made)
        err = start_pool(run, why, sizeof why);
    if (err == 0)
        err = neap_runtime_start(run->runtime, why, sizeof why);
    neap_foreground_unblock_signals();
    if (err == 0)
        return 0;
    snprintf(what, sizeof what, "the node cannot start: %s", why);
    if (is_made)
        give_up(run, command, what);
    close_log(run);
    neap_complain(command, "%s", what);
    return err;
}

static void init(struct run *run) {
    neap_mutex_init(&run->lock);
    pthread_cond_init(&run->answered, NULL);
    run->options.log.ring = neap_log_ring_new();
    run->foreground = neap_foreground_new(&(struct neap_foreground_events){
        .on_signal = on_signal, .on_note = on_note, .on_alarm = on_alarm, .context = run });
}

static void fini(struct run *run) {
    neap_crash_file_arm(NULL);
    neap_foreground_free(run->foreground);
    neap_log_ring_free(run->options.log.ring);
    pthread_cond_destroy(&run->answered);
    neap_mutex_fini(&run->lock);
    neap_run_options_fini(&run->options);
}

/* A loop cannot be made without them, in the middle of things: so it is told before. */
static bool has_descriptors(const struct run *run, const char *command) {
    uint32_t workers = run->options.workers;
    uint32_t needed = DESCRIPTORS + workers * NEAP_LOOP_DESCRIPTORS;
    char limit[64] = "the system has no more open files (fs.file-max)";
    uint64_t allowed = neap_descriptors_raise_limit();
    int err = neap_descriptors_try(needed);
    if (err == 0)
        return true;
    if (err == -EMFILE)
        snprintf(limit, sizeof limit, "ulimit -n allows %" PRIu64 " open files", allowed);
    neap_complain(command,
                  "the node cannot start: %s, and a node with %" PRIu32 " worker%s needs "
                  "%" PRIu32 " that are free: raise it%s",
                  limit, workers, workers == 1 ? "" : "s", needed,
                  workers > 1 ? ", or have fewer workers (-w)" : "");
    return false;
}

/* The socket goes last: who waits for `neap stop` finds the node gone. */
static int live(struct run *run, const char *command) {
    if (!has_descriptors(run, command)) {
        neap_run_options_fini(&run->options);
        return NEAP_EXIT_HOST;
    }
    init(run);
    if (start(run, command) != 0) {
        fini(run);
        return NEAP_EXIT_HOST;
    }
    neap_foreground_run(run->foreground);
    if (!run->refused)
        run->code = run->ended_code;
    if (run->for_fault && run->code == NEAP_EXIT_ORDERLY)
        run->code = NEAP_EXIT_SUSPECT;
    neap_runtime_free(run->runtime);
    if (run->options.check && run->code == NEAP_EXIT_ORDERLY)
        printf("%s: no problems found\n", run->options.words.items[0]);
    if (run->control != NULL)
        log_stop(run);
    close_log(run);
    neap_control_close(run->control);
    neap_watching_free(run->watching);
    fini(run);
    return run->code;
}

/* Before anything of the app runs; at `ready` it is asked again, and then for good. */
static int check_name_is_free(const struct neap_run_options *o) {
    char path[NEAP_SOCKET_PATH];
    char why[NEAP_SOCKET_WHY];
    int fd = -1;
    if (o->name == NULL || neap_socket_path(o->name, path, why) != 0 ||
        neap_socket_connect(path, &fd) != 0)
        return NEAP_OPTIONS_DONE;
    close(fd);
    return neap_usage_error(
        "run",
        "a node called \"%s\" is already running (%s): choose another "
        "--name, or end it with neap stop --name %s",
        o->name, path, o->name);
}

static int run_or_check(const struct neap_command *command, bool check, int argc,
                        char **argv) {
    struct run run = { 0 };
    int code = neap_run_options_read(&run.options, command, argc, argv);
    run.options.check = check;
    if (code == NEAP_OPTIONS_DONE && !check)
        code = check_name_is_free(&run.options);
    if (code == NEAP_OPTIONS_DONE)
        return live(&run, command->name);
    neap_run_options_fini(&run.options);
    return code;
}

static int run_command(const struct neap_command *command, int argc, char **argv) {
    return run_or_check(command, false, argc, argv);
}

static int check_command(const struct neap_command *command, int argc, char **argv) {
    return run_or_check(command, true, argc, argv);
}

#define ALLOW_HELP                                                                       \
    "CAPS are capabilities, with commas between them: net; fs and read (the\n"           \
    "application's folder), fs:DIR, read:DIR; exec; env; native:MODULE; ffi; control;\n" \
    "names, names:PREFIX; or none. app.lua can not go beyond them. Without --allow it\n" \
    "may ask for any, and has net,env,fs,names,control if it asks for none.\n"

#define APP_HELP                                                                         \
    "APP is a directory with app.lua, or a .lua file. Options go before APP: what "      \
    "follows\n"                                                                          \
    "APP is for the program (neap.args).\n"

const struct neap_command NEAP_RUN_COMMAND = {
    .name = "run",
    .arguments = "APP [ARGS...]",
    .summary = "run an application in the foreground, until SIGTERM or SIGINT",
    .help = APP_HELP ALLOW_HELP
    "SIGTERM and SIGINT stop it in order; a second one at once.\n"
    "Exit codes: 0 stopped in order; 1 the root supervisor gave up, or a file's\n"
    "program ended abnormally; 2 usage, or the app is not valid; 3 the host "
    "failed;\n"
    "4 stopped in order after a fault inside the VM (fault_policy = \"restart\"):\n"
    "start it again. By a signal: a fault of the host itself; see --crash-dir.\n",
    .run = run_command,
};

const struct neap_command NEAP_CHECK_COMMAND = {
    .name = "check",
    .arguments = "APP [ARGS...]",
    .summary = "load and validate an application, print all findings, start nothing",
    .help = APP_HELP ALLOW_HELP
    "Of a directory, the modules that app.lua names are loaded, too. A .lua file is a\n"
    "program and is not run: looked at are its syntax and the modules that it requires\n"
    "by a literal name, and these in turn. If it ends by returning a table, it is run\n"
    "after all, with what starts or sends refused: its tree is validated like that of\n"
    "app.lua, unless it wanted to start or send something on its way.\n"
    "Exit codes: 0 it is valid; 2 usage, or it is not; 3 the host failed.\n",
    .run = check_command,
};
