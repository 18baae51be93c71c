/* last_words.h - what is done before the program ends at once.
 * Owns:      none; the context is lent until another one is set.
 * Threads:   set while no other thread runs; said by any, also in a signal handler.
 * Bounds:    one for the program: an assert, a refused allocation and a fault know of no node.
 * Invariant: said at most once. */
#ifndef NEAP_BASE_LAST_WORDS_H
#define NEAP_BASE_LAST_WORDS_H

/* `say` is called before the program aborts, on the thread that found the reason: it takes no
 * lock and comes back soon. NULL: nothing is. */
void neap_last_words_set(void (*say)(void *context), void *context);

/* --- any thread, also in a signal handler ---------------------------------- */
void neap_last_words(void);

#endif
