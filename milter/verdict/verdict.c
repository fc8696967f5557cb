#include "verdict/verdict.h"

#include <string.h>

#include "mail/domain.h"
#include "verdict/ref.h"

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

/* Failed, refused or not to be told: somebody may ask about it. */
static bool needs_ref(const struct verdict *v)
{
    return v->disposition != DISPOSITION_NONE || v->finding.cause != CAUSE_NONE ||
           (v->dmarc.result != DMARC_PASS && v->dmarc.result != DMARC_NONE);
}

const char *verdict_status(const struct verdict *v)
{
    if (v->known != NULL)
        return enum_name(&source_status_names, (int)v->known->status);
    return v->client != NULL ? enum_name(&source_status_names, STATUS_UNKNOWN) : "";
}

/* The longest name of the list that covers the domain, if longer than `best`. */
static const char *covering(const struct string_list *list, const char *domain, const char *best)
{
    for (size_t i = 0; i < list->n; i++)
        if (domain_is_within(domain, list->item[i]) && strlen(list->item[i]) > strlen(best))
            best = list->item[i];
    return best;
}

const char *verdict_source_domain(const struct verdict *v)
{
    const char *domain = v->dmarc.author_domain, *best = "";

    if (v->known != NULL)
        return v->known->domain;
    if (v->client == NULL)
        return "";
    best = covering(&v->client->domains, domain, best);
    best = covering(&v->client->parked, domain, best);
    best = covering(&v->client->lookalikes, domain, best);
    return best[0] != '\0' ? best : v->dmarc.org_domain;
}

/* Who sent it, whose the domain is, and what is known of the two. */
static enum rc identify(struct arena *a, const struct given *g, struct verdict *out)
{
    enum rc rc = source_identify(a, g->message, g->evidence, g->config->senders, &out->source);

    if (g->config->clients != NULL)
        out->client = clients_of(g->config->clients, out->dmarc.author_domain, &out->client_domain);
    if (rc == RC_OK)
        out->known = background_source(g->background, out->dmarc.author_domain, out->source.name);
    return rc;
}

enum rc verdict_decide(struct arena *a, const struct given *g, struct verdict *out)
{
    const struct evidence *e = g->evidence;
    struct dmarc_identifier *ids = NULL;
    size_t n = 0;
    enum rc rc = evidence_identifiers(a, e, &ids, &n);

    *out = (struct verdict){.disposition = DISPOSITION_NONE, .ref = ""};
    if (g->config->reject_malformed_from && from_is_malformed(&e->dmarc))
        out->disposition = DISPOSITION_REJECT;
    if (rc == RC_OK)
        rc = dmarc_evaluate(a, &e->dmarc, ids, n, g->config, &out->dmarc);
    if (rc != RC_OK)
        return rc;
    /* the result stands, whether or not memory suffices to explain it */
    if (identify(a, g, out) != RC_OK)
        out->source = (struct source){.name = "unknown", .detail = ""};
    if (cause_find(a, g, out, &out->finding) != RC_OK)
        out->finding = (struct finding){.detail = "", .next = ""};
    explain_disposition(out);
    if (needs_ref(out))
        out->ref = ref_make(a, g->message->dice);
    return out->ref == NULL ? RC_NOMEM : RC_OK;
}
