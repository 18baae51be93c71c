#include "vm/address_map.h"

#include "test/test.h"

#include <sys/mman.h>
#include <unistd.h>

static struct neap_address_map map;

__attribute__((noinline)) static uintptr_t return_address(void) {
    return (uintptr_t)__builtin_return_address(0);
}

TEST(code_has_the_name_of_its_file_and_its_distance_from_its_beginning) {
    extern const char __ehdr_start[]; /* the linker's: where this program begins */
    uintptr_t here = (uintptr_t)return_address;

    EXPECT_TRUE(neap_address_map_read(&map, (uintptr_t)&here));
    const struct neap_code_area *ours = neap_address_map_find(&map, here);
    const struct neap_code_area *libc = neap_address_map_find(&map, (uintptr_t)getppid);

    EXPECT_STR(ours->name, "address_map_test");
    EXPECT_U64(ours->base, (uintptr_t)__ehdr_start);
    EXPECT_TRUE(strncmp(libc->name, "lib", 3) == 0);
    EXPECT_TRUE(libc->base < libc->start);
}

TEST(code_without_a_file_has_no_name) {
    char *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);

    EXPECT_TRUE(neap_address_map_read(&map, 0));

    EXPECT_STR(neap_address_map_find(&map, (uintptr_t)code)->name, "");
    munmap(code, 4096);
}

TEST(what_can_not_be_run_or_is_not_there_is_no_code) {
    char *data = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    EXPECT_TRUE(neap_address_map_read(&map, 0));

    EXPECT_TRUE(neap_address_map_find(&map, (uintptr_t)data) == NULL);
    EXPECT_TRUE(neap_address_map_find(&map, 8) == NULL);
    EXPECT_U64(map.stack_end, 0);
    munmap(data, 4096);
}

/* Words as a stack has them: beginnings of functions, data, and one that a call has left. */
TEST(only_what_lies_behind_a_call_is_a_return_address) {
    uintptr_t call = return_address();
    uintptr_t words[] = { 0, (uintptr_t)return_address, (uintptr_t)&map, call, call + 1,
                          42 };
    uintptr_t at = (uintptr_t)words;

    EXPECT_TRUE(neap_address_map_read(&map, at));

    EXPECT_TRUE(map.stack_end > (uintptr_t)words);
    EXPECT_U64(neap_address_map_next_return(&map, &at, sizeof words), call);
    EXPECT_U64(at, (uintptr_t)&words[4]);
    EXPECT_U64(neap_address_map_next_return(&map, &at, sizeof words), 0);
}

TEST(the_stack_is_not_read_beyond_its_end) {
    uintptr_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t *last = page + 4096 / sizeof *page - 1;
    uintptr_t at = (uintptr_t)last;
    EXPECT_INT(mprotect((char *)page + 4096, 4096, PROT_NONE), 0);

    EXPECT_TRUE(neap_address_map_read(&map, at));

    EXPECT_U64(neap_address_map_next_return(&map, &at, 1 << 20), 0);
    EXPECT_U64(at, (uintptr_t)page + 4096);
    munmap(page, 8192);
}
