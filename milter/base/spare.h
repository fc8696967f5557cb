/*
 * spare.h - blocks of memory of two sizes that most messages want, kept for the next one (shelf.h).
 *
 * The C library gives such a block back at once, and before that joins all
 * that is small and free beside it.
 *
 * Threads: any, without a lock.
 */
#ifndef ASSAY_BASE_SPARE_H
#define ASSAY_BASE_SPARE_H

#include <stddef.h>

enum spare { SPARE_4K, SPARE_16K, SPARE_SIZES };

/* Bytes of a block. */
size_t spare_size(enum spare which);

/* A block, whatever is in it; NULL without memory.  To be given back with the same size. */
void *spare_take(enum spare which);

/* Gives it back; NULL is allowed, and errno stays. */
void spare_give(enum spare which, void *block);

#endif
