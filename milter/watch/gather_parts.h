/*
 * gather_parts.h - what the facts of reports (gather.c) and those of our own mail (own.c) are both made with.
 *
 * For these two.  Pure.
 */
#ifndef ASSAY_WATCH_GATHER_PARTS_H
#define ASSAY_WATCH_GATHER_PARTS_H

#include "base/str.h"
#include "watch/watch.h"

/*
 * The source of that name among those of `d`, with an array of its days; the last one of WATCH_SOURCES_MAX is "other"
 * and takes what is beyond.  *last is where the search begins, and the one that was found; 0 at first.  In the arena;
 * NULL without memory.
 */
struct watch_source *gather_source(struct arena *a, struct watch_domain *d, struct str name, size_t *last);

/* The sum.  Its limit is far beyond what a day can have; whoever claims more is cut there. */
int32_t gather_add(int32_t to, int64_t more);

/* Whether mail of that cause is somebody else's who says he is the domain. */
bool gather_is_forged(int cause);

#endif
