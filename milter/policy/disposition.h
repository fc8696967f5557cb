/*
 * disposition.h - what becomes of a message, by the site's rules.
 *
 * Pure, and decided from facts that the record has, too (facts.h), so that yesterday's mail can be
 * put to tomorrow's rules (assay what-if) and gives what the daemon gave.
 */
#ifndef ASSAY_POLICY_DISPOSITION_H
#define ASSAY_POLICY_DISPOSITION_H

#include "policy/facts.h"
#include "policy/policy.h"
#include "verdict/background.h"

/* What stands outside of the rules. */
struct disposition_settings {
    /* p=reject is refused without a rule that says so: RFC 9989 section 7.4 leaves it to the site */
    bool honour_reject;
    bool inventory_acts;     /* approved sources are never refused; malicious and retired ones are */
    bool defer_temperror;    /* a temporary failure is deferred, unless the policy is known to ask for nothing */
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
/* Of mail with more than ACTION_DELETIONS_MAX fields in our name, refused everywhere. */
#define DISPOSITION_FORGED_FIELDS "forged-fields"
/* Of mail that used up the memory of a message, put off with Enforce = yes. */
#define DISPOSITION_EXHAUSTED "exhausted"

/* Whether a rule of that name is one of these three: decided before any rule of policy.conf is asked. */
bool disposition_is_built_in(const char *rule);

/*
 * Decides on the message of `f`; the columns of its record about the decision
 * itself are not looked at.  Time is that of the record.  Text lives as long as the policy
 * and the arena.  RC_NOMEM.
 */
enum rc disposition_decide(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                           const struct facts *f, struct decision *out);

/*
 * The name of the first field of `rule` that speaks against it, NULL when it
 * matches; "Status" also for an approved source that InventoryActs spares.
 */
const char *disposition_objection(struct arena *a, const struct policy_rule *rule,
                                  const struct disposition_settings *s, const struct facts *f);

/* What is done of an action that is enforced. */
enum disposition disposition_of(enum policy_action action);

/*
 * Whether the safety catch keeps `d` from being done: it refuses or holds mail
 * that is tied to its author (tie.h) by an address that was the author's, and
 * too much of that met the same lately (background_is_caught).
 */
bool disposition_is_caught(const struct background *b, const struct decision *d, const struct facts *f);

/* Whether a refusal may be a mistake at the sender's, or ours: it fails and claims a tie to its author. */
bool disposition_is_mishap(const struct facts *f);

#endif
