#include "base/last_words.h"

#include <stdatomic.h>
#include <stdint.h>

/* The one global of the host beside the handlers of signals, for the same reason: who calls
 * abort() was given nothing. Both are written while one thread runs; read by the one that
 * ends the program. Release and acquire: who sees the function sees its context. The exchange
 * takes it away from a second one that fails. */
static void *context_;
static _Atomic(uintptr_t) say_;

void neap_last_words_set(void (*say)(void *context), void *context) {
    context_ = context;
    atomic_store_explicit(&say_, (uintptr_t)say, memory_order_release);
}

void neap_last_words(void) {
    uintptr_t say = atomic_exchange_explicit(&say_, 0, memory_order_acq_rel);
    if (say != 0)
        ((void (*)(void *))say)(context_);
}
