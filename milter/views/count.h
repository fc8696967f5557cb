/*
 * count.h - counting the tallies themselves: whatever is asked, at the price of each row of its days.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_VIEWS_COUNT_H
#define ASSAY_VIEWS_COUNT_H

#include "views/views.h"

/* As views_count. */
enum rc count_tallies(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                      struct views_row **out, size_t *n, struct err *e);

/* Of two struct views_row, for qsort: by client, domain, source, cause and day. */
int count_order(const void *x, const void *y);

#endif
