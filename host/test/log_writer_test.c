#include "base/log_writer.h"

#include "test/test.h"

#include "base/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { LOTS = 60000 }; /* ms: no test takes that long */
static const neap_time LONG = LOTS * NEAP_MS;

static int ends[2]; /* of a pipe: what the writer writes to the second comes out of the first */

static struct neap_log_writer *open_writer(void) {
    EXPECT_INT(pipe(ends), 0);
    return neap_log_writer_new(ends[1], false);
}

/* --- a reader that adds up what it is told --- */

struct seen {
    uint64_t lines;   /* but for the writer's own */
    uint64_t dropped; /* as the writer tells */
    uint64_t summed;
    char last[256];
};

static uint64_t number_after(const char *line, const char *key) {
    const char *at = strstr(line, key);
    return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void note(struct seen *seen, const char *line) {
    if (strstr(line, " log.dropped ") != NULL)
        seen->dropped += number_after(line, "lines=");
    else if (strstr(line, " log.suppressed ") != NULL)
        seen->summed += number_after(line, "times=");
    else
        seen->lines++;
    snprintf(seen->last, sizeof seen->last, "%s", line);
}

static void *read_all(void *context) {
    struct seen *seen = context;
    static char line[NEAP_LOG_LINE];
    FILE *file = fdopen(dup(ends[0]), "r");
    while (fgets(line, sizeof line, file) != NULL)
        note(seen, line);
    fclose(file);
    return NULL;
}

static pthread_t start_reader(struct seen *seen) {
    pthread_t reader;
    pthread_create(&reader, NULL, read_all, seen);
    return reader;
}

/* Frees the writer while somebody reads; afterwards all it wrote was seen. */
static void finish(struct neap_log_writer *w, pthread_t reader) {
    EXPECT_TRUE(neap_log_writer_free(w, LONG));
    close(ends[1]);
    pthread_join(reader, NULL);
    close(ends[0]);
}

/* --- */

TEST(lines_come_out_as_they_were_put) {
    char got[64] = { 0 };
    struct neap_log_writer *w = open_writer();

    neap_log_writer_put(w, "one\n", 4);
    neap_log_writer_put(w, "two\n", 4);
    EXPECT_TRUE(neap_log_writer_free(w, LONG));

    EXPECT_INT(read(ends[0], got, sizeof got - 1), 8);
    EXPECT_STR(got, "one\ntwo\n");
    close(ends[0]);
    close(ends[1]);
}

TEST(a_line_comes_out_without_another_one_behind_it) {
    char got[8] = { 0 };
    struct neap_log_writer *w = open_writer();

    for (int i = 0; i < 1000; i++) {
        neap_log_writer_put(w, "here\n", 5);
        EXPECT_INT(read(ends[0], got, sizeof got), 5); /* else it waits for ever */
    }

    EXPECT_TRUE(neap_log_writer_free(w, LONG));
    close(ends[0]);
    close(ends[1]);
}

/* Until one more line was dropped, which is then told. */
static uint64_t fill(struct neap_log_writer *w) {
    static const char LINE[] = "a line that somebody waits for in vain\n";
    uint64_t n = 0;
    for (; neap_log_writer_stats(w).dropped == 0; n++)
        neap_log_writer_put(w, LINE, sizeof LINE - 1);
    return n;
}

TEST(who_puts_a_line_does_not_wait_for_the_reader) {
    struct seen seen = { 0 };
    struct neap_log_writer *w = open_writer();

    uint64_t put = fill(w);
    EXPECT_TRUE(neap_log_writer_stats(w).waiting <= 2 * NEAP_LOG_BUFFER);

    finish(w, start_reader(&seen));
    EXPECT_INT(seen.dropped, 1);
    EXPECT_INT(seen.lines + seen.dropped, put);
}

TEST(what_was_dropped_is_told_in_its_place) {
    struct seen seen = { 0 };
    struct neap_log_writer *w = open_writer();
    fill(w);

    finish(w, start_reader(&seen));

    EXPECT_TRUE(strstr(seen.last, "log.dropped lines=1") != NULL);
}

TEST(nobody_waits_for_ever_for_a_reader_that_has_stopped) {
    struct seen seen = { 0 };
    struct neap_log_writer *w = open_writer();
    fill(w);

    neap_log_writer_await(w, 2 * NEAP_MS);
    EXPECT_TRUE(neap_log_writer_stats(w).waiting > 0);
    EXPECT_FALSE(neap_log_writer_free(w, 2 * NEAP_MS));

    finish(w, start_reader(&seen));
}

TEST(what_is_awaited_has_been_written) {
    char got[8];
    struct neap_log_writer *w = open_writer();
    fcntl(ends[0], F_SETFL, O_NONBLOCK);

    for (int i = 0; i < 200; i++) {
        neap_log_writer_put(w, "here\n", 5);
        neap_log_writer_await(w, LONG);
        EXPECT_INT(read(ends[0], got, sizeof got), 5);
    }

    EXPECT_TRUE(neap_log_writer_free(w, LONG));
    close(ends[0]);
    close(ends[1]);
}

/* A descriptor that somebody else made non-blocking is not a reason to lose lines. */
TEST(a_descriptor_that_does_not_block_is_waited_for) {
    struct seen seen = { 0 };
    struct neap_log_writer *w = open_writer();
    fcntl(ends[1], F_SETFL, O_NONBLOCK);

    uint64_t put = fill(w);

    finish(w, start_reader(&seen));
    EXPECT_INT(seen.lines + seen.dropped, put);
}

TEST(a_reader_that_is_gone_costs_lines_and_no_more) {
    signal(SIGPIPE, SIG_IGN);
    struct neap_log_writer *w = open_writer();
    close(ends[0]);

    while (neap_log_writer_stats(w).dropped < 3)
        neap_log_writer_put(w, "lost\n", 5);

    EXPECT_TRUE(neap_log_writer_free(w, LONG));
    close(ends[1]);
}

TEST(what_is_lost_is_not_told_to_a_reader_that_is_gone) {
    signal(SIGPIPE, SIG_IGN);
    struct neap_log_writer *w = open_writer();
    close(ends[0]);

    for (int i = 0; i < 20000; i++) /* some of them while others are refused */
        neap_log_writer_put(w, "lost\n", 5);

    EXPECT_TRUE(neap_log_writer_free(w, LONG));
    close(ends[1]);
}

static bool happens(struct neap_log_writer *w) {
    static const char KIND[] = " reason=boom";
    return neap_log_writer_admit(w, NEAP_LOG_ERROR, "crash", KIND, sizeof KIND - 1);
}

TEST(events_that_repeat_are_summed_up_at_the_latest_when_it_ends) {
    struct seen seen = { 0 };
    struct neap_log_writer *w = open_writer();
    int admitted = 0;

    for (int i = 0; i < 5000; i++)
        admitted += happens(w);
    finish(w, start_reader(&seen));

    EXPECT_INT(admitted + seen.summed, 5000);
}

/* Nobody puts a line after the last event: the writer wakes by itself. */
TEST(a_storm_that_ends_is_told) {
    char got[256];
    struct neap_log_writer *w = open_writer();

    for (int i = 0; i < 20; i++)
        happens(w);
    ssize_t n = read(ends[0], got, sizeof got - 1); /* else it waits for ever */

    got[n > 0 ? n : 0] = '\0';
    EXPECT_TRUE(strstr(got, "error - log.suppressed kind=crash reason=boom times=") != NULL);
    EXPECT_TRUE(neap_log_writer_free(w, LONG));
    close(ends[0]);
    close(ends[1]);
}

/* --- many threads, and a reader that stalls --- */

enum { THREADS = 4, EACH = 20000 };

static struct neap_log shared;
static uint64_t next_of[THREADS]; /* the reader */
static uint64_t out_of_order;

static void *put_numbers(void *context) {
    char who[8], number[24];
    snprintf(who, sizeof who, "%d.1", (int)(intptr_t)context);
    for (int i = 0; i < EACH; i++) {
        struct neap_log_field field = { "n", number, 0, true };
        field.size = (size_t)snprintf(number, sizeof number, "%d", i + 1);
        neap_log_write(&shared, NEAP_LOG_INFO, who, "count", &field, 1);
    }
    return NULL;
}

static void *read_numbers(void *context) {
    struct seen *seen = context;
    static char line[NEAP_LOG_LINE];
    FILE *file = fdopen(dup(ends[0]), "r");
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = strstr(line, ".1 count n=");
        note(seen, line);
        if (at == NULL)
            continue;
        uint64_t n = number_after(at, "n=");
        out_of_order += n <= next_of[at[-1] - '0'];
        next_of[at[-1] - '0'] = n;
    }
    fclose(file);
    return NULL;
}

TEST(no_line_is_lost_without_being_counted) {
    struct seen seen = { 0 };
    pthread_t threads[THREADS], reader;
    shared = (struct neap_log){ .level = NEAP_LOG_INFO, .writer = open_writer() };

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, put_numbers, (void *)(intptr_t)i);
    while (neap_log_writer_stats(shared.writer).dropped == 0)
        sched_yield(); /* nobody reads yet */
    pthread_create(&reader, NULL, read_numbers, &seen);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    uint64_t dropped = neap_log_writer_stats(shared.writer).dropped;
    finish(shared.writer, reader);

    EXPECT_TRUE(dropped > 0);
    EXPECT_INT(seen.dropped, dropped);
    EXPECT_INT(seen.lines + seen.dropped, THREADS * EACH);
    EXPECT_INT(out_of_order, 0);
}

static _Atomic(uint64_t) torture_admitted;

static void *storm(void *context) {
    struct neap_log_field kind = { "reason", context, strlen(context), false };
    for (int i = 0; i < EACH; i++)
        if (neap_log_admit(&shared, NEAP_LOG_ERROR, "crash", &kind, 1)) {
            atomic_fetch_add(&torture_admitted, 1);
            neap_log_write(&shared, NEAP_LOG_ERROR, "1.1", "crash", &kind, 1);
        }
    return NULL;
}

TEST(no_event_is_lost_without_being_counted) {
    static char reasons[THREADS][8] = { "a", "b", "a", "b" };
    struct seen seen = { 0 };
    pthread_t threads[THREADS];
    shared = (struct neap_log){ .level = NEAP_LOG_INFO, .writer = open_writer() };
    pthread_t reader = start_reader(&seen);

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, storm, reasons[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    finish(shared.writer, reader);

    EXPECT_INT(seen.lines, torture_admitted);
    EXPECT_INT(seen.lines + seen.summed, THREADS * EACH);
}
