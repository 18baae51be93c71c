#include "base/machine_memory.h"

#include "test/folder.h"
#include "test/test.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static void put(const char *name, const char *text) {
    folder_put(name, text, strlen(text));
}

static void make_groups(void) {
    folder_make();
    mkdir(folder_path("a"), 0700);
    mkdir(folder_path("a/b"), 0700);
    mkdir(folder_path("memory"), 0700);
    mkdir(folder_path("memory/a"), 0700);
}

TEST(a_group_without_a_limit_has_none) {
    make_groups();
    put("a/memory.max", "max\n");

    EXPECT_TRUE(neap_control_group_memory(folder, "0::/a\n") == SIZE_MAX);
    EXPECT_TRUE(neap_control_group_memory(folder, "0::/\n") == SIZE_MAX);
    EXPECT_TRUE(neap_control_group_memory(folder, "") == SIZE_MAX);
    folder_remove();
}

TEST(the_least_limit_of_a_group_and_those_above_counts) {
    make_groups();
    put("a/b/memory.max", "300000\n");
    put("a/memory.max", "200000\n");

    EXPECT_U64(neap_control_group_memory(folder, "0::/a/b\n"), 200000);
    put("a/b/memory.max", "100000\n");
    EXPECT_U64(neap_control_group_memory(folder, "0::/a/b\n"), 100000);
    put("memory.max", "50000\n");
    EXPECT_U64(neap_control_group_memory(folder, "0::/a/b\n"), 50000);
    EXPECT_U64(neap_control_group_memory(folder, "0::/a/bc\n"), 50000);
    folder_remove();
}

TEST(the_former_interface_is_read_too) {
    make_groups();
    put("memory/a/memory.limit_in_bytes", "70000\n");

    EXPECT_U64(neap_control_group_memory(folder, "3:cpu:/a\n4:memory:/a\n"), 70000);
    EXPECT_TRUE(neap_control_group_memory(folder, "3:cpu:/a\n4:memory:/\n") == SIZE_MAX);
    folder_remove();
}

TEST(what_the_program_holds_is_what_it_has_touched) {
    size_t before = neap_resident_memory();
    volatile char *block = malloc(64 * MIB);
    for (size_t i = 0; i < 64 * MIB; i += 4096)
        block[i] = 1;
    size_t with = neap_resident_memory();
    free((void *)block);

    EXPECT_TRUE(before > 0);
    EXPECT_TRUE(with >= before + 60 * MIB);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* In a child, since a limit on address space can not be taken back. */
TEST(a_limit_on_address_space_counts) {
    EXPECT_TRUE(neap_machine_memory() > 256 * MIB);
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_AS, &(struct rlimit){ 256 * MIB, 256 * MIB });
        _exit(neap_machine_memory() == 256 * MIB ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);

    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_INT(WEXITSTATUS(status), 0);
}
#endif
