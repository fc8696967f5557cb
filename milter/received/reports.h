/*
 * reports.h - received aggregate reports and their rows, written and read.
 *
 * A report is staged first: its rows can be written in several transactions
 * of their own, none of which keeps the daemon waiting, and nobody sees them.
 * received_accept makes it count, in one transaction with its sums.  What was
 * staged and never accepted (its program died) goes with the next
 * received_prune that finds it a day old.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_RECEIVED_REPORTS_H
#define ASSAY_RECEIVED_REPORTS_H

#include "received/received.h"

/* ---- writing, in the caller's transaction ---- */

/* Adds `r` as one that does not count yet; its id in r->id. */
enum rc received_stage(struct db *d, struct received_report *r, struct err *e);

/* Adds a row of `r`. */
enum rc received_add_row(struct db *d, const struct received_report *r, const struct received_row *row, struct err *e);

/*
 * From now on it counts; received, state and repeats are taken from `r` once
 * more.  RC_BAD when another with its key counts: look before, in the same
 * transaction.  The sums are the caller's to write (tally.h).
 */
enum rc received_accept(struct db *d, const struct received_report *r, struct err *e);

/* `old`, which counts, gives way to the report `by`: its sums are subtracted.  RC_NOTFOUND when its rows are gone. */
enum rc received_supersede(struct db *d, const struct received_report *old, int64_t by, struct err *e);

/* Takes out a report that was staged, with at most `max` of its rows; *more when there are others still. */
enum rc received_unstage(struct db *d, const struct received_report *r, int64_t max, bool *more, struct err *e);

/* ---- reading ---- */

/* The one that counts with the client, domain, reporter, report_id and period of `key`; RC_NOTFOUND. */
enum rc received_same(struct db *d, struct arena *a, const struct received_report *key, struct received_report *out,
                      struct err *e);

/* The same with the content of `key` too, when another has taken its place since; RC_NOTFOUND. */
enum rc received_earlier(struct db *d, struct arena *a, const struct received_report *key, struct received_report *out,
                         struct err *e);

/*
 * Another that counts, about the same domain and period with the same content: the same document (report-id,
 * org_name and email are the same) that came by another sender, which goes first, or one of the same reporter
 * under another report-id; RC_NOTFOUND.
 */
enum rc received_repeat(struct db *d, struct arena *a, const struct received_report *key, struct received_report *out,
                        struct err *e);

/* By its id; RC_NOTFOUND. */
enum rc received_get(struct db *d, struct arena *a, int64_t id, struct received_report *out, struct err *e);

/* Which reports; "" and 0 any. */
struct received_reports_wanted {
    const char *client, *domain, *reporter, *report_id;
    int64_t since_s, until_s; /* that begin in since_s … until_s - 1 */
    int64_t received;         /* those of this mail or file */
};
#define RECEIVED_ANY_REPORT {.client = "", .domain = "", .reporter = "", .report_id = ""}

/* Those that count, the newest period first, at most `max`. */
enum rc received_reports(struct db *d, struct arena *a, const struct received_reports_wanted *w, size_t max,
                         struct received_report **out, size_t *n, struct err *e);

/* A row, until the next; what `each` answers but RC_OK ends it and is answered. */
typedef enum rc received_row_taker(void *arg, const struct received_row *row);

/* The rows of one report, in order. */
enum rc received_rows(struct db *d, const struct received_report *r, received_row_taker *each, void *arg,
                      struct err *e);

/* Rows of that address in reports that count, newest reports first, at most `max`; client "" any. */
enum rc received_rows_of(struct db *d, struct arena *a, const char *client, const struct ip *address, size_t max,
                         struct received_row **out, size_t *n, struct err *e);

#endif
