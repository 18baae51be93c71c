#include "vm/signal_stack.h"

#include "base/alloc.h"
#include "base/assert.h"

#include <errno.h>
#include <sys/mman.h>

#define GUARD ((size_t)65536) /* a page, whatever its size */

static char *map_pages(void) {
    char *pages = mmap(NULL, GUARD + NEAP_SIGNAL_STACK_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (pages != MAP_FAILED && mprotect(pages, GUARD, PROT_NONE) == 0)
        return pages;
    neap_refused("a signal stack", errno);
}

void neap_signal_stack_start(struct neap_signal_stack *s) {
    s->pages = map_pages();
    stack_t ours = { .ss_sp = s->pages + GUARD, .ss_size = NEAP_SIGNAL_STACK_BYTES };
    int err = sigaltstack(&ours, &s->before);
    NEAP_ASSERT(err == 0);
}

void neap_signal_stack_stop(struct neap_signal_stack *s) {
    int err = sigaltstack(&s->before, NULL);
    NEAP_ASSERT(err == 0);
    munmap(s->pages, GUARD + NEAP_SIGNAL_STACK_BYTES); /* refused: it stays */
    s->pages = NULL;
}
