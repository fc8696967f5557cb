#include "policy/judge.h"

#include <string.h>

#include "output/ref.h"
#include "policy/disposition.h"
#include "policy/let_in.h"

static void add_override(struct verdict *v, enum override_type type, const char *comment)
{
    if (v->override_count < VERDICT_OVERRIDES_MAX)
        v->override[v->override_count++] = (struct override){type, comment};
}

/* RFC 9990 section 3.1.1.9: what of the published policy was not applied before any rule of ours was asked. */
static void judge_explain_policy(struct verdict *v)
{
    const struct dmarc_verdict *d = &v->dmarc;

    if (d->result == DMARC_TEMPERROR && d->record != NULL)
        add_override(v, OVERRIDE_OTHER, "dmarc=temperror");
    if (d->result == DMARC_FAIL && d->requested != d->policy)
        add_override(v, OVERRIDE_POLICY_TEST_MODE, "");
}

/* Nothing is done, whatever was asked for. */
static void let_go(struct verdict *v, const char *why)
{
    if (v->dmarc.result == DMARC_FAIL && v->dmarc.policy != DMARC_P_NONE)
        add_override(v, OVERRIDE_LOCAL_POLICY, why);
}

/*
 * RFC 9989 sections 5.3.1 and 11.5: such mail is outside of DMARC; what becomes of it is the site's to say.  So is what
 * passes for the author's domain while mail programs may show another.
 */
static bool from_is_malformed(const struct dmarc_evidence *e)
{
    return (e->problem != FROM_OK && !e->starved) || e->misleading;
}

static void do_it(struct verdict *v, const struct decision *d)
{
    v->disposition = disposition_of(d->action);
    for (size_t i = 0; i < d->override_count; i++)
        add_override(v, d->override[i].type, d->override[i].comment);
}

/* By the rules, as far as Enforce and the safety catch let them. */
static enum rc by_rules(struct arena *a, const struct given *g, const struct record *r, struct verdict *v)
{
    static const struct policy none = {.n = 0};
    struct disposition_settings s = disposition_settings_of(g->config);
    struct facts f = facts_judged(g, v, r);
    struct decision d;
    enum rc rc = disposition_decide(a, g->policy == NULL ? &none : g->policy, &s, &f, &d);

    if (rc != RC_OK)
        return rc;
    v->action = d.action;
    v->rule = d.rule;
    if (v->enforcement == ENFORCEMENT_YES && disposition_is_caught(g->background, &d, &f))
        v->enforcement = ENFORCEMENT_CAUGHT;
    if (v->enforcement == ENFORCEMENT_YES)
        do_it(v, &d);
    else
        let_go(v, v->enforcement == ENFORCEMENT_CAUGHT ? "safety catch" : "policies are not enforced here");
    return RC_OK;
}

static void built_in(struct verdict *v, enum policy_action action, const char *rule, enum enforcement how)
{
    v->action = action;
    v->rule = rule;
    v->enforcement = how;
    v->disposition = how == ENFORCEMENT_YES ? disposition_of(action) : DISPOSITION_NONE;
}

/* A site that says yes to RejectMalformedFrom has it so whatever it makes of policies. */
static enum enforcement malformed_enforcement(const struct config *c)
{
    return c->reject_malformed_from == CONFIG_YES ? ENFORCEMENT_YES : (enum enforcement)c->enforce;
}

static enum rc judge_decide(struct arena *a, const struct given *g, const struct record *r, struct verdict *v)
{
    const struct config *c = g->config;

    if (config_auto(c, c->reject_malformed_from) && from_is_malformed(&g->evidence->dmarc)) {
        built_in(v, POLICY_REJECT, DISPOSITION_MALFORMED_FROM, malformed_enforcement(c));
        return RC_OK;
    }
    judge_explain_policy(v);
    if (arena_ran_out(a) && c->enforce == CONFIG_ENFORCE_YES) {
        built_in(v, POLICY_TEMPFAIL, DISPOSITION_EXHAUSTED, ENFORCEMENT_YES);
        return RC_OK;
    }
    v->enforcement = arena_ran_out(a) ? ENFORCEMENT_NO : (enum enforcement)c->enforce;
    if (v->enforcement != ENFORCEMENT_NO)
        return by_rules(a, g, r, v);
    /* a fact may be missing that a rule looks at, and what we lack must not be held against the sender */
    let_go(v, arena_ran_out(a) ? "no memory left to decide" : "policies are not enforced here");
    return RC_OK;
}

/* Failed, refused or not to be told: somebody may ask about it. */
static bool needs_ref(const struct verdict *v)
{
    return v->disposition != DISPOSITION_NONE || v->finding.cause != CAUSE_NONE ||
           (v->dmarc.result != DMARC_PASS && v->dmarc.result != DMARC_NONE);
}

/* What is done: more forged fields than an MTA removes without harm are refused, the one refusal by default. */
static enum rc judge_act(struct arena *a, const struct given *g, struct judgement *out)
{
    struct verdict *v = &out->verdict;
    enum rc rc = actions_make(a, g, v, &out->actions);

    if (rc != RC_LIMIT)
        return rc;
    built_in(v, POLICY_REJECT, DISPOSITION_FORGED_FIELDS, ENFORCEMENT_YES);
    v->ref = ref_make(a, g->message->random);
    return v->ref == NULL ? RC_NOMEM : actions_make(a, g, v, &out->actions);
}

enum rc judge(struct arena *a, const struct given *g, struct judgement *out)
{
    struct verdict *v = &out->verdict;
    enum rc rc = verdict_decide(a, g, v);

    if (rc == RC_OK)
        rc = record_make(a, g, v, &out->record);
    if (rc == RC_OK)
        rc = judge_decide(a, g, &out->record, v);
    if (rc == RC_OK && needs_ref(v))
        v->ref = ref_make(a, g->message->random);
    if (rc == RC_OK && v->ref == NULL)
        rc = RC_NOMEM;
    if (rc == RC_OK)
        rc = judge_act(a, g, out);
    if (rc == RC_OK) {
        record_decided(a, v, &out->record);
        rc = let_in_advise(a, v, &out->record);
    }
    return rc;
}

/* ---- afterwards ---- */

static int64_t count_forged(const struct actions *done)
{
    int64_t n = 0;

    for (size_t i = 0; i < done->n; i++)
        if (done->item[i].kind == ACTION_DELETE_HEADER && strcmp(done->item[i].name, ACTION_STAMP_FIELD) == 0)
            n += done->item[i].count;
    return n;
}

static bool was_quarantined(const struct actions *done)
{
    for (size_t i = 0; i < done->n; i++)
        if (done->item[i].kind == ACTION_QUARANTINE ||
            (done->item[i].kind == ACTION_INSERT_HEADER && strcmp(done->item[i].name, ACTION_QUARANTINE_FIELD) == 0))
            return true;
    return false;
}

void judge_done(struct judgement *j, const struct actions *done, int64_t total_ms)
{
    j->record.forged_headers = count_forged(done);
    j->record.total_ms = total_ms;
    if (j->verdict.disposition == DISPOSITION_QUARANTINE && !was_quarantined(done)) {
        j->verdict.disposition = DISPOSITION_NONE;
        j->record.disposition = enum_name(&disposition_names, DISPOSITION_NONE);
        j->record.overrides = "other:the mail server did not take it into quarantine";
    }
}
