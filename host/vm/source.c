#include "vm/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int neap_source_read(const char *path, struct neap_bytes *out) {
    struct stat st;
    out->len = 0;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return errno;
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
