/*
 * disposition.h - what becomes of a message, by the site's rules.
 *
 * Pure, and decided from the record alone, so that yesterday's mail can be
 * put to tomorrow's rules (assay what-if) and gives what the daemon gave.
 */
#ifndef ASSAY_VERDICT_DISPOSITION_H
#define ASSAY_VERDICT_DISPOSITION_H

#include "verdict/policy.h"
#include "verdict/record.h"

/* What stands outside of the rules. */
struct disposition_settings {
    bool honour_reject;      /* p=reject is refused without a rule that says so (RFC 9989 section 7.4 leaves it to the site) */
    bool inventory_acts;     /* approved sources are never refused; malicious and retired ones are */
    bool defer_temperror;    /* a temporary failure is deferred, where the policy asks for more than none */
};

struct decision {
    enum policy_action action;
    const char *rule;        /* the rule that decided: its name, "inventory" or "default" */
    size_t override_count;
    struct override override[VERDICT_OVERRIDES_MAX]; /* why the action differs from the policy published */
};

/*
 * Decides on `r`, of which the columns about the decision itself are not
 * looked at.  Time is that of the record.  Text lives as long as the policy
 * and the arena.  RC_NOMEM.
 */
enum rc disposition_decide(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                           const struct record *r, struct decision *out);

#endif
