/*
 * own.h - our own mail beside the reports: what claimed to be of a client's domain here, and what that shows.
 *
 * One message may be in both, so the two are never added up: our own mail is
 * judged for itself, by the same rules, and an episode that both show is one.
 *
 * For watch/round.c.  Threads: as struct db.
 */
#ifndef ASSAY_WATCH_OWN_H
#define ASSAY_WATCH_OWN_H

#include "watch/gather.h"

/*
 * The facts of mail whose author is at the domain or below it, out of the
 * tallies of messages (records/tallies.h), in the shape and over the days of
 * `reports`; what people decided is that of `reports`.  Its one reporter is
 * we.  *there false: no such mail.  RC_NOMEM.
 */
enum rc own_gather(struct db *d, struct arena *a, const struct watch_question *q, const struct watch_domain *reports,
                   struct watch_domain *out, bool *there, struct err *e);

/*
 * Adds what our own mail shows to the `n` of *episode: to the one of the same
 * workflow and source that is near in time, else as one of its own.  *episode
 * is another array then.  RC_NOMEM.
 */
enum rc own_merge(struct arena *a, const struct watch_domain *own, const struct watch_bounds *b,
                  struct watch_episode **episode, size_t *n);

#endif
