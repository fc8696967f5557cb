/*
 * span.h - the records of a span of time, one after the other.
 *
 * Made for reports: only records that could be in one are read, and of them
 * only what a report is made of.  The database is not held: the span is read
 * in slices, between which others write and its log is cleaned up.
 */
#ifndef ASSAY_RECORDS_SPAN_H
#define ASSAY_RECORDS_SPAN_H

#include "base/arena.h"
#include "db/db.h"
#include "output/record.h"

/*
 * The columns that are read; in those not named a record has "" or 0.  The
 * first tell rows of a report apart, and eight of them are the policy
 * configuration.
 */
#define SPAN_ROW_COLUMNS(X) \
    X(TEXT, policy_domain) X(TEXT, policy_p) X(TEXT, policy_sp) X(TEXT, policy_np) X(TEXT, policy_adkim) \
    X(TEXT, policy_aspf) X(TEXT, policy_fo) X(TEXT, policy_testing) X(TEXT, requested_policy) X(TEXT, client_ip) \
    X(TEXT, dmarc) X(TEXT, disposition) X(TEXT, overrides) X(TEXT, author_domain) X(TEXT, org_domain) \
    X(TEXT, mail_from_domain) X(TEXT, dkim) X(TEXT, spf) X(TEXT, spf_domain) X(INT, dkim_aligned) X(INT, spf_aligned)
#define SPAN_COLUMNS(X) SPAN_ROW_COLUMNS(X) X(TEXT, rcpt_domain) X(TEXT, mail_from) X(TEXT, rcpt) \
    X(TEXT, policy_record)

/* Takes one record, whose text lives until it returns. */
typedef enum rc span_take(void *arg, const struct record *r, struct err *e);

/*
 * Hands over each record that arrived in [from_ms, to_ms) and whose policy
 * record names an address for reports (policy_rua > 0), in order of arrival;
 * but for what was put off, since it comes again;
 * of one policy domain, or of all ("").  Stops when `take` fails.
 */
enum rc span_each(struct db *d, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take, void *arg,
                  struct err *e);

/*
 * The same of a store, a file or the centre of a fleet.  In the centre a day
 * is whole that is asked for whole: a record whose time lies ahead of the day
 * it came counts to that day; and they come in no order.
 */
struct store;
enum rc store_span_each(struct store *s, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take,
                        void *arg, struct err *e);

#endif
