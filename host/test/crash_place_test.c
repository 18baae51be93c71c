#include "cli/crash_place.h"

#include "test/folder.h"

#include <fcntl.h>

static char path[NEAP_CRASH_PATH];

static void begin(void) {
    folder_make();
    setenv("XDG_RUNTIME_DIR", folder, 1);
}

static void end(void) {
    folder_remove();
    unsetenv("XDG_RUNTIME_DIR");
}

/* A file that is older the higher its number. */
static void put_old(const char *name, int number) {
    char file[64];
    snprintf(file, sizeof file, "%s-%d.crash", name, number);
    folder_put(file, "", 0);
    struct timespec times[2] = { { .tv_sec = 100000 - number },
                                 { .tv_sec = 100000 - number } };
    EXPECT_INT(utimensat(AT_FDCWD, folder_path(file), times, 0), 0);
}

static bool is_there(const char *file) {
    return access(folder_path(file), F_OK) == 0;
}

static const char *file_of(const char *name) {
    static char file[64];
    snprintf(file, sizeof file, "%s-%d.crash", name, (int)getpid());
    return file;
}

TEST(it_is_beside_the_socket_in_a_folder_that_is_made) {
    begin();

    EXPECT_TRUE(neap_crash_place_find(NULL, "shop", path));

    EXPECT_INT(folder_mode("neap"), 0700);
    char expected[NEAP_CRASH_PATH];
    snprintf(expected, sizeof expected, "%s/neap/%s", folder, file_of("shop"));
    EXPECT_STR(path, expected);
    end();
}

TEST(there_is_none_in_a_folder_that_others_may_enter) {
    begin();
    EXPECT_INT(mkdir(folder_path("neap"), 0755), 0);
    EXPECT_INT(chmod(folder_path("neap"), 0755), 0);

    EXPECT_FALSE(neap_crash_place_find(NULL, "shop", path));

    end();
}

TEST(a_folder_that_was_chosen_is_taken) {
    begin();

    EXPECT_TRUE(neap_crash_place_find(folder, "shop", path));

    EXPECT_STR(path, folder_path(file_of("shop")));
    end();
}

TEST(a_path_that_is_too_long_is_none) {
    static char dir[NEAP_CRASH_PATH];
    memset(dir, 'x', sizeof dir - 10);

    EXPECT_FALSE(neap_crash_place_find(dir, "shop", path));
}

TEST(the_oldest_of_a_node_go_and_nothing_else) {
    begin();
    for (int i = 1; i <= NEAP_CRASH_KEPT + 2; i++) {
        put_old("shop", i);
        put_old("shop-2", i);
    }
    folder_put("shop-.crash", "", 0);
    folder_put("shop-99.txt", "", 0);
    folder_put("shop-99.crash.txt", "", 0);
    EXPECT_INT(mkdir(folder_path("shop-99.crash"), 0700), 0);
    EXPECT_TRUE(neap_crash_place_find(folder, "shop", path));

    neap_crash_place_tidy(path, "shop");

    EXPECT_TRUE(is_there("shop-9.crash"));
    EXPECT_FALSE(is_there("shop-10.crash"));
    EXPECT_FALSE(is_there("shop-12.crash"));
    EXPECT_TRUE(is_there("shop-2-12.crash"));
    EXPECT_INT(folder_count(), 9 + 12 + 4);
    end();
}
