#include "base/assert.h"

#include "base/last_words.h"

#include <stdio.h>
#include <stdlib.h>

void neap_assert_failed(const char *file, int line, const char *what) {
    neap_last_words();
    fprintf(stderr, "neap: %s:%d: this must hold and does not: %s\n", file, line, what);
    abort();
}
