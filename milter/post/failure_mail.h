/*
 * failure_mail.h - a failure report as mail (RFC 9991 section 4, RFC 6591 section 3).
 */
#ifndef ASSAY_POST_FAILURE_MAIL_H
#define ASSAY_POST_FAILURE_MAIL_H

#include "config/config.h"
#include "dns/dns.h"
#include "post/parcel.h"

/* At most, besides FailureReportsPerHour for a policy domain: RFC 9991 section 2 wants a limit. */
enum { FAILURE_MAIL_PER_HOUR = 1000, FAILURE_MAIL_PER_ADDRESS_DAY = 100 };

/*
 * The failure in row `id` as a parcel; `dns` is asked for the SPF record in
 * question.  RC_NOTFOUND, with why, when it is not to be sent: removed, not
 * in FailureReports any more, or beyond the rates.
 */
enum rc failure_mail_open(struct db *d, struct arena *a, int64_t id, const struct config *c, struct dns_scope *dns,
                          struct parcel *out, struct err *e);

/* Whether an address has had its share of failure reports for a day. */
enum rc failure_mail_sated(struct db *d, const char *address, int64_t now_ms, bool *sated, struct err *e);

#endif
