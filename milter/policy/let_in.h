/*
 * let_in.h - the rule of policy.conf that would let in what a list or forwarder passed on and we refused.
 *
 * Pure.  There is nothing to repair at the sender of such mail; it is the
 * site that did not let it in, so the site's next step is named.
 */
#ifndef ASSAY_POLICY_LET_IN_H
#define ASSAY_POLICY_LET_IN_H

#include "output/record.h"

/*
 * A section to paste into policy.conf, before the rule that decided: it names
 * the relay by what it proved, the strongest first: its seal (VouchedBy), its
 * signature (SignedBy), its address (Network).  "" unless the cause is
 * forwarded or mailing-list and the message was refused, held or deferred by a
 * rule or the default.  NULL without memory.
 */
const char *let_in_rule(struct arena *a, const struct record *r);

/* The same in the next step of such a message: after its decision is in `v` and `r`.  RC_NOMEM. */
enum rc let_in_advise(struct arena *a, struct verdict *v, struct record *r);

#endif
