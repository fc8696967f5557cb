/*
 * shelf.h - a few things of a kind, kept for whoever wants one next.
 *
 * Two for each of up to 16 processors: what one message gave back is in the
 * cache of the processor that will most likely need it next.
 *
 * Threads: any, without a lock.
 */
#ifndef ASSAY_BASE_SHELF_H
#define ASSAY_BASE_SHELF_H

#include <stdatomic.h>
#include <stdbool.h>

enum { SHELF_PROCESSORS = 16, SHELF_EACH = 2 };

/* All NULL in the beginning. */
struct shelf {
    _Atomic(void *) kept[SHELF_PROCESSORS][SHELF_EACH];
};

/* One that was put there, the caller's from now on; NULL: there is none here. */
void *shelf_take(struct shelf *s);

/* Keeps it; false: there are enough, or a sanitizer must see it freed, and it stays the caller's. */
bool shelf_put(struct shelf *s, void *thing);

#endif
