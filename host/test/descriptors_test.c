#include "base/descriptors.h"

#include "test/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST = 3, LIMIT = 20 };

/* In a child with room for LIMIT descriptors, of which FIRST are taken. */
static int try_in_child(uint32_t count) {
    pid_t child = fork();
    if (child == 0) {
        for (int fd = FIRST; fd < 256; fd++)
            close(fd);
        struct rlimit limit = { LIMIT, LIMIT };
        setrlimit(RLIMIT_NOFILE, &limit);
        int err = neap_descriptors_try(count);
        int next = open("/", O_PATH);
        _exit(next != FIRST ? 99 : -err);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST(descriptors_up_to_the_limit_suffice_and_none_is_kept) {
    EXPECT_INT(try_in_child(0), 0);
    EXPECT_INT(try_in_child(LIMIT - FIRST), 0);
}

TEST(descriptors_beyond_the_limit_do_not_and_none_is_kept) {
    EXPECT_INT(try_in_child(LIMIT - FIRST + 1), EMFILE);
    EXPECT_INT(try_in_child(10000), EMFILE);
}

TEST(the_limit_is_raised_as_far_as_it_may_be) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = { LIMIT, LIMIT + 20 };
        setrlimit(RLIMIT_NOFILE, &limit);
        uint64_t told = neap_descriptors_raise_limit();
        getrlimit(RLIMIT_NOFILE, &limit);
        _exit(told == LIMIT + 20 && limit.rlim_cur == LIMIT + 20 ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);

    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_INT(WEXITSTATUS(status), 0);
}
