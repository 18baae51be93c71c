#include "base/last_words.h"

#include "test/test.h"

#include "base/assert.h"
#include "base/log_writer.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINES = 2000 };

static void await(void *writer) {
    neap_log_writer_await(writer, 60000 * NEAP_MS);
}

/* In a child: the lines are with the writer when an invariant does not hold. */
static void fail_with_lines(int fd) {
    struct neap_log_writer *w = neap_log_writer_new(fd, false);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    neap_last_words_set(await, w);
    for (int i = 0; i < LINES; i++)
        neap_log_writer_put(w, "a line before the end\n", 22);
    NEAP_ASSERT(fd < 0);
}

TEST(a_failed_assert_lets_the_log_out) {
    int ends[2];
    int lines = 0;
    char line[64];
    EXPECT_INT(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        fail_with_lines(ends[1]);
    close(ends[1]);

    FILE *file = fdopen(ends[0], "r");
    while (fgets(line, sizeof line, file) != NULL)
        lines++;

    int status = 0;
    waitpid(child, &status, 0);
    fclose(file);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    EXPECT_INT(lines, LINES);
}

static int said;

static void say(void *context) {
    said += *(int *)context;
}

TEST(last_words_are_said_once_and_only_if_there_are_any) {
    int by = 3;

    neap_last_words();
    neap_last_words_set(say, &by);
    neap_last_words();
    neap_last_words();

    EXPECT_INT(said, 3);
    neap_last_words_set(say, &by);
    neap_last_words_set(NULL, NULL);
    neap_last_words();
    EXPECT_INT(said, 3);
}
