/* child.h - runs a part of a test in a child, for what ends a program.
 * Owns:      none.
 * Threads:   main thread of a test program.
 * Bounds:    none.
 * Invariant: a child has the signal handlers that a program starts with, not cmocka's. */
#ifndef NEAP_TEST_CHILD_H
#define NEAP_TEST_CHILD_H

#include "test/expect.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void child_prepare(void) {
    struct rlimit none = { 0 };
    setrlimit(RLIMIT_CORE, &none); /* its death is wanted */
    static const int SIGNALS[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    for (unsigned i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        signal(SIGNALS[i], SIG_DFL);
}

/* Gives what the child wrote to `out`, and how it ended: its exit code, 0 when `run` returned,
 * or the number of the signal, negative. */
static inline int child_run(void (*run)(int out), char *said, size_t size) {
    int ends[2];
    int status = 0;
    size_t got = 0;
    ssize_t n;
    EXPECT_INT(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        child_prepare();
        run(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    while (got < size - 1 && (n = read(ends[0], said + got, size - 1 - got)) > 0)
        got += (size_t)n;
    said[got] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#endif
