/*
 * sums.h - counting by the sums that the writer keeps (records/mailsums.h), for what they can tell.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_VIEWS_SUMS_H
#define ASSAY_VIEWS_SUMS_H

#include "views/views.h"

/* Whether the sums have what views_count is asked for, and are whole; else the tallies are to be counted. */
enum rc sums_can_tell(const struct scope *s, struct db *d, const struct views_wanted *w, unsigned by, bool *out,
                      struct err *e);

/* As views_count, where sums_can_tell. */
enum rc sums_count(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                   struct views_row **out, size_t *n, struct err *e);

#endif
