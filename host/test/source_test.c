#include "vm/source.h"

#include "test/test.h"

#include <errno.h>
#include <unistd.h>

static struct neap_bytes text;
static char path[64];

/* A file with these bytes; gives its path, for unlink. */
static const char *file_of(const char *bytes) {
    strcpy(path, "/tmp/neap-source-test-XXXXXX");
    int fd = mkstemp(path);
    EXPECT_TRUE(fd >= 0);
    EXPECT_INT(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
    return path;
}

static uint64_t hash_of(const char *bytes) {
    struct neap_bytes b = { 0 };
    neap_bytes_text(&b, bytes);
    uint64_t hash = neap_source_hash(&b);
    neap_bytes_fini(&b);
    return hash;
}

TEST(read_gives_what_the_file_says) {
    const char *file = file_of("return 1\n");

    EXPECT_INT(neap_source_read(file, &text), 0);

    EXPECT_BYTES(text.data, text.len, "return 1\n", 9);
    unlink(file);
    neap_bytes_fini(&text);
}

TEST(read_tells_why_it_can_not) {
    EXPECT_INT(neap_source_read("/nonexistent/x.lua", &text), ENOENT);
    EXPECT_INT(neap_source_read("/tmp", &text), EISDIR);
    neap_bytes_fini(&text);
}

TEST(texts_of_one_size_have_hashes_of_their_own) {
    EXPECT_U64(hash_of("return 1"), hash_of("return 1"));
    EXPECT_TRUE(hash_of("return 1") != hash_of("return 2"));
    EXPECT_TRUE(hash_of("ab") != hash_of("ba"));
    EXPECT_TRUE(hash_of("") != hash_of(" "));
}

TEST(a_shebang_becomes_a_comment_of_the_same_length) {
    neap_bytes_text(&text, "#!/bin/x\n1");

    neap_source_hide_shebang(&text);

    EXPECT_BYTES(text.data, text.len, "--/bin/x\n1", 10);
    neap_bytes_fini(&text);
}

TEST(a_text_is_read_below_a_folder_and_nowhere_else) {
    struct neap_bytes text;
    char root[] = "/tmp/neap-source-XXXXXX";
    char path[64];
    neap_bytes_init(&text);
    EXPECT_TRUE(mkdtemp(root) != NULL);
    snprintf(path, sizeof path, "%s/x.lua", root);
    EXPECT_INT(symlink("/etc/passwd", path), 0);

    EXPECT_INT(neap_source_read(path, &text), 0);
    EXPECT_INT(neap_source_read_below(root, path, &text), EXDEV);
    EXPECT_U64(text.len, 0);
    EXPECT_INT(neap_source_read_below(root, "/etc/passwd", &text), EXDEV);
    EXPECT_INT(neap_source_read_below("/", path, &text), 0);
    unlink(path);
    EXPECT_INT(neap_source_read_below(root, path, &text), ENOENT);
    rmdir(root);
    EXPECT_INT(neap_source_read_below(root, path, &text), ENOENT);
    neap_bytes_fini(&text);
}
