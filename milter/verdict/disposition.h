/*
 * disposition.h - what becomes of a message, by the site's rules.
 *
 * Pure, and decided from the record alone, so that yesterday's mail can be
 * put to tomorrow's rules (assay what-if) and gives what the daemon gave.
 */
#ifndef ASSAY_VERDICT_DISPOSITION_H
#define ASSAY_VERDICT_DISPOSITION_H

#include "verdict/background.h"
#include "verdict/policy.h"
#include "verdict/record.h"

/* What stands outside of the rules. */
struct disposition_settings {
    /* p=reject is refused without a rule that says so: RFC 9989 section 7.4 leaves it to the site */
    bool honour_reject;
    bool inventory_acts;     /* approved sources are never refused; malicious and retired ones are */
    bool defer_temperror;    /* a temporary failure is deferred, where the policy asks for more than none */
};

struct decision {
    enum policy_action action;
    const char *rule;        /* the rule that decided: its name, "inventory" or "default" */
    size_t override_count;
    struct override override[VERDICT_OVERRIDES_MAX]; /* why the action differs from the policy published */
};

/* The settings as assay.conf has them. */
struct disposition_settings disposition_settings_of(const struct config *c);

/* The rule named in records of mail that RejectMalformedFrom refused, before any rule was asked. */
#define DISPOSITION_MALFORMED_FROM "malformed-from"

/*
 * Decides on `r`, of which the columns about the decision itself are not
 * looked at.  Time is that of the record.  Text lives as long as the policy
 * and the arena.  RC_NOMEM.
 */
enum rc disposition_decide(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                           const struct record *r, struct decision *out);

/*
 * The name of the first field of `rule` that speaks against `r`, NULL when it
 * matches; "Status" also for an approved source that InventoryActs spares.
 */
const char *disposition_objection(struct arena *a, const struct policy_rule *rule,
                                  const struct disposition_settings *s, const struct record *r);

/* What is done of an action that is enforced. */
enum disposition disposition_of(enum policy_action action);

/*
 * Whether the safety catch keeps `d` from being done: it acts, and too much of
 * that correspondent's mail met the same lately (background_is_caught).  Mail
 * that looks forged is refused all the same: that theirs is not at fault.
 */
bool disposition_is_caught(const struct background *b, const struct decision *d, const struct record *r);

/* Whether a refusal of `r` hints at a mistake at the sender's, or ours, and not at a forgery. */
bool disposition_is_mishap(const struct record *r);

#endif
