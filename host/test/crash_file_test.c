/* In children: what they leave behind is looked at when they are dead. */
#include "vm/crash_file.h"

#include "test/child.h"
#include "test/folder.h"
#include "test/stand.h"

#include "base/log_ring.h"

#include <fcntl.h>

static struct stand stand;
static struct neap_crash_file armed;
static char *left; /* the text of the file that a child left; "" for none */

static volatile int *volatile nowhere = (volatile int *)8;

/* --- children ---------------------------------------------------------------------------- */

/* Two calls that must be found again; neither is at the end of its function. */
__attribute__((noinline)) static int write_to_nowhere(int n) {
    *nowhere = n;
    return n;
}

__attribute__((noinline)) static int call_it(int n) {
    return write_to_nowhere(n + 1) + 1;
}

static int l_fault(lua_State *L) {
    lua_pushinteger(L, call_it(1) + 1);
    return 1;
}

static int open_functions(lua_State *L) {
    lua_register(L, "fault", l_fault);
    return 0;
}

static void arm(void) {
    struct neap_log_ring *ring = neap_log_ring_new();
    neap_log_ring_put(ring, "the first line", 14);
    neap_log_ring_put(ring, "the last \x1b line", 15);
    armed = (struct neap_crash_file){ .version = "1.2.3", .log = ring };
    snprintf(armed.path, sizeof armed.path, "%s", folder_path("x.crash"));
    neap_crash_file_arm(&armed);
}

static void silence(void) {
    int fd = open("/dev/null", O_WRONLY);
    dup2(fd, STDERR_FILENO);
}

static void *fault_on_carrier(void *arg) {
    (void)arg;
    stand_init(&stand, neap_slots_new((size_t)1 << 30));
    stand.open = open_functions;
    stand_run(&stand, "fault()");
    return NULL;
}

/* A carrier's stack is a thread's. */
static void fault_in_slice(int out) {
    pthread_t thread;
    silence();
    arm();
    close(out);
    pthread_create(&thread, NULL, fault_on_carrier, NULL);
    pthread_join(thread, NULL);
}

static void fault_on_main_thread(int out) {
    close(out);
    silence();
    arm();
    neap_cell_install();
    call_it(1);
}

static void tell_path(int out) {
    dup2(out, STDERR_FILENO);
    arm();
    neap_cell_install();
    call_it(1);
}

/* Nothing of a stack is there to be told; the handler has its own. */
static void *jump_without_a_stack(void *arg) {
    stand_init(&stand, neap_slots_new((size_t)1 << 30));
#if defined(__x86_64__)
    __asm__ volatile("mov $16, %rsp\n\tjmp *%rsp");
#else
    __asm__ volatile("mov x0, #16\n\tmov sp, x0\n\tbr x0");
#endif
    return arg;
}

static void fault_without_a_stack(int out) {
    pthread_t thread;
    close(out);
    silence();
    arm();
    pthread_create(&thread, NULL, jump_without_a_stack, NULL);
    pthread_join(thread, NULL);
}

enum { THREADS = 8 };

static pthread_barrier_t together;

static void *fault_together(void *arg) {
    pthread_barrier_wait(&together);
    call_it(2);
    return arg;
}

static void fault_at_once(int out) {
    pthread_t thread;
    silence();
    arm();
    close(out);
    neap_cell_install();
    pthread_barrier_init(&together, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread, NULL, fault_together, NULL);
    pthread_join(thread, NULL);
}

static void be_sent(int out) {
    close(out);
    silence();
    arm();
    neap_cell_install();
    kill(getpid(), SIGBUS);
    for (;;)
        pause();
}

/* --- looking ----------------------------------------------------------------------------- */

static void read_left(void) {
    static char text[1 << 20];
    FILE *file = fopen(folder_path("x.crash"), "rbe");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    left = text;
    if (file != NULL)
        fclose(file);
}

static void expect_death(void (*run)(int out), int signal) {
    char said[16];
    folder_make();
    EXPECT_INT(child_run(run, said, sizeof said), -signal);
    read_left();
}

static void expect_left(const char *text) {
    if (strstr(left, text) == NULL)
        print_error("not there: %s\nin:\n%.3000s\n", text, left);
    EXPECT_TRUE(strstr(left, text) != NULL);
}

/* A place in the function at `start`, among those of the stack: a child has our addresses. */
static bool has_call_in(void *start) {
    const char *at = strstr(left, "\nstack ");
    const char *end = strstr(left, "\nmaps");
    EXPECT_TRUE(at != NULL && end != NULL);
    while ((at = strstr(at, "\n  0x")) != NULL && at < end) {
        at += 3;
        uintptr_t address = (uintptr_t)strtoull(at, NULL, 16);
        if (address - (uintptr_t)start < 64)
            return true;
    }
    return false;
}

TEST(a_fault_of_the_host_leaves_the_facts_and_the_calls_that_led_there) {
    expect_death(fault_in_slice, SIGSEGV);

    expect_left("\nversion   1.2.3\n");
    expect_left("\nsignal    SIGSEGV, si_code 1\n");
    expect_left("\naddress   0x8\n");
    expect_left("\nslice     in the VM or below it, critical sections 0\n");
    expect_left("\n  the first line\n  the last ? line\n");
    expect_left("crash_file_test+0x");
    expect_left("[stack]");
    EXPECT_TRUE(has_call_in((void *)write_to_nowhere));
    EXPECT_TRUE(has_call_in((void *)call_it));
    EXPECT_TRUE(has_call_in((void *)l_fault));
    EXPECT_INT(folder_mode("x.crash"), 0600);
    folder_remove();
}

TEST(the_registers_are_those_of_the_fault) {
    char line[60];
    expect_death(fault_on_main_thread, SIGSEGV);

    snprintf(line, sizeof line, "\n  %-9s 0x8\n",
#if defined(__x86_64__)
             "cr2"
#else
             "fault"
#endif
    );
    expect_left(line);
    folder_remove();
}

TEST(a_thread_that_is_no_carrier_leaves_one_as_well) {
    expect_death(fault_on_main_thread, SIGSEGV);

    expect_left("\nworker    none: this thread runs no processes\n");
    EXPECT_TRUE(has_call_in((void *)call_it));
    folder_remove();
}

TEST(the_path_is_told_in_one_line) {
    char said[300], expected[300];
    folder_make();

    EXPECT_INT(child_run(tell_path, said, sizeof said), -SIGSEGV);

    snprintf(
        expected, sizeof expected,
        "neap: SIGSEGV outside of any process's code: the node ends. What was there: "
        "%s\n",
        folder_path("x.crash"));
    EXPECT_STR(said, expected);
    folder_remove();
}

TEST(a_place_that_can_not_be_written_is_told_and_the_program_ends_all_the_same) {
    char said[300];
    folder_make();
    EXPECT_INT(mkdir(folder_path("x.crash"), 0700), 0);

    EXPECT_INT(child_run(tell_path, said, sizeof said), -SIGSEGV);

    EXPECT_TRUE(strstr(said, "Could not write what was there, system error ") != NULL);
    folder_remove();
}

TEST(a_file_of_a_former_program_is_replaced_and_no_link_is_followed) {
    folder_make();
    folder_put("other", "untouched", 9);
    EXPECT_INT(symlink(folder_path("other"), folder_path("x.crash")), 0);
    char said[16];

    EXPECT_INT(child_run(fault_on_main_thread, said, sizeof said), -SIGSEGV);

    read_left();
    expect_left("\nversion   1.2.3\n");
    EXPECT_STR(folder_get("other"), "untouched");
    folder_remove();
}

TEST(without_a_stack_the_rest_is_told) {
    expect_death(fault_without_a_stack, SIGSEGV);

    expect_left("\nregisters\n");
    expect_left("\n  the last ? line\n");
    expect_left("\nmaps\n");
    folder_remove();
}

TEST(threads_that_crash_together_leave_one_whole_file) {
    expect_death(fault_at_once, SIGSEGV);

    expect_left("[stack]\n");
    EXPECT_INT(folder_count(), 1);
    folder_remove();
}

TEST(a_signal_that_was_sent_names_its_sender) {
    expect_death(be_sent, SIGBUS);

    expect_left("\nsignal    SIGBUS, si_code 0\n");
    expect_left("\nsent by   ");
    folder_remove();
}
