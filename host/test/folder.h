/* folder.h - a temporary folder for tests of files.
 * Owns:      the folder and what is in it, from folder_make until folder_remove.
 * Threads:   the main thread, but for folder_path.
 * Bounds:    one at a time.
 * Invariant: none. */
#ifndef NEAP_TEST_FOLDER_H
#define NEAP_TEST_FOLDER_H

#include "test/test.h"

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

TEST_USED void folder_make(void) {
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/neap-test-XXXXXX", base != NULL ? base : "/tmp");
    EXPECT_TRUE(mkdtemp(folder) != NULL);
}

TEST_USED void folder_remove(void) {
    char command[PATH_MAX];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    EXPECT_INT(system(command), 0);
}

/* "FOLDER/name", until the next but three. */
TEST_USED const char *folder_path(const char *name) {
    static _Thread_local char paths[4][PATH_MAX];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

TEST_USED void folder_put(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(folder_path(name), "wbe");
    EXPECT_TRUE(file != NULL);
    EXPECT_INT(fwrite(bytes, 1, size, file), size);
    EXPECT_INT(fclose(file), 0);
}

/* What is in a file, as a string; "" if there is none. */
TEST_USED const char *folder_get(const char *name) {
    static char text[4096];
    FILE *file = fopen(folder_path(name), "rbe");
    text[0] = '\0';
    if (file == NULL)
        return text;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* How many entries there are: a temporary file that was left is one more. */
TEST_USED int folder_count(void) {
    DIR *dir = opendir(folder);
    int count = 0;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}

TEST_USED unsigned folder_mode(const char *name) {
    struct stat st;
    EXPECT_INT(lstat(folder_path(name), &st), 0);
    return st.st_mode & 07777;
}

#endif
