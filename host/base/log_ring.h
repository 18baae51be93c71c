/* log_ring.h - the last lines of the log, in memory: for the file that a node leaves behind
 *              when it crashes.
 * Owns:      its lines.
 * Threads:   any; a signal handler may read it, also one that interrupted a writer.
 * Bounds:    NEAP_LOG_RING_LINES lines, each cut at NEAP_LOG_RING_TEXT bytes.
 * Invariant: nobody waits for anybody; a line is read whole, or not at all.
 *
 * Why no lock: each line has a stamp, odd while its text changes, and even, of its number,
 * when it is there. A writer takes a number, and makes the stamp of that number's place odd by
 * compare-and-swap: of two that came to one place only one has it; the other, 32 lines late or
 * early, leaves its line out. A reader copies the text between two looks at the stamp; if they
 * differ from the number it wanted, or from each other, the line is not there. */
#ifndef NEAP_BASE_LOG_RING_H
#define NEAP_BASE_LOG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NEAP_LOG_RING_LINES = 32, NEAP_LOG_RING_TEXT = 240 };

struct neap_log_ring;

/* --- the thread that makes it ------------------------------------------------ */
struct neap_log_ring *neap_log_ring_new(void);
void neap_log_ring_free(struct neap_log_ring *ring); /* no log may use it any more */

/* --- any thread ---------------------------------------------------------- */
/* Notes one line, without its newline. */
void neap_log_ring_put(struct neap_log_ring *ring, const char *text, size_t size);

/* How many lines there have been. Async-signal-safe, as the next one. */
uint64_t neap_log_ring_count(const struct neap_log_ring *ring);

/* Copies the line of that number, from 0 on. False: it is not there any more, or just now. */
bool neap_log_ring_get(const struct neap_log_ring *ring, uint64_t number,
                       char text[NEAP_LOG_RING_TEXT], size_t *size);

#endif
