#include "base/log_ring.h"

#include "test/test.h"

#include <pthread.h>
#include <sys/time.h>

static struct neap_log_ring *ring;

static void begin(void) {
    ring = neap_log_ring_new();
}

static void end(void) {
    neap_log_ring_free(ring);
}

static void put(const char *text) {
    neap_log_ring_put(ring, text, strlen(text));
}

/* The line of that number, "" if it is not there. */
static const char *get(uint64_t number) {
    static char text[NEAP_LOG_RING_TEXT + 1];
    size_t size = 0;
    bool found = neap_log_ring_get(ring, number, text, &size);
    text[found ? size : 0] = '\0';
    return text;
}

TEST(a_line_is_there_until_its_place_is_needed) {
    char text[24];
    begin();

    EXPECT_STR(get(0), "");
    for (int i = 0; i < NEAP_LOG_RING_LINES + 1; i++) {
        snprintf(text, sizeof text, "line %d", i);
        put(text);
    }

    EXPECT_U64(neap_log_ring_count(ring), NEAP_LOG_RING_LINES + 1);
    EXPECT_STR(get(0), "");
    EXPECT_STR(get(1), "line 1");
    EXPECT_STR(get(NEAP_LOG_RING_LINES), "line 32");
    EXPECT_STR(get(NEAP_LOG_RING_LINES + 1), "");
    end();
}

TEST(a_long_line_is_cut) {
    char text[NEAP_LOG_RING_TEXT + 100];
    memset(text, 'x', sizeof text);
    begin();

    neap_log_ring_put(ring, text, sizeof text);
    put("short");
    put("");

    EXPECT_INT(strlen(get(0)), NEAP_LOG_RING_TEXT);
    EXPECT_STR(get(1), "short");
    EXPECT_STR(get(2), "");
    end();
}

/* --- many writers, one reader ------------------------------------------------------------ */

enum { WRITERS = 3, READS = 20000 };

static _Atomic bool enough; /* the reader sets it, the writers end */
static _Atomic uint64_t written;

/* Lines of one letter, of which each has its own length: a mixture would show. */
static void *write_lines(void *arg) {
    int letter = *(const unsigned char *)arg;
    char text[NEAP_LOG_RING_TEXT];
    size_t size = (size_t)(letter - 'a' + 1) * 70;
    memset(text, letter, sizeof text);
    for (; !enough; written++)
        neap_log_ring_put(ring, text, size);
    return NULL;
}

static bool is_whole(const char *text, size_t size) {
    for (size_t i = 1; i < size; i++)
        if (text[i] != text[0])
            return false;
    return size == (size_t)(text[0] - 'a' + 1) * 70;
}

static uint64_t read_wrong(void) {
    char text[NEAP_LOG_RING_TEXT];
    size_t size;
    uint64_t wrong = 0;
    uint64_t seen = 0;
    while (seen < READS) {
        uint64_t count = neap_log_ring_count(ring);
        uint64_t oldest = count > NEAP_LOG_RING_LINES ? count - NEAP_LOG_RING_LINES : 0;
        for (uint64_t i = oldest; i < oldest + 4; i++) { /* about to be written over */
            if (!neap_log_ring_get(ring, i, text, &size))
                continue;
            seen++;
            wrong += !is_whole(text, size);
        }
    }
    return wrong;
}

TEST(a_line_is_read_whole_or_not_at_all) {
    static const char LETTERS[WRITERS] = "abc";
    pthread_t threads[WRITERS];
    begin();

    for (int i = 0; i < WRITERS; i++)
        pthread_create(&threads[i], NULL, write_lines, (void *)&LETTERS[i]);
    uint64_t wrong = read_wrong();
    enough = true;
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);

    EXPECT_U64(wrong, 0);
    EXPECT_U64(neap_log_ring_count(ring), written);
    end();
}

/* --- a writer that is interrupted by others ------------------------------------------------ */

/* The ring promises that, of all that is called here. */
static void write_all_places(int signal) { /* NOLINT(bugprone-signal-handler) */
    char text[210];
    (void)signal;
    memset(text, 'c', sizeof text);
    for (int i = 0; i < NEAP_LOG_RING_LINES; i++)
        neap_log_ring_put(ring, text, sizeof text); /* NOLINT(bugprone-signal-handler) */
}

static uint64_t count_torn(void) {
    char text[NEAP_LOG_RING_TEXT];
    size_t size;
    uint64_t torn = 0;
    uint64_t count = neap_log_ring_count(ring);
    for (uint64_t i = count > 70 ? count - 70 : 0; i < count; i++)
        torn += neap_log_ring_get(ring, i, text, &size) && !is_whole(text, size);
    return torn;
}

static void set_timer(int us) {
    struct itimerval timer = { { 0, us }, { 0, us } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

TEST(a_line_whose_writer_others_have_overtaken_is_whole_or_left_out) {
    char text[70];
    uint64_t torn = 0;
    begin();
    memset(text, 'a', sizeof text);
    signal(SIGALRM, write_all_places);
    set_timer(50);

    for (int i = 0; i < 200000; i++) {
        neap_log_ring_put(ring, text, sizeof text);
        if (i % 16 == 0)
            torn += count_torn();
    }

    set_timer(0);
    signal(SIGALRM, SIG_DFL);
    EXPECT_U64(torn, 0);
    end();
}
