/* What a name had in DNS and has no longer, and the key that a source's mail used to pass by. */
#include "verdict/cause_facts.h"

#include <string.h>
#include <time.h>

static bool cause_vanished_is_own(const struct cause_facts *f, const struct dkim_signature *s)
{
    return relay_is_own(&f->v->dmarc, s->domain);
}

/* The name of a key of the author's that is not there and once was; NULL for none. */
static const struct known_gone *gone_key(struct cause_facts *f)
{
    const struct dkim_evidence *e = &f->g->evidence->dkim;

    for (size_t i = 0; i < e->n; i++) {
        struct strbuf name = strbuf_new(f->arena, strlen(e->sig[i].selector) + strlen(e->sig[i].domain) + 16);
        const struct known_gone *gone;

        if (e->sig[i].problem != DKIM_PROBLEM_NO_KEY || !cause_vanished_is_own(f, &e->sig[i]))
            continue;
        strbuf_putf(&name, "%s._domainkey.%s", e->sig[i].selector, e->sig[i].domain);
        gone = background_gone(f->g->background, name.p, DNS_KIND_DKIM);
        if (gone != NULL)
            return gone;
    }
    return NULL;
}

static bool has_own_signature(const struct cause_facts *f)
{
    const struct dkim_evidence *e = &f->g->evidence->dkim;

    for (size_t i = 0; i < e->n; i++)
        if (cause_vanished_is_own(f, &e->sig[i]))
            return true;
    return false;
}

void cause_look_for_vanished(struct cause_facts *f)
{
    const struct spf_evidence *spf = &f->g->evidence->spf;

    if (f->v->dmarc.result != DMARC_FAIL)
        return;
    if (f->own_path && spf->result == SPF_NONE)
        f->gone_path = background_gone(f->g->background, f->path, DNS_KIND_SPF);
    f->gone_key = gone_key(f);
    if (f->v->source.sender != NULL && !has_own_signature(f))
        f->lost_key = background_key(f->g->background, f->v->dmarc.author_domain, f->v->source.name);
}

/* A day of UTC, as dns_text and the inventory are true to one. */
static void cause_vanished_put_day(struct strbuf *b, int64_t ms)
{
    time_t at = (time_t)(ms / 1000);
    struct tm t;

    if (gmtime_r(&at, &t) != NULL)
        strbuf_putf(b, "%04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

void cause_put_gone(struct strbuf *b, const struct known_gone *gone)
{
    strbuf_puts(b, "it was there until ");
    cause_vanished_put_day(b, gone->last_ms);
    strbuf_puts(b, " and has been missing since ");
    cause_vanished_put_day(b, gone->gone_ms);
}

void cause_put_lost_key(struct strbuf *b, const struct known_key *key)
{
    strbuf_puts(b, key->name);
    if (key->host[0] != '\0')
        strbuf_putf(b, ", an alias (CNAME) of %s,", key->host);
}

void cause_put_lost_day(struct strbuf *b, const struct known_key *key)
{
    cause_vanished_put_day(b, key->last_ms);
}
