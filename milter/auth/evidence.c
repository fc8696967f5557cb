#include "auth/evidence.h"

#include <string.h>

#include "dmarc/dmarc_discover.h"
#include "mail/domain.h"

static const char *const dns_kinds[] = {"spf", "dkim", "dmarc"};
const struct enum_names dns_kind_names = ENUM_NAMES(dns_kinds);

/* Adds the identifier, or lets a pass replace the temperror of the same one. */
static void evidence_add(struct dmarc_identifier *ids, size_t *n, struct dmarc_identifier id)
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
        evidence_add(ids, n, id);
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
            evidence_add(ids, n, (struct dmarc_identifier){.domain = s->domain, .dkim = true,
                                                           .pass = s->result == DKIM_PASS});
    }
    *out = ids;
    return RC_OK;
}

static void evidence_note(struct evidence *e, enum dns_kind kind, const char *name, const char *text, uint32_t ttl)
{
    for (size_t i = 0; i < e->seen_count; i++)
        if (e->seen[i].kind == kind && strcmp(e->seen[i].name, name) == 0)
            return;
    if (e->seen_count < DNS_SEEN_MAX)
        e->seen[e->seen_count++] = (struct dns_seen){.kind = kind, .name = name, .text = text, .ttl = ttl};
}

static enum rc evidence_note_key(struct arena *a, const struct dkim_signature *s, struct evidence *e)
{
    struct strbuf name;

    if (!s->key_known || e->seen_count == DNS_SEEN_MAX)
        return RC_OK;
    name = strbuf_new(a, DOMAIN_MAX + 1);
    strbuf_putf(&name, "%s._domainkey.%s", s->selector, s->domain);
    if (name.max == 0)
        return RC_NOMEM;
    if (!name.over) /* a name DNS cannot carry was not asked for */
        evidence_note(e, DNS_KIND_DKIM, name.p, s->key_record, s->key_ttl);
    return RC_OK;
}

static enum rc note_policy(struct arena *a, const struct dmarc_author *author, struct evidence *e)
{
    enum dmarc_source source;
    const struct dmarc_step *step = dmarc_policy_step(&author->walk, &source);
    struct strbuf name;

    if (step == NULL)
        return RC_OK;
    name = strbuf_new(a, DOMAIN_MAX + 1);
    strbuf_putf(&name, "_dmarc.%s", step->domain);
    if (name.over)
        return name.max == 0 ? RC_NOMEM : RC_OK;
    evidence_note(e, DNS_KIND_DMARC, name.p, step->text, step->ttl);
    return RC_OK;
}

enum rc evidence_note_seen(struct arena *a, struct evidence *e)
{
    enum rc rc = RC_OK;

    e->seen_count = 0;
    e->seen = arena_array(a, DNS_SEEN_MAX, sizeof *e->seen);
    if (e->seen == NULL)
        return RC_NOMEM;
    if (e->spf.checked && e->spf.record_known)
        evidence_note(e, DNS_KIND_SPF, e->spf.domain, e->spf.record, e->spf.record_ttl);
    for (size_t i = 0; rc == RC_OK && i < e->dmarc.author_count; i++)
        rc = note_policy(a, &e->dmarc.author[i], e);
    for (size_t i = 0; rc == RC_OK && i < e->dkim.n; i++)
        rc = evidence_note_key(a, &e->dkim.sig[i], e);
    return rc;
}
