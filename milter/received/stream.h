/*
 * stream.h - the sums and reports of one domain, row by row and nothing copied: for who goes through all of them.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_STREAM_H
#define ASSAY_RECEIVED_STREAM_H

#include "received/sums.h"

/* Which; client and domain are names of clients.conf. */
struct received_span {
    const char *client, *domain;
    int64_t first_day, end_day; /* first_day <= day < end_day */
};

/* A row, whose texts last until the next; what it answers but RC_OK ends it and is answered. */
typedef enum rc received_day_taker(void *arg, const struct received_sum *row);

/*
 * The sums that are heeded, but for what was spread over days: in the order of
 * day, source, cause, reporter, disposition, trust.  client and domain are those of the span.
 */
enum rc received_stream_days(struct db *d, const struct received_span *span, received_day_taker *each, void *arg,
                             struct err *e);

/* A report that counts and is heeded.  Texts as above. */
struct received_seen {
    int64_t first_day;
    const char *reporter, *p, *testing; /* testing: "y", "n" or "" */
};
typedef enum rc received_seen_taker(void *arg, const struct received_seen *report);

/* Those whose period begins in the span, the newest period first, at most `max`. */
enum rc received_stream_reports(struct db *d, const struct received_span *span, size_t max, received_seen_taker *each,
                                void *arg, struct err *e);

#endif
