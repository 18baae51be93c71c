/* Gives files to a fuzzer, one after the other: those of its corpus, or the files and folders
 * that are named. Linked with every fuzzer, in place of libFuzzer, by `make unit`. */
#include "base/bytes.h"
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

enum { PATH = 1024, FILE_MAX = 1 << 16 };

/* The name is told first: a crash leaves no time for it. */
static void replay_file(const char *path, unsigned *count) {
    struct neap_bytes bytes = { 0 };
    FILE *file = fopen(path, "rb");
    printf("%s\n", path);
    (void)fflush(stdout);
    if (file == NULL)
        test_failed(__FILE__, __LINE__, "cannot read %s", path);
    bytes.len = fread(neap_bytes_room(&bytes, FILE_MAX), 1, FILE_MAX, file);
    (void)fclose(file);
    uint8_t *exact = malloc(bytes.len + 1); /* so that tools see a read beyond it */
    uint8_t *data = exact + 1;
    memcpy(data, bytes.data, bytes.len);
    (void)LLVMFuzzerTestOneInput(data, bytes.len);
    free(exact);
    neap_bytes_fini(&bytes);
    ++*count;
}

static void replay(const char *path, unsigned *count) {
    struct stat st;
    struct dirent **names = NULL;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        replay_file(path, count);
        return;
    }
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char inner[PATH];
        snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            replay(inner, count);
        free(names[i]);
    }
    free(names);
}

/* "build/unit/http_fuzz": its corpus is that of http. */
static void replay_corpus(const char *program, unsigned *count) {
    char path[PATH];
    const char *name = strrchr(program, '/');
    name = name != NULL ? name + 1 : program;
    snprintf(path, sizeof path, "host/fuzz/corpus/%.*s", (int)strcspn(name, "_"), name);
    replay(path, count);
}

int main(int argc, char **argv) {
    unsigned count = 0;
    if (argc < 2)
        replay_corpus(argv[0], &count);
    for (int i = 1; i < argc; i++)
        replay(argv[i], &count);
    printf(count != 0 ? "[  PASSED  ] %u test(s).\n" : "%u inputs\n", count);
    return count != 0 ? 0 : 1;
}
