#include "base/beneath.h"

#include "test/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* `folder` below the folder of the test, which is the anchor. */
static int enter(struct neap_beneath *b, const char *folder) {
    char anchor[512];
    char path[1024];
    snprintf(anchor, sizeof anchor, "%s", folder_path(""));
    anchor[strlen(anchor) - 1] = '\0';
    snprintf(path, sizeof path, "%s%s%s", anchor, folder[0] != '\0' ? "/" : "", folder);
    return neap_beneath_enter(b, path, strlen(path), strlen(anchor));
}

/* 0 or -errno. */
static int try(const struct neap_beneath *b, const char *path) {
    int fd = neap_beneath_open(b, path, O_RDONLY, 0);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static int try_walk(const struct neap_beneath *b, const char *path) {
    int fd = neap_beneath_walk(b->folder, path, O_RDONLY, 0);
    if (fd >= 0)
        close(fd);
    return fd < 0 ? fd : 0;
}

static void make_folders(void) {
    folder_make();
    EXPECT_INT(mkdir(folder_path("in"), 0755), 0);
    EXPECT_INT(mkdir(folder_path("in/sub"), 0755), 0);
    folder_put("in/sub/f", "x", 1);
    folder_put("out", "x", 1);
    EXPECT_INT(symlink("sub/f", folder_path("in/inside")), 0);
    EXPECT_INT(symlink("sub", folder_path("in/folder")), 0);
    EXPECT_INT(symlink("../out", folder_path("in/outside")), 0);
    EXPECT_INT(symlink("..", folder_path("in/up")), 0);
    EXPECT_INT(symlink("/etc", folder_path("in/absolute")), 0);
    EXPECT_INT(symlink("in", folder_path("in_link")), 0);
}

TEST(what_lies_below_is_opened_also_through_links) {
    struct neap_beneath b;
    make_folders();
    EXPECT_INT(enter(&b, "in"), 0);

    EXPECT_INT(try(&b, ""), 0);
    EXPECT_INT(try(&b, "sub/f"), 0);
    EXPECT_INT(try(&b, "sub//../inside"), 0);
    EXPECT_INT(try(&b, "folder/f"), 0);
    EXPECT_INT(try(&b, "nothing"), -ENOENT);

    neap_beneath_leave(&b);
    folder_remove();
}

TEST(what_leads_out_is_refused) {
    struct neap_beneath b;
    make_folders();
    EXPECT_INT(enter(&b, "in"), 0);

    EXPECT_INT(try(&b, "outside"), -EXDEV);
    EXPECT_INT(try(&b, "up/out"), -EXDEV);
    EXPECT_INT(try(&b, "absolute/passwd"), -EXDEV);
    EXPECT_INT(try(&b, ".."), -EXDEV);
    EXPECT_INT(try(&b, "sub/../../out"), -EXDEV);
    EXPECT_INT(try(&b, "/etc/passwd"), -EXDEV);

    neap_beneath_leave(&b);
    folder_remove();
}

TEST(a_folder_below_its_anchor_is_no_link) {
    struct neap_beneath b;
    make_folders();

    EXPECT_INT(enter(&b, "in_link"), -ELOOP);
    EXPECT_INT(enter(&b, "in/folder"), -ELOOP);
    EXPECT_INT(enter(&b, "in/sub"), 0);
    EXPECT_INT(try(&b, "f"), 0);
    neap_beneath_leave(&b);
    EXPECT_INT(enter(&b, "out"), -ENOTDIR);
    neap_beneath_leave(&b);

    folder_remove();
}

TEST(an_anchor_may_be_a_link) {
    struct neap_beneath b;
    make_folders();
    const char *path = folder_path("in_link");

    EXPECT_INT(neap_beneath_enter(&b, path, strlen(path), strlen(path)), 0);
    EXPECT_INT(try(&b, "sub/f"), 0);
    EXPECT_INT(try(&b, "outside"), -EXDEV);

    neap_beneath_leave(&b);
    folder_remove();
}

TEST(below_the_root_is_everything) {
    struct neap_beneath b;
    make_folders();
    EXPECT_INT(neap_beneath_enter(&b, "/", 1, 1), 0);

    EXPECT_INT(try(&b, folder_path("in/outside") + 1), 0);
    EXPECT_INT(try(&b, folder_path("in/absolute") + 1), 0);

    neap_beneath_leave(&b);
    folder_remove();
}

TEST(a_file_is_made_below) {
    struct neap_beneath b;
    make_folders();
    EXPECT_INT(enter(&b, "in"), 0);

    int fd = neap_beneath_open(&b, "made", O_WRONLY | O_CREAT, 0600);
    EXPECT_TRUE(fd >= 0);
    close(fd);
    EXPECT_INT(try(&b, "made"), 0);
    EXPECT_INT(neap_beneath_open(&b, "outside", O_WRONLY | O_CREAT, 0600), -EXDEV);

    neap_beneath_leave(&b);
    folder_remove();
}

TEST(a_walk_follows_no_link_and_goes_nowhere_up) {
    struct neap_beneath b;
    make_folders();
    EXPECT_INT(enter(&b, "in"), 0);

    EXPECT_INT(try_walk(&b, ""), 0);
    EXPECT_INT(try_walk(&b, "sub/f"), 0);
    EXPECT_INT(try_walk(&b, "sub//f"), 0);
    EXPECT_INT(try_walk(&b, "nothing/f"), -ENOENT);
    EXPECT_INT(try_walk(&b, "inside"), -ELOOP);
    EXPECT_INT(try_walk(&b, "outside"), -ELOOP);
    EXPECT_INT(try_walk(&b, "absolute/passwd"), -ENOTDIR);
    EXPECT_INT(try_walk(&b, "up/out"), -ENOTDIR);
    EXPECT_INT(try_walk(&b, ".."), -EXDEV);
    EXPECT_INT(try_walk(&b, "sub/../../out"), -EXDEV);

    neap_beneath_leave(&b);
    folder_remove();
}
