#include "auth/evidence.h"

#include <string.h>

#include "mail/domain.h"

static const char *const spf_names[] = {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};
const struct enum_names spf_result_names = ENUM_NAMES(spf_names);

static const char *const dkim_names[] = {"none", "pass", "fail", "policy", "neutral", "temperror", "permerror"};
const struct enum_names dkim_result_names = ENUM_NAMES(dkim_names);

static const char *const spf_troubles[] = {"", "dns", "syntax", "multiple", "limit", "absent", "ours"};
const struct enum_names spf_trouble_names = ENUM_NAMES(spf_troubles);

static const char *const dkim_problems[] = {"", "body", "headers", "no-key", "revoked", "key", "weak", "dns", "expired",
                                            "from-unsigned", "syntax", "unchecked"};
const struct enum_names dkim_problem_names = ENUM_NAMES(dkim_problems);

static const char *const dns_kinds[] = {"spf", "dkim", "dmarc"};
const struct enum_names dns_kind_names = ENUM_NAMES(dns_kinds);

static const char *const arc_names[] = {"none", "pass", "fail"};
const struct enum_names arc_result_names = ENUM_NAMES(arc_names);

static const char *const iprev_names[] = {"none", "pass", "fail", "temperror", "permerror"};
const struct enum_names iprev_result_names = ENUM_NAMES(iprev_names);

/* Adds the identifier, or lets a pass replace the temperror of the same one. */
static void add(struct dmarc_identifier *ids, size_t *n, struct dmarc_identifier id)
{
    for (size_t i = 0; i < *n; i++) {
        if (ids[i].dkim == id.dkim && strcmp(ids[i].domain, id.domain) == 0) {
            ids[i].pass = ids[i].pass || id.pass;
            return;
        }
    }
    ids[(*n)++] = id;
}

/* RFC 7208 checks names that are no normal ones ("a+b.example"); nothing DMARC knows aligns with them. */
static enum rc add_spf(struct arena *a, const struct spf_evidence *spf, struct dmarc_identifier *ids, size_t *n)
{
    struct dmarc_identifier id = {.pass = spf->result == SPF_PASS};
    enum rc rc;

    if (!spf->checked || (spf->result != SPF_PASS && spf->result != SPF_TEMPERROR))
        return RC_OK;
    rc = domain_normalize(a, str_of(spf->domain), &id.domain);
    if (rc == RC_OK)
        add(ids, n, id);
    return rc == RC_BAD ? RC_OK : rc;
}

enum rc evidence_identifiers(struct arena *a, const struct evidence *e, struct dmarc_identifier **out, size_t *n)
{
    struct dmarc_identifier *ids = arena_array(a, e->dkim.n + 1, sizeof *ids);

    *n = 0;
    if (ids == NULL || add_spf(a, &e->spf, ids, n) != RC_OK)
        return RC_NOMEM;
    for (size_t i = 0; i < e->dkim.n; i++) {
        const struct dkim_signature *s = &e->dkim.sig[i];

        if ((s->result == DKIM_PASS || s->result == DKIM_TEMPERROR) && s->domain[0] != '\0')
            add(ids, n, (struct dmarc_identifier){.domain = s->domain, .dkim = true, .pass = s->result == DKIM_PASS});
    }
    *out = ids;
    return RC_OK;
}
