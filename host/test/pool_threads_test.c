#include "net/pool_threads.h"

#include "test/test.h"

#include "base/error.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static int threads(void) {
    DIR *dir = opendir("/proc/self/task");
    int n = -2; /* "." and ".." */
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

/* How many more threads there are then; -1: they were refused, and there are none. */
static int start(void) {
    uv_loop_t loop;
    int before = threads();
    uv_loop_init(&loop);
    if (neap_pool_threads_start(&loop) != 0)
        return threads() == before ? -1 : -2;
    uv_run(&loop, UV_RUN_DEFAULT);
    return threads() - before;
}

/* In a child: libuv makes them once for a program. */
static int in_child(const char *size, size_t stack) {
    pid_t child = fork();
    if (child == 0) {
        if (size != NULL)
            setenv("UV_THREADPOOL_SIZE", size, 1);
        if (stack != 0) /* bytes of address space, which no thread's stack fits into */
            setrlimit(RLIMIT_AS, &(struct rlimit){ stack, stack });
        _exit(start() + 10);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status) - 10;
}

TEST(the_threads_are_there_when_it_returns) {
    EXPECT_INT(in_child(NULL, 0), 4);
    EXPECT_INT(in_child("2", 0), 2);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(what_the_system_refuses_is_told_and_none_is_left) {
    EXPECT_INT(in_child(NULL, (size_t)24 << 20), -1);
}
#endif
