/*
 * sums.h - counting by the sums that the writer keeps (records/mailsums.h), for what they can tell.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_VIEWS_SUMS_H
#define ASSAY_VIEWS_SUMS_H

#include "views/views.h"

/* Whether the sums say of that domain what was before a decision. */
bool sums_are_stale(const struct views_stale *but, const char *domain);

/* Rows that grow in an arena. */
struct sums_rows {
    struct views_row *row;
    size_t n, room;
};
/* RC_LIMIT beyond VIEWS_ROWS_MAX; RC_NOMEM without memory for the row, or for one of its names (NULL). */
enum rc sums_push(struct sums_rows *to, struct arena *a, const struct views_row *r, struct err *e);

/* Whether there are sums of what views_count is asked for. */
bool sums_have(const struct scope *s, const struct views_wanted *w, unsigned by);

/*
 * As views_count, where sums_have, in no order.  Rows by domain leave out those of `but`; rows of several domains in
 * one have what is of before.
 */
enum rc sums_count(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                   const struct views_stale *but, struct sums_rows *out, struct err *e);

/* Adds what the sums say of one client's domain with the sign turned: when rows of a key are added up, it is gone. */
enum rc sums_take_away(struct db *d, struct arena *a, const struct views_wanted *w, unsigned by, const char *client,
                       const char *domain, struct sums_rows *out, struct err *e);

/* As views_failing, but for those of `but`, in no order. */
enum rc sums_failing(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                     const struct views_stale *but, struct sums_rows *out, struct err *e);

/* As views_forged, of all clients but for the domains of `but`. */
enum rc sums_forged(struct db *d, struct arena *a, const struct views_wanted *w, const struct views_stale *but,
                    struct sums_rows *out, struct err *e);

#endif
