/* What `neap run` ends with after a fault, from the inside: no script can make one. A signal
 * handler sends a process that computes, in the middle of the VM, to an illegal instruction. */
#include "cli/command.h"

#include "test/child.h"
#include "test/folder.h"

#include "core/carrier.h"
#include "vm/cell.h"
#include "vm/killable.h"
#include "vm/registers.h"
#include "vm/runtime.h"

#include <fcntl.h>
#include <sys/time.h>

/* ThreadSanitizer calls handlers later, with a context that is nobody's. */
#if !defined(__SANITIZE_THREAD__)

static volatile sig_atomic_t is_done;

KILLABLE static void fault(void) {
#if defined(__x86_64__)
    __asm__ volatile("ud2");
#else
    __asm__ volatile("udf #0");
#endif
}

static void send_to_fault(ucontext_t *context) {
#if defined(__x86_64__)
    context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)fault;
#else
    context->uc_mcontext.pc = (uintptr_t)fault;
#endif
}

static void on_tick(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    const struct neap_cell *cell = neap_cell_current();
    const struct neap_carrier *carrier = neap_carrier_current();
    struct neap_glimpse glimpse;
    if (is_done || carrier == NULL || cell == NULL || !cell->active || cell->crit != 0 ||
        !neap_cell_is_killable(neap_register_pc(context)))
        return;
    neap_carrier_glimpse(carrier, &glimpse);
    if (strcmp(glimpse.module, "spinner") != 0)
        return;
    is_done = 1;
    send_to_fault(context);
}

static void start_ticks(void) {
    struct sigaction action = { .sa_sigaction = on_tick,
                                .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };
    struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &often, NULL);
}

/* Ends with what the command does. */
static void run_command(int out) {
    char *argv[] = { (char *)folder_path("app") };
    dup2(out, STDERR_FILENO);
    setenv("XDG_RUNTIME_DIR", folder, 1);
    start_ticks();
    _exit(NEAP_RUN_COMMAND.run(&NEAP_RUN_COMMAND, 1, argv));
}

static const char SPINNER[] = "return function() while true do end end";

static int code_of(const char *app, char *said, size_t size) {
    folder_make();
    EXPECT_INT(mkdir(folder_path("app"), 0700), 0);
    folder_put("app/app.lua", app, strlen(app));
    folder_put("app/spinner.lua", SPINNER, sizeof SPINNER - 1);
    int code = child_run(run_command, said, size);
    folder_remove();
    return code;
}

#define CHILDREN                                                                         \
    "children = { { id = 'a', start = { 'spinner' }, limits = { cpu = '1h' } } }"

TEST(after_a_fault_with_restart_the_node_stops_in_order_with_a_code_of_its_own) {
    char said[8192];

    int code = code_of("return { fault_policy = 'restart', " CHILDREN " }", said,
                       sizeof said);

    EXPECT_INT(code, NEAP_EXIT_SUSPECT);
    EXPECT_TRUE(strstr(said, " fault signal=SIGILL ") != NULL);
    EXPECT_TRUE(strstr(said, " policy=restart\n") != NULL);
    EXPECT_TRUE(strstr(said, "node.stop name=app code=4\n") != NULL);
}

TEST(with_continue_it_is_the_supervisor_s_business) {
    char said[8192];

    int code = code_of("return { intensity = 0, " CHILDREN " }", said, sizeof said);

    EXPECT_INT(code, NEAP_EXIT_FAILED);
    EXPECT_TRUE(strstr(said, " policy=continue\n") != NULL);
}

#endif
