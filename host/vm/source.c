#include "vm/source.h"

#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Takes the file. */
static int read_and_close(FILE *file, struct neap_bytes *out) {
    struct stat st;
    int err = fstat(fileno(file), &st) != 0 ? errno : 0;
    if (err == 0 && !S_ISREG(st.st_mode))
        err = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    if (err == 0 && st.st_size > NEAP_SOURCE_BYTES)
        err = EFBIG;
    if (err == 0) {
        out->len = fread(neap_bytes_room(out, (size_t)st.st_size + 1), 1,
                         (size_t)st.st_size, file);
        err = ferror(file) != 0 ? EIO : 0;
    }
    fclose(file);
    return err;
}

int neap_source_read(const char *path, struct neap_bytes *out) {
    out->len = 0;
    FILE *file = fopen(path, "rbe");
    return file != NULL ? read_and_close(file, out) : errno;
}

int neap_source_read_below(const char *root, const char *path, struct neap_bytes *out) {
    struct neap_beneath folder;
    size_t size = strlen(root);
    out->len = 0;
    bool is_below = size == 1 || (strncmp(path, root, size) == 0 && path[size] == '/');
    if (!is_below)
        return EXDEV;
    int fd = neap_beneath_enter(&folder, root, size, size);
    if (fd == 0)
        fd = neap_beneath_open(&folder, path + size + strspn(path + size, "/"), O_RDONLY,
                               0);
    neap_beneath_leave(&folder);
    if (fd < 0)
        return -fd;
    FILE *file = fdopen(fd, "rb");
    if (file != NULL)
        return read_and_close(file, out);
    close(fd);
    return ENOMEM;
}

/* FNV-1a, 64 bits. */
uint64_t neap_source_hash(const struct neap_bytes *text) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text->len; i++)
        hash = (hash ^ text->data[i]) * 0x100000001b3u;
    return hash;
}

void neap_source_hide_shebang(struct neap_bytes *text) {
    if (text->len >= 2 && text->data[0] == '#' && text->data[1] == '!')
        memcpy(text->data, "--", 2);
}
