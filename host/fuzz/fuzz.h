/* fuzz.h - what a fuzzer is made of: its input, piece by piece, and what must hold.
 * Owns:      none; include it in one file per program.
 * Threads:   main.
 * Bounds:    none.
 * Invariant: what a fuzzer does depends on its input alone: every finding can be replayed.
 *
 * A fuzzer is one function, LLVMFuzzerTestOneInput. It is linked with clang's libFuzzer
 * (`make fuzz`), and with replay.c, which gives it the inputs of its corpus (`make unit`). */
#ifndef NEAP_FUZZ_FUZZ_H
#define NEAP_FUZZ_FUZZ_H

#include "test/expect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

TEST_USED void test_failed(const char *file, int line, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\n");
    abort();
}

struct fuzz_input { /* a plain value: what was not taken yet */
    const uint8_t *at;
    const uint8_t *end;
};

/* The next byte; 0 when there is none. */
TEST_USED uint8_t fuzz_byte(struct fuzz_input *in) {
    return in->at < in->end ? *in->at++ : 0;
}

/* Gives the text up to the next byte `until`, which is taken too, or the whole rest: with a
 * NUL behind it, in a block of exactly its size. The caller frees it. */
TEST_USED char *fuzz_text(struct fuzz_input *in, char until, size_t *size) {
    size_t left = (size_t)(in->end - in->at);
    const uint8_t *found = left != 0 ? memchr(in->at, until, left) : NULL;
    *size = found != NULL ? (size_t)(found - in->at) : left;
    char *text = malloc(*size + 1);
    if (*size != 0)
        memcpy(text, in->at, *size);
    text[*size] = '\0';
    in->at += *size + (found != NULL);
    return text;
}

/* Sizes of pieces, written as letters: "a" is 1 .. "z" 26, "A" 16 .. "Z" 416. */
TEST_USED size_t fuzz_size_of(char letter) {
    size_t n = 1 + ((unsigned char)letter + 31) % 32;
    return (letter & 0x20) != 0 ? n : 16 * n;
}

#endif
