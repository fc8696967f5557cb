#include "verdict/verdict.h"

#include <string.h>

#include "mail/domain.h"
#include "verdict/relay.h"

static const char *const dispositions[] = {"none", "quarantine", "reject", "tempfail"};
const struct enum_names disposition_names = ENUM_NAMES(dispositions);

static const char *const overrides[] = {"local_policy", "mailing_list", "other", "policy_test_mode",
                                        "trusted_forwarder"};
const struct enum_names override_type_names = ENUM_NAMES(overrides);

static const char *const enforcements[] = {"no", "rehearse", "yes", "caught"};
const struct enum_names enforcement_names = ENUM_NAMES(enforcements);

const char *verdict_status(const struct verdict *v)
{
    if (v->known != NULL)
        return enum_name(&source_status_names, (int)v->known->status);
    return v->client != NULL ? enum_name(&source_status_names, STATUS_UNKNOWN) : "";
}

/* The longest name of the list that covers the domain, if longer than `best`. */
static const char *verdict_covering(const struct string_list *list, const char *domain, const char *best)
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
    if (v->client == NULL || v->client_domain == CLIENT_DOMAIN_LOOKALIKE)
        return ""; /* nothing of a look-alike's belongs among what is a client's */
    best = verdict_covering(&v->client->domains, domain, best);
    best = verdict_covering(&v->client->parked, domain, best);
    return best[0] != '\0' ? best : v->dmarc.org_domain;
}

/* Who sent it, whose the domain is, and what is known of the two. */
static enum rc verdict_identify(struct arena *a, const struct given *g, struct verdict *out)
{
    enum rc rc = source_identify(a, g->message, g->evidence, g->config->senders, &out->source);

    if (g->config->clients != NULL)
        out->client = clients_of(g->config->clients, out->dmarc.author_domain, &out->client_domain);
    if (rc == RC_OK)
        rc = source_by_network(a, g->background, out->dmarc.author_domain, &g->message->conn->ip, g->config->senders,
                               &out->source);
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

    *out = (struct verdict){.relay = {.by = ""}, .rule = "", .ref = ""};
    if (rc == RC_OK)
        rc = dmarc_evaluate(a, &e->dmarc, ids, n, g->config, &out->dmarc);
    if (rc != RC_OK)
        return rc;
    /* the result stands, whether or not memory suffices to explain it */
    if (verdict_identify(a, g, out) != RC_OK)
        out->source = (struct source){.name = "unknown", .detail = ""};
    if ((out->dmarc.result == DMARC_FAIL || out->dmarc.result == DMARC_PASS) &&
        relay_find(a, g, out, &out->relay) != RC_OK)
        out->relay = (struct relay){.by = ""};
    if (cause_find(a, g, out, &out->finding) != RC_OK)
        out->finding = (struct finding){.detail = "", .next = ""};
    return RC_OK;
}
