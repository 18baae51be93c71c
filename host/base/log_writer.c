#include "base/log_writer.h"

#include "base/alloc.h"
#include "base/log_flood.h"
#include "base/thread.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct buffer {
    char *data;
    size_t len;
};

struct neap_log_writer {
    int fd;
    bool json;
    pthread_t thread;
    struct neap_mutex lock;
    struct neap_cond work; /* the thread has something to do */
    struct neap_cond over; /* the thread has ended */

    /* Bytes put and not written. Added to by who puts, with the lock; taken from by the
     * thread, once the system has them; read without a lock by _await. Release and acquire:
     * who reads 0 comes after the writing of all it put. */
    _Atomic(uint64_t) waiting;

    /* --- holder of the lock --- */
    struct buffer filling;
    struct buffer spare; /* empty, or what the thread is writing */
    bool is_idle;        /* the thread waits for `work` and nobody has signalled it */
    bool is_ending;
    bool has_ended;
    bool is_refused;  /* the system did not take the last batch: the reader is gone */
    uint64_t dropped; /* not told yet */
    struct neap_log_flood *flood;
    struct neap_log_writer_stats stats;
    struct neap_log_line line; /* for lines of its own */
};

/* --- holder of the lock --- */

static bool has_room(const struct neap_log_writer *w, size_t size) {
    return NEAP_LOG_BUFFER - w->filling.len >= size;
}

static void append(struct neap_log_writer *w, const char *text, size_t size) {
    memcpy(w->filling.data + w->filling.len, text, size);
    w->filling.len += size;
    w->stats.lines++;
    atomic_fetch_add_explicit(&w->waiting, size, memory_order_release);
}

static struct neap_log_field number_field(const char *key, uint64_t n, char text[24]) {
    int size = snprintf(text, 24, "%" PRIu64, n);
    return (struct neap_log_field){ key, text, (size_t)size, true };
}

static void make_dropped_line(struct neap_log_writer *w) {
    char number[24];
    struct neap_log_field lines = number_field("lines", w->dropped, number);
    neap_log_line_event(&w->line, w->json, NEAP_LOG_WARN, "-", "log.dropped");
    neap_log_line_fields(&w->line, &lines, 1);
    neap_log_line_end(&w->line);
}

/* Says how many lines are missing here, before the next `size` bytes; not to who takes none, as
 * that line would be the next to be lost, and told of, without an end. False: both do not fit. */
static bool tell_dropped(struct neap_log_writer *w, size_t size) {
    if (w->dropped == 0 || w->is_refused)
        return has_room(w, size);
    make_dropped_line(w);
    if (!has_room(w, w->line.len + size))
        return false;
    append(w, w->line.text, w->line.len);
    w->dropped = 0;
    return true;
}

static void drop(struct neap_log_writer *w, uint64_t lines) {
    w->dropped += lines;
    w->stats.dropped += lines;
}

static void put(struct neap_log_writer *w, const char *text, size_t size) {
    if (tell_dropped(w, size))
        append(w, text, size);
    else
        drop(w, 1);
}

static void put_summary(struct neap_log_writer *w, const struct neap_log_summary *s) {
    char number[24];
    struct neap_log_field kind = { "kind", s->event, strlen(s->event), false };
    struct neap_log_field times = number_field("times", s->times, number);
    neap_log_line_event(&w->line, w->json, s->level, "-", "log.suppressed");
    neap_log_line_fields(&w->line, &kind, 1);
    neap_log_line_copy(&w->line, s->kind, s->size);
    neap_log_line_fields(&w->line, &times, 1);
    neap_log_line_end(&w->line);
    append(w, w->line.text, w->line.len);
}

/* Only as many as fit: a summary that was taken must be written. */
static void put_summaries(struct neap_log_writer *w, neap_time now) {
    struct neap_log_summary summary;
    while (has_room(w, sizeof w->line.text) && neap_log_flood_take(w->flood, now, &summary))
        put_summary(w, &summary);
}

/* Whether the caller has to signal `work`, after it gave the lock back. */
static bool must_wake(struct neap_log_writer *w) {
    bool was_idle = w->is_idle;
    w->is_idle = false;
    return was_idle;
}

/* --- the thread --- */

static neap_time now(void) {
    return neap_clock_system()->now(neap_clock_system());
}

static bool await_room(int fd) {
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

/* How many bytes the system took: all, unless it refuses them for good (the reader is gone). */
static size_t write_all(int fd, const char *data, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(fd, data + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR && (errno != EAGAIN || !await_room(fd)))
            break;
    }
    return done;
}

static uint64_t lines_in(const char *data, size_t size) {
    uint64_t lines = 0;
    const char *end = data + size;
    while (data < end && (data = memchr(data, '\n', (size_t)(end - data))) != NULL) {
        data++;
        lines++;
    }
    return lines;
}

/* Holds the lock, but not while it writes. What comes meanwhile goes to the other buffer, at
 * whose begin is said how much found no place in this one. */
static void write_batch(struct neap_log_writer *w) {
    struct buffer batch = w->filling;
    w->filling = w->spare;
    w->spare = (struct buffer){ batch.data, 0 };
    if (w->dropped > 0)
        tell_dropped(w, 0);
    neap_mutex_unlock(&w->lock);
    size_t done = write_all(w->fd, batch.data, batch.len);
    atomic_fetch_sub_explicit(&w->waiting, batch.len, memory_order_release);
    neap_mutex_lock(&w->lock);
    w->is_refused = done < batch.len;
    drop(w, lines_in(batch.data + done, batch.len - done));
}

static void sleep_until_needed(struct neap_log_writer *w) {
    neap_time due = neap_log_flood_due(w->flood);
    neap_time at = due == NEAP_FOREVER ? 0 : now();
    w->is_idle = true;
    if (due == NEAP_FOREVER)
        neap_cond_wait(&w->work, &w->lock);
    else if (due > at)
        neap_cond_wait_for(&w->work, &w->lock, due - at);
    w->is_idle = false;
}

/* Nothing is left to do, for good. */
static bool is_done(struct neap_log_writer *w) {
    put_summaries(w, w->is_ending ? NEAP_FOREVER : now());
    return w->is_ending && w->filling.len == 0;
}

static void *run(void *context) {
    struct neap_log_writer *w = context;
    neap_mutex_lock(&w->lock);
    while (!is_done(w)) {
        if (w->filling.len > 0)
            write_batch(w);
        else
            sleep_until_needed(w);
    }
    w->has_ended = true;
    neap_cond_signal(&w->over);
    neap_mutex_unlock(&w->lock);
    return NULL;
}

/* --- the thread that makes it --- */

static void release(struct neap_log_writer *w) {
    neap_cond_fini(&w->work);
    neap_cond_fini(&w->over);
    neap_mutex_fini(&w->lock);
    neap_log_flood_free(w->flood);
    neap_free(w->filling.data);
    neap_free(w->spare.data);
    neap_free(w);
}

/* It needs no more than a few frames; the default of 8 MiB would count against ulimit -v. */
static int start(struct neap_log_writer *w) {
    enum { STACK = 256 * 1024 };
    pthread_attr_t attributes;
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pthread_create(&w->thread, &attributes, run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return err;
}

struct neap_log_writer *neap_log_writer_new(int fd, bool json) {
    struct neap_log_writer *w = neap_calloc(1, sizeof *w);
    w->fd = fd;
    w->json = json;
    w->filling.data = neap_alloc(NEAP_LOG_BUFFER);
    w->spare.data = neap_alloc(NEAP_LOG_BUFFER);
    w->flood = neap_log_flood_new();
    neap_mutex_init(&w->lock);
    neap_cond_init(&w->work);
    neap_cond_init(&w->over);
    if (start(w) == 0)
        return w;
    release(w);
    return NULL;
}

static bool await_end(struct neap_log_writer *w, neap_time wait) {
    neap_time deadline = now() + wait;
    bool in_time = true;
    while (!w->has_ended && in_time) {
        neap_time at = now();
        in_time = at < deadline && neap_cond_wait_for(&w->over, &w->lock, deadline - at);
    }
    return w->has_ended;
}

bool neap_log_writer_free(struct neap_log_writer *w, neap_time wait) {
    if (w == NULL)
        return true;
    neap_mutex_lock(&w->lock);
    w->is_ending = true;
    neap_cond_signal(&w->work);
    bool ended = await_end(w, wait);
    neap_mutex_unlock(&w->lock);
    if (!ended)
        return false;
    pthread_join(w->thread, NULL);
    release(w);
    return true;
}

/* --- any thread --- */

void neap_log_writer_put(struct neap_log_writer *w, const char *text, size_t size) {
    neap_mutex_lock(&w->lock);
    put(w, text, size);
    bool wake = must_wake(w);
    neap_mutex_unlock(&w->lock);
    if (wake)
        neap_cond_signal(&w->work);
}

bool neap_log_writer_admit(struct neap_log_writer *w, enum neap_log_level level,
                           const char *event, const char *kind, size_t size) {
    neap_mutex_lock(&w->lock);
    neap_time due = neap_log_flood_due(w->flood);
    bool is_admitted = neap_log_flood_admit(w->flood, level, event, kind, size, now());
    w->stats.suppressed += !is_admitted;
    bool wake = neap_log_flood_due(w->flood) < due && must_wake(w);
    neap_mutex_unlock(&w->lock);
    if (wake)
        neap_cond_signal(&w->work);
    return is_admitted;
}

struct neap_log_writer_stats neap_log_writer_stats(struct neap_log_writer *w) {
    neap_mutex_lock(&w->lock);
    struct neap_log_writer_stats stats = w->stats;
    neap_mutex_unlock(&w->lock);
    stats.waiting = atomic_load_explicit(&w->waiting, memory_order_relaxed);
    return stats;
}

/* Asking again and again is for a program that ends: whoever got here may hold any lock. */
void neap_log_writer_await(const struct neap_log_writer *w, neap_time wait) {
    for (neap_time ns = 0; ns < wait; ns += NEAP_MS) {
        if (atomic_load_explicit(&w->waiting, memory_order_acquire) == 0)
            return;
        nanosleep(&(struct timespec){ 0, (long)NEAP_MS }, NULL);
    }
}
