#include "vm/crash_file.h"

#include "base/log_ring.h"
#include "core/carrier.h"
#include "vm/address_map.h"
#include "vm/cell.h"
#include "vm/exec_arena.h"
#include "vm/registers.h"
#include "vm/scribe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    CALLS = 64,
    STACK_BYTES = 256 << 10, /* looked through for calls */
    WAIT_MS = 5000,
    TEXT_BYTES = 128, /* of a process's id and module */
};

/* What is armed. Written by the main thread, read by handlers. Release and acquire: the path
 * was written before. */
static _Atomic(const struct neap_crash_file *) armed;

/* 1 when a thread writes. An exchange, relaxed: one of those that crash gets the former 0. */
static _Atomic(int) is_taken;

struct crash { /* what a file is about */
    const struct neap_crash_file *file;
    int signal;
    const char *name;
    const siginfo_t *info;
    const ucontext_t *context;
    struct neap_address_map map;
};

void neap_crash_file_arm(const struct neap_crash_file *file) {
    atomic_store_explicit(&armed, file, memory_order_release);
}

/* --- facts --- */

/* The day of the common calendar, from days since 1970: Hinnant's algorithm. */
static void put_day(struct neap_scribe *s, uint64_t days) {
    days += 719468; /* since the first of March of the year 0 */
    uint64_t era = days / 146097;
    uint64_t of_era = days % 146097;
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153;
    uint64_t day = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    neap_scribe_number(s, year + era * 400 + (month <= 2), 4);
    neap_scribe_text(s, "-");
    neap_scribe_number(s, month, 2);
    neap_scribe_text(s, "-");
    neap_scribe_number(s, day, 2);
}

static void put_time(struct neap_scribe *s) {
    struct timespec t = { 0 };
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t seconds = (uint64_t)t.tv_sec;
    neap_scribe_key(s, "time");
    put_day(s, seconds / 86400);
    neap_scribe_text(s, " ");
    neap_scribe_number(s, seconds / 3600 % 24, 2);
    neap_scribe_text(s, ":");
    neap_scribe_number(s, seconds / 60 % 60, 2);
    neap_scribe_text(s, ":");
    neap_scribe_number(s, seconds % 60, 2);
    neap_scribe_text(s, ".");
    neap_scribe_number(s, (uint64_t)t.tv_nsec / 1000000, 3);
    neap_scribe_text(s, " UTC\n");
}

static void put_number_line(struct neap_scribe *s, const char *key, uint64_t n) {
    neap_scribe_key(s, key);
    neap_scribe_number(s, n, 1);
    neap_scribe_text(s, "\n");
}

/* What was sent has no address, but a sender. */
static void put_cause(struct neap_scribe *s, const struct crash *c) {
    int code = c->info->si_code;
    neap_scribe_key(s, "signal");
    neap_scribe_text(s, c->name);
    neap_scribe_text(s, ", si_code ");
    neap_scribe_text(s, code < 0 ? "-" : "");
    neap_scribe_number(s, (uint64_t)(code < 0 ? -(int64_t)code : code), 1);
    neap_scribe_text(s, "\n");
    if (code <= 0) {
        put_number_line(s, "sent by", (uint64_t)c->info->si_pid);
        return;
    }
    neap_scribe_key(s, "address");
    neap_scribe_hex(s, (uintptr_t)c->info->si_addr);
    neap_scribe_text(s, "\n");
}

static void put_thread(struct neap_scribe *s) {
    char name[17] = "";
    prctl(PR_GET_NAME, name);
    neap_scribe_key(s, "thread");
    neap_scribe_number(s, (uint64_t)gettid(), 1);
    neap_scribe_text(s, " ");
    neap_scribe_foreign(s, name, sizeof name);
    neap_scribe_text(s, "\n");
}

static void put_process(struct neap_scribe *s, const struct neap_glimpse *g) {
    neap_scribe_key(s, "process");
    if (neap_pid_is_none(g->pid)) {
        neap_scribe_text(s, "none\n");
        return;
    }
    neap_scribe_number(s, g->pid.slot, 1);
    neap_scribe_text(s, ".");
    neap_scribe_number(s, g->pid.generation, 1);
    neap_scribe_text(s, " id=");
    neap_scribe_foreign(s, g->id, TEXT_BYTES);
    neap_scribe_text(s, " module=");
    neap_scribe_foreign(s, g->module, TEXT_BYTES);
    neap_scribe_text(s, "\n");
}

static void put_slice(struct neap_scribe *s) {
    const struct neap_cell *cell = neap_cell_current();
    if (cell == NULL)
        return;
    neap_scribe_key(s, "slice");
    neap_scribe_text(s, cell->active ? "in the VM or below it" : "none");
    neap_scribe_text(s, ", critical sections ");
    neap_scribe_number(s, (uint64_t)cell->crit, 1);
    neap_scribe_text(s, "\n");
}

static void put_carrier(struct neap_scribe *s) {
    const struct neap_carrier *carrier = neap_carrier_current();
    struct neap_glimpse glimpse;
    neap_scribe_key(s, "worker");
    if (carrier == NULL) {
        neap_scribe_text(s, "none: this thread runs no processes\n");
        return;
    }
    neap_carrier_glimpse(carrier, &glimpse);
    if (glimpse.drives)
        neap_scribe_number(s, glimpse.worker, 1);
    else
        neap_scribe_text(s, "none: detached, or a spare");
    neap_scribe_text(s, "\n");
    put_process(s, &glimpse);
}

static void put_facts(struct neap_scribe *s, const struct crash *c) {
    neap_scribe_text(s,
                     "A neap node ended by a fault outside of any process's code.\n\n");
    put_time(s);
    neap_scribe_key(s, "version");
    neap_scribe_text(s, c->file->version);
    neap_scribe_text(s, "\n");
    put_number_line(s, "os_pid", (uint64_t)getpid());
    put_cause(s, c);
    put_thread(s);
    put_carrier(s);
    put_slice(s);
}

/* --- places --- */

/* "  0x55d0c0001234 neap+0x1234" */
static void put_place(struct neap_scribe *s, const struct neap_address_map *map,
                      uintptr_t address) {
    const struct neap_code_area *area = neap_address_map_find(map, address);
    neap_scribe_text(s, "  ");
    neap_scribe_hex(s, address);
    if (neap_exec_arena_has(address)) {
        neap_scribe_text(s, " machine code of a process");
    } else if (area != NULL && area->name[0] != '\0') {
        neap_scribe_text(s, " ");
        neap_scribe_foreign(s, area->name, sizeof area->name);
        neap_scribe_text(s, "+");
        neap_scribe_hex(s, address - area->base);
    }
    neap_scribe_text(s, "\n");
}

static void put_registers(struct neap_scribe *s, const struct crash *c) {
    neap_scribe_text(s, "\nregisters\n");
    for (int i = 0; i < NEAP_REGISTERS; i++) {
        neap_scribe_text(s, "  ");
        neap_scribe_key(s, neap_register_name(i));
        neap_scribe_hex(s, neap_register_value(c->context, i));
        neap_scribe_text(s, "\n");
    }
}

static void put_stack(struct neap_scribe *s, struct crash *c) {
    uintptr_t at = neap_register_sp(c->context) & ~(sizeof at - 1);
    neap_scribe_text(s,
                     "\nstack (the place of the fault, and all that look like calls that "
                     "led there: addr2line -fe FILE OFFSET)\n");
    if (!neap_address_map_read(&c->map, at))
        neap_scribe_text(s, "  /proc/self/maps can not be read\n");
    put_place(s, &c->map, neap_register_pc(c->context));
    for (int i = 0; i < CALLS; i++) {
        uintptr_t call = neap_address_map_next_return(&c->map, &at, STACK_BYTES);
        if (call == 0)
            return;
        put_place(s, &c->map, call);
    }
}

static void put_log(struct neap_scribe *s, const struct neap_log_ring *log) {
    char text[NEAP_LOG_RING_TEXT];
    size_t size;
    neap_scribe_text(s, "\nlog\n");
    if (log == NULL)
        return;
    uint64_t count = neap_log_ring_count(log);
    uint64_t first = count > NEAP_LOG_RING_LINES ? count - NEAP_LOG_RING_LINES : 0;
    for (uint64_t i = first; i < count; i++) {
        if (!neap_log_ring_get(log, i, text, &size))
            continue;
        neap_scribe_text(s, "  ");
        neap_scribe_foreign(s, text, size);
        neap_scribe_text(s, "\n");
    }
}

static void put_maps(struct neap_scribe *s) {
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    neap_scribe_text(s, "\nmaps\n");
    if (fd < 0)
        return;
    neap_scribe_copy(s, fd);
    close(fd);
}

/* --- the file --- */

/* A file of that name is of a former program with our number. */
static int create(const char *path) {
    enum { FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
    int fd = open(path, FLAGS, 0600);
    if (fd >= 0 || errno != EEXIST || unlink(path) != 0)
        return fd;
    return open(path, FLAGS, 0600);
}

static void tell(const struct crash *c, int err) {
    struct neap_scribe s;
    neap_scribe_begin(&s, STDERR_FILENO);
    neap_scribe_text(&s, "neap: ");
    neap_scribe_text(&s, c->name);
    neap_scribe_text(&s, " outside of any process's code: the node ends. ");
    neap_scribe_text(&s, err == 0 ? "What was there: "
                                  : "Could not write what was there, "
                                    "system error ");
    if (err != 0) {
        neap_scribe_number(&s, (uint64_t)err, 1);
        neap_scribe_text(&s, ": ");
    }
    neap_scribe_foreign(&s, c->file->path, sizeof c->file->path);
    neap_scribe_text(&s, "\n");
    neap_scribe_flush(&s);
}

/* Each part is in the file before the next one, which may go wrong, begins. */
static void write_parts(struct crash *c, int fd) {
    struct neap_scribe s;
    neap_scribe_begin(&s, fd);
    put_facts(&s, c);
    put_registers(&s, c);
    neap_scribe_flush(&s);
    put_log(&s, c->file->log);
    neap_scribe_flush(&s);
    put_stack(&s, c);
    neap_scribe_flush(&s);
    put_maps(&s);
    neap_scribe_flush(&s);
}

/* Another thread crashed first. It ends the program; if it hangs, this one does. */
static void wait_for_the_end(void) {
    struct timespec ms = { .tv_nsec = 1000000 };
    for (int i = 0; i < WAIT_MS; i++)
        nanosleep(&ms, NULL);
}

void neap_crash_file_write(int signal, const char *name, const siginfo_t *info,
                           const void *context) {
    struct crash crash = { .file = atomic_load_explicit(&armed, memory_order_acquire),
                           .signal = signal,
                           .name = name,
                           .info = info,
                           .context = context };
    if (crash.file == NULL)
        return;
    if (atomic_exchange_explicit(&is_taken, 1, memory_order_relaxed) != 0) {
        wait_for_the_end();
        return;
    }
    int fd = create(crash.file->path);
    int err = fd < 0 ? errno : 0;
    tell(&crash, err);
    if (fd < 0)
        return;
    write_parts(&crash, fd);
    close(fd);
}
