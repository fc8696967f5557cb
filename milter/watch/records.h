/*
 * records.h - episodes of a domain's records: what the kept runs of `assay domain` found wrong, and until when; and
 * the policy that its record has.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_RECORDS_H
#define ASSAY_WATCH_RECORDS_H

#include "db/db.h"
#include "watch/watch.h"

enum { RECORDS_MAX = 50 /* episodes of a domain */ };
#define RECORDS_SOURCE "DNS records" /* in the place of a source's name */

/*
 * One (authentication-drift) from each kept run with an error until the next without; at most RECORDS_MAX, the
 * oldest first, added behind the *used of `out`.  Texts in the arena.
 */
enum rc records_episodes(struct db *d, struct arena *a, const char *domain, struct watch_episode *out, size_t *used,
                         struct err *e);

/*
 * *record: the domain's own DMARC record as DNS had it last, "" none is
 * remembered.  Where no report says which policy the domain has
 * (d->policy is ""), policy and testing are set by it.  Texts in the arena.
 */
enum rc records_policy(struct db *db, struct arena *a, struct watch_domain *d, const char **record, struct err *e);

#endif
