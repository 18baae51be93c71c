#include "base/alloc.h"

#include "base/last_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void neap_refused(const char *what, int err) {
    neap_last_words();
    fprintf(stderr, "neap: the system refused %s%s%s\n", what, err != 0 ? ": " : "",
            err != 0 ? strerror(err) : "");
    abort();
}

static void *checked(void *block, size_t size) {
    char what[64];
    if (block != NULL || size == 0)
        return block;
    snprintf(what, sizeof what, "%zu bytes of memory", size);
    neap_refused(what, 0);
}

void *neap_alloc(size_t size) {
    return checked(malloc(size), size);
}

void *neap_calloc(size_t count, size_t size) {
    return checked(calloc(count, size), count * size);
}

void *neap_realloc(void *block, size_t size) {
    return checked(realloc(block, size), size);
}

void neap_free(void *block) {
    free(block);
}

char *neap_strdup(const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(neap_alloc(size), text, size);
}
