#include "verdict/judge.h"

#include <string.h>

#include "verdict/disposition.h"
#include "verdict/ref.h"

static void add_override(struct verdict *v, enum override_type type, const char *comment)
{
    if (v->override_count < VERDICT_OVERRIDES_MAX)
        v->override[v->override_count++] = (struct override){type, comment};
}

/* RFC 9990 section 3.1.1.9: what of the published policy was not applied before any rule of ours was asked. */
static void explain_policy(struct verdict *v)
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

/* RFC 9989 section 11.5: such mail is outside of DMARC; what becomes of it is the site's to say. */
static bool from_is_malformed(const struct dmarc_evidence *e)
{
    return e->problem != FROM_OK && e->problem != FROM_TOO_MANY_DOMAINS && !e->starved;
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
    struct decision d;
    enum rc rc = disposition_decide(a, g->policy == NULL ? &none : g->policy, &s, r, &d);

    if (rc != RC_OK)
        return rc;
    v->action = d.action;
    v->rule = d.rule;
    if (v->enforcement == ENFORCEMENT_YES && disposition_is_caught(g->background, &d, r))
        v->enforcement = ENFORCEMENT_CAUGHT;
    if (v->enforcement == ENFORCEMENT_YES)
        do_it(v, &d);
    else
        let_go(v, v->enforcement == ENFORCEMENT_CAUGHT ? "safety catch" : "policies are not enforced here");
    return RC_OK;
}

static enum rc decide(struct arena *a, const struct given *g, const struct record *r, struct verdict *v)
{
    if (g->config->reject_malformed_from && from_is_malformed(&g->evidence->dmarc)) {
        v->action = POLICY_REJECT;
        v->rule = DISPOSITION_MALFORMED_FROM;
        v->enforcement = ENFORCEMENT_YES;
        v->disposition = DISPOSITION_REJECT;
        return RC_OK;
    }
    explain_policy(v);
    v->enforcement = arena_ran_out(a) ? ENFORCEMENT_NO : (enum enforcement)g->config->enforce;
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

enum rc judge(struct arena *a, const struct given *g, struct judgement *out)
{
    struct verdict *v = &out->verdict;
    enum rc rc = verdict_decide(a, g, v);

    if (rc == RC_OK)
        rc = record_make(a, g, v, &out->record);
    if (rc == RC_OK)
        rc = decide(a, g, &out->record, v);
    if (rc == RC_OK && needs_ref(v))
        v->ref = ref_make(a, g->message->dice);
    if (rc == RC_OK && v->ref == NULL)
        rc = RC_NOMEM;
    if (rc == RC_OK)
        rc = actions_make(a, g, v, &out->actions);
    if (rc == RC_OK)
        record_decided(a, v, &out->record);
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
