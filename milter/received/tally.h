/*
 * tally.h - rows of one report summed up in memory, then added to day_in and domain_day_in, or taken from them.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_TALLY_H
#define ASSAY_RECEIVED_TALLY_H

#include "received/received.h"

struct received_tally;

/* Days on which a report of that period counts: sets first_day and days (days 1: not spread). */
void received_days(int64_t begin_s, int64_t end_s, int64_t *first_day, int64_t *days);

/* An empty one; NULL without memory.  _free takes NULL. */
struct received_tally *received_tally_new(void);
void received_tally_free(struct received_tally *t);

/*
 * Adds `row` of a report with those days `times` times: 1, or -1 to take it
 * out again.  domain, source, cause, disposition, messages, passes and marks
 * are looked at.  RC_NOMEM.
 */
enum rc received_tally_add(struct received_tally *t, const struct received_row *row, int64_t first_day, int64_t days,
                           int times, struct err *e);

/*
 * Writes it in the caller's transaction, for the client, reporter and trust of
 * `r`; sums that come to nothing go.  The tally is empty then.
 */
enum rc received_tally_write(struct received_tally *t, struct db *d, const struct received_report *r, struct err *e);

#endif
