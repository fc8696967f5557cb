/*
 * dkim_memory.h - memory for libopendkim, of which each message has its own.
 *
 * The library takes dozens of small pieces for a message and gives them back one by one at its end, a tenth of what it
 * costs.  So they come from an arena, which is freed whole.  Large pieces, those of no message, and what the arena has
 * no room for are malloc's, and go when the library gives them back.  Where AddressSanitizer watches all are, so that
 * it sees when the library writes beyond one.
 */
#ifndef ASSAY_DKIM_DKIM_MEMORY_H
#define ASSAY_DKIM_DKIM_MEMORY_H

#include <stddef.h>

#include "base/arena.h"

/* The closure of one message, to be freed (arena_free) when the library has freed what it made; NULL without memory. */
struct arena *dkim_memory_new(void);

/* What dkim_init takes: malloc and free, of `arena`, which may be NULL. */
void *dkim_memory_take(void *arena, size_t n);
void dkim_memory_give(void *arena, void *mem);

#endif
