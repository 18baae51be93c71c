#include "base/random.h"

#include "base/assert.h"

#include <sys/random.h>

uint64_t neap_random(void) {
    uint64_t value = 0;
    while (value == 0) {
        ssize_t got = getrandom(&value, sizeof value, 0);
        NEAP_ASSERT(got == (ssize_t)sizeof value);
    }
    return value;
}
