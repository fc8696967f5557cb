#include "verdict/verdict.h"

static const char *const dispositions[] = {"none", "quarantine", "reject"};
const struct enum_names disposition_names = ENUM_NAMES(dispositions);

static const char *const overrides[] = {"local_policy", "mailing_list", "other", "policy_test_mode",
                                        "trusted_forwarder"};
const struct enum_names override_type_names = ENUM_NAMES(overrides);

static void add_override(struct verdict *v, enum override_type type, const char *comment)
{
    if (v->override_count < VERDICT_OVERRIDES_MAX)
        v->override[v->override_count++] = (struct override){type, comment};
}

/* RFC 9990 section 3.1.1.9: why a failing message met another fate than the published policy's. */
static void explain_disposition(struct verdict *v)
{
    const struct dmarc_verdict *d = &v->dmarc;

    if (d->result == DMARC_TEMPERROR && d->record != NULL)
        add_override(v, OVERRIDE_OTHER, "dmarc=temperror");
    if (d->result != DMARC_FAIL)
        return;
    if (d->requested != d->policy)
        add_override(v, OVERRIDE_POLICY_TEST_MODE, "");
    if ((int)v->disposition != (int)d->policy)
        add_override(v, OVERRIDE_LOCAL_POLICY, "policies are not enforced here");
}

/* RFC 9989 section 11.5: such mail is outside of DMARC; what becomes of it is the site's to say. */
static bool from_is_malformed(const struct dmarc_evidence *e)
{
    return e->problem != FROM_OK && e->problem != FROM_TOO_MANY_DOMAINS && !e->starved;
}

enum rc verdict_decide(struct arena *a, const struct evidence *e, const struct config *c, struct verdict *out)
{
    struct dmarc_identifier *ids = NULL;
    size_t n = 0;
    enum rc rc = evidence_identifiers(a, e, &ids, &n);

    *out = (struct verdict){.disposition = DISPOSITION_NONE};
    if (c->reject_malformed_from && from_is_malformed(&e->dmarc))
        out->disposition = DISPOSITION_REJECT;
    if (rc == RC_OK)
        rc = dmarc_evaluate(a, &e->dmarc, ids, n, c, &out->dmarc);
    if (rc == RC_OK)
        explain_disposition(out);
    return rc;
}
