/*
 * quota.h - how much report mail one host, one organization and strangers get in a day.
 *
 * Whoever publishes policies for a zone of his own can have a receiver make
 * any number of reports, each to as many addresses as he likes, on somebody
 * else's host.  So what was sent within the last 24 hours is counted: by the
 * host of the address, with all hosts beside it, by the organization of the
 * policy domain, and for domains that nobody here knows.
 *
 * Threads: one at a time.
 */
#ifndef ASSAY_POST_QUOTA_H
#define ASSAY_POST_QUOTA_H

#include "config/config.h"
#include "outbox/outbox.h"

struct quota;

/* Counts what was sent in the 24 hours before `now_ms`.  Borrows `c`.  RC_NOMEM, and what the database says. */
enum rc quota_open(struct db *d, const struct config *c, int64_t now_ms, struct quota **out, struct err *e);
void quota_close(struct quota *q); /* NULL allowed */

/*
 * Whether one more mail about `item` may go to `address`: NULL, or why not.
 * Of an aggregate report it asks the database whether anything ever passed
 * from its domain, once a report.
 */
enum rc quota_ask(struct quota *q, struct db *d, const struct dispatch *item, const char *address, const char **why,
                  struct err *e);

/* It was sent (or would be, in a dry run); true: about a stranger, which is to be noted in the outbox. */
bool quota_count(struct quota *q, const struct dispatch *item, const char *address);

#endif
