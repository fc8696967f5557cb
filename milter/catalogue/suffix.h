/*
 * suffix.h - a table of domains, each of which stands for itself and all names below it.
 *
 * Threads: many may look up once all is added.
 */
#ifndef ASSAY_CATALOGUE_SUFFIX_H
#define ASSAY_CATALOGUE_SUFFIX_H

#include <stdbool.h>

#include "base/arena.h"

struct suffix;

/* What a table is: empty, then filled. */
struct suffixes {
    struct suffix *table;
};

/*
 * Adds `domain` (lower case, kept as it is) with what belongs to it.  An
 * entry that is there already stays, and is returned; else NULL with `*full`
 * telling whether memory ran out.
 */
const void *suffixes_add(struct suffixes *s, struct arena *a, const char *domain, const void *what, bool *full);

/* What belongs to the longest entry that `domain` (lower case) is, or lies below; NULL when none. */
const void *suffixes_find(const struct suffixes *s, const char *domain);

/* Frees what is not the arena's. */
void suffixes_free(struct suffixes *s);

#endif
