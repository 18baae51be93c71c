/* Faults in the VM's code, and everywhere else: which of them end a process, and which the
 * program. What is faulty here lies in the killable text, as LuaJIT does. */
#include "vm/cell.h"

#include "test/child.h"
#include "test/faulty.h"
#include "test/stand.h"
#include "test/test.h"

#include "vm/killable.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static struct stand stand;

/* --- what goes wrong ------------------------------------------------------------------ */

static char *behind_a_file; /* a page that the file it is mapped from does not reach */

KILLABLE static int l_read_past_file(lua_State *L) {
    (void)L;
    return *(volatile char *)behind_a_file;
}

#if defined(__x86_64__)
KILLABLE static int l_divide(lua_State *L) {
    (void)L;
    __asm__ volatile("xor %%edx, %%edx\n\tmov $1, %%eax\n\tidivl %0"
                     :
                     : "r"(0)
                     : "eax", "edx", "cc");
    return 0;
}
#define ILLEGAL "ud2"
#else
#define ILLEGAL "udf #0"
#endif

KILLABLE static int l_illegal(lua_State *L) {
    (void)L;
    __asm__ volatile(ILLEGAL);
    return 0;
}

/* The host's: it lies outside. */
__attribute__((noinline)) static int l_write_in_host(lua_State *L) {
    (void)L;
    *faulty_nowhere = 1;
    return 0;
}

KILLABLE static int l_write_in_crit(lua_State *L) {
    (void)L;
    neap_crit_enter(&stand.cell);
    *faulty_nowhere = 1;
    neap_crit_leave(&stand.cell);
    return 0;
}

/* Somebody else means the program, not what it happens to run. The system call is made here,
 * so that the signal finds an instruction of the VM. */
KILLABLE static int l_be_sent(lua_State *L) {
    long me = lua_tointeger(L, 1);
#if defined(__x86_64__)
    long result = SYS_kill;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(me), "S"(SIGSEGV)
                     : "rcx", "r11", "memory");
#else
    register long x0 __asm__("x0") = me;
    register long x1 __asm__("x1") = SIGSEGV;
    register long x8 __asm__("x8") = SYS_kill;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x8) : "memory");
#endif
    return 0;
}

static int l_assert_masks(lua_State *L) {
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    static const int OURS[] = { NEAP_KILL_SIGNAL, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    for (unsigned i = 0; i < sizeof OURS / sizeof *OURS; i++)
        if (sigismember(&now, OURS[i]))
            return luaL_error(L, "signal %d is blocked", OURS[i]);
    return 0;
}

static const luaL_Reg FUNCTIONS[] = {
    { "write", faulty_write },
    { "read_past_file", l_read_past_file },
#if defined(__x86_64__)
    { "divide", l_divide },
#endif
    { "illegal", l_illegal },
    { "dig", faulty_dig },
    { "write_in_host", l_write_in_host },
    { "write_in_crit", l_write_in_crit },
    { "be_sent", l_be_sent },
    { "assert_masks", l_assert_masks },
    { NULL, NULL },
};

static int open_functions(lua_State *L) {
    luaL_register(L, "bad", FUNCTIONS);
    return 0;
}

/* --- running it ------------------------------------------------------------------------- */

static void map_past_file(void) {
    int fd = memfd_create("empty", 0);
    behind_a_file = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
}

static void open_stand(void) {
    stand_init(&stand, neap_slots_new((size_t)1 << 30));
    stand.open = open_functions;
}

static void close_stand(void) {
    struct neap_slots *slots = stand.slots;
    stand_fini(&stand);
    neap_exec_arena_close();
    neap_slots_free(slots);
}

/* On a thread of its own, as a carrier is: the main thread's stack grows, and has no reserve.
 * It is joined before `seen` is read. */
static struct seen {
    const char *script;
    int why;
    int next; /* of a process that runs afterwards */
    char raised[200];
    struct neap_fault fault;
    bool in_machine_code;
} seen;

static void *run_twice(void *arg) {
    (void)arg;
    open_stand();
    seen.why = stand_run(&stand, seen.script);
    seen.fault = *neap_cell_fault(&stand.cell);
    seen.in_machine_code = neap_exec_arena_has(seen.fault.pc);
    seen.next = stand_run(&stand, "bad.assert_masks() assert(1 + 1 == 2)");
    memcpy(seen.raised, stand.raised, sizeof seen.raised);
    close_stand();
    return NULL;
}

static void run(const char *script) {
    pthread_t thread;
    seen = (struct seen){ .script = script };
    pthread_create(&thread, NULL, run_twice, NULL);
    pthread_join(thread, NULL);
}

static void expect_fault(const char *script, const char *signal) {
    run(script);
    EXPECT_INT(seen.why, NEAP_LEAVE_FAULT);
    EXPECT_STR(seen.fault.signal, signal);
    EXPECT_STR(seen.raised, "");
    EXPECT_INT(seen.next, 0);
}

TEST(a_write_to_nowhere_ends_the_process_and_tells_the_address) {
    expect_fault("bad.write()", "SIGSEGV");

    EXPECT_U64(seen.fault.address, 8);
    EXPECT_TRUE(neap_cell_is_killable(seen.fault.pc));
    EXPECT_FALSE(seen.fault.is_stack_end);
}

TEST(a_page_that_its_file_does_not_reach_ends_the_process) {
    map_past_file();

    expect_fault("bad.read_past_file()", "SIGBUS");

    EXPECT_U64(seen.fault.address, (uintptr_t)behind_a_file);
    munmap(behind_a_file, 4096);
}

#if defined(__x86_64__)
TEST(a_division_by_zero_ends_the_process) {
    expect_fault("bad.divide()", "SIGFPE");
}
#endif

TEST(an_illegal_instruction_ends_the_process) {
    expect_fault("bad.illegal()", "SIGILL");

    EXPECT_U64(seen.fault.address, seen.fault.pc);
}

TEST(a_recursion_without_end_ends_the_process_and_is_known_as_such) {
    expect_fault("bad.dig()", "SIGSEGV");

    EXPECT_TRUE(seen.fault.is_stack_end);
}

TEST(nothing_that_the_script_catches_keeps_a_fault) {
    expect_fault("while true do pcall(bad.write) end", "SIGSEGV");
    expect_fault("coroutine.wrap(function() bad.write() end)()", "SIGSEGV");
    expect_fault("('a'):gsub('a', bad.dig)", "SIGSEGV");
    expect_fault("setmetatable({}, { __index = bad.write }).x()", "SIGSEGV");
}

TEST(a_fault_in_machine_code_ends_the_process) {
    expect_fault("local ffi = require('ffi') "
                 "local good, wrong = ffi.new('int[1]'), ffi.cast('int *', 8) "
                 "local p = ffi.cast('int *', good) "
                 "for i = 1, 1e6 do p[0] = i if i == 5e5 then p = wrong end end",
                 "SIGSEGV");

    EXPECT_U64(seen.fault.address, 8);
    EXPECT_TRUE(seen.in_machine_code);
}

/* --- the host's -------------------------------------------------------------------------- */

/* Says "ran on" if the script did not end the program. */
static void run_to_death(int out, const char *script) {
    open_stand();
    stand_run(&stand, script);
    if (write(out, "ran on", 6) < 0)
        _exit(1);
}

static void write_in_host(int out) {
    run_to_death(out, "bad.write_in_host()");
}

static void write_in_crit(int out) {
    run_to_death(out, "bad.write_in_crit()");
}

static void be_sent(int out) {
    char script[40];
    snprintf(script, sizeof script, "bad.be_sent(%d)", (int)getpid());
    run_to_death(out, script);
}

/* There is a carrier, but nothing runs in it. */
static void write_between_slices(int out) {
    run_to_death(out, "return");
    faulty_write(NULL);
}

TEST(a_fault_in_host_code_ends_the_program) {
    char said[16];

    EXPECT_INT(child_run(write_in_host, said, sizeof said), -SIGSEGV);

    EXPECT_STR(said, "");
}

TEST(a_fault_in_a_critical_section_ends_the_program) {
    char said[16];

    EXPECT_INT(child_run(write_in_crit, said, sizeof said), -SIGSEGV);

    EXPECT_STR(said, "");
}

TEST(a_fault_between_slices_ends_the_program) {
    char said[16];

    EXPECT_INT(child_run(write_between_slices, said, sizeof said), -SIGSEGV);

    EXPECT_STR(said, "ran on");
}

TEST(a_signal_that_was_sent_ends_the_program_and_blames_no_process) {
    char said[16];

    EXPECT_INT(child_run(be_sent, said, sizeof said), -SIGSEGV);

    EXPECT_STR(said, "");
}
