#include "health/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "health/spf_repair.h"
#include "health/words.h"
#include "mail/domain.h"
#include "spf/spf_record.h"

enum { REPLACED_MAX = 8000 };

/* ---- asking ---- */

const struct dns_answer *health_ask(struct health_judge *j, const char *name, enum dns_type type)
{
    static const struct dns_answer over = {.status = DNS_TEMPFAIL, .canonical = "", .why = "too many questions"};
    const struct dns_answer *a;

    if (dns_scope_questions(j->dns) >= HEALTH_QUESTIONS_MAX) {
        j->out->starved = true;
        return &over;
    }
    a = dns_ask(j->dns, name, type);
    return a->status == DNS_TEMPFAIL ? dns_ask(j->again, name, type) : a;
}

const char *health_blame(struct health_judge *j)
{
    const char *dot = strchr(j->domain, '.');

    if (!j->blamed) {
        j->blamed = true;
        j->blame_ours = dns_ask(j->control, dot == NULL ? "arpa" : dot + 1, DNS_SOA)->status == DNS_TEMPFAIL &&
                        dns_ask(j->control, "arpa", DNS_SOA)->status == DNS_TEMPFAIL;
    }
    return j->blame_ours ? "ours" : "theirs";
}

/* ---- telling ---- */

const char *health_text(struct health_judge *j, const char *fmt, ...)
{
    char mem[1000];
    const char *text;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(mem, sizeof mem, fmt, ap);
    va_end(ap);
    text = str_dup(j->arena, str_of(mem));
    return text == NULL ? "" : text;
}

const char *health_shown(struct health_judge *j, struct str text, size_t max)
{
    struct strbuf b = strbuf_new(j->arena, 4 * (text.n < max ? text.n : max) + 4);

    strbuf_put_escaped(&b, text, max);
    return b.p;
}

struct health_finding *health_find(struct health_judge *j, const char *id, enum health_severity severity,
                                   const char *at, const char *what)
{
    struct health *h = j->out;
    struct health_finding *f = h->findings < HEALTH_FINDINGS_MAX ? &h->finding[h->findings++] : &j->spare;

    if (f == &j->spare)
        h->starved = true;
    *f = (struct health_finding){.id = id, .severity = severity, .at = at, .what = what, .why = ""};
    health_fact(f, "at", at);
    return f;
}

void health_unjudged(struct health_judge *j, const char *id, const char *at, const char *why_failed)
{
    struct health_finding *f = health_find(j, id, HEALTH_NOT_JUDGED, at,
                                           health_text(j, "the question for %s failed: %s", at, why_failed));

    f->why = j->control == NULL ? "theirs" : health_blame(j);
}

void health_fact(struct health_finding *f, const char *key, const char *value)
{
    if (f->facts < HEALTH_FACTS_MAX)
        f->fact[f->facts++] = (struct health_fact){key, value};
}

const struct health_finding *health_has(const struct health *h, const char *id)
{
    for (size_t i = 0; i < h->findings; i++)
        if (strcmp(h->finding[i].id, id) == 0)
            return &h->finding[i];
    return NULL;
}

/* ---- the sources ---- */

bool health_source_gone(const struct health_source *s)
{
    return strcmp(s->status, "retired") == 0 || strcmp(s->status, "malicious") == 0;
}

bool health_source_approved(const struct health_source *s)
{
    return strcmp(s->status, "approved") == 0;
}

bool health_aligned(const struct health_judge *j, const char *domain)
{
    return domain[0] != '\0' && domain_is_within(domain, j->organization);
}

bool health_source_signed(const struct health_judge *j, const struct health_source *s)
{
    for (size_t i = 0; i < s->signatures; i++)
        if (s->signature[i].pass && health_aligned(j, s->signature[i].domain))
            return true;
    return false;
}

bool health_source_listed(const struct health_judge *j, const struct health_source *s)
{
    return strcmp(s->spf, "pass") == 0 && health_aligned(j, s->spf_domain);
}

unsigned health_limit(unsigned set, unsigned usual)
{
    return set == 0 ? usual : set;
}

const struct sender *health_service(const struct health_judge *j, const char *target)
{
    bool confirmed;

    return j->in->senders == NULL ? NULL : senders_by_domain(j->in->senders, SENDER_BY_SPF, target, &confirmed);
}

/* At least 100 messages and one in a hundred of the domain's, or approved and somebody's. */
static bool source_material(const struct health_judge *j, const struct health_source *s)
{
    int64_t all = 0;

    if (health_source_approved(s) && s->owner[0] != '\0')
        return true;
    for (size_t i = 0; i < j->in->sources; i++)
        all += j->in->source[i].messages;
    return s->messages >= health_limit(j->in->limits.material_messages, 100) && s->messages >= all / 100;
}

void health_hit(struct health_judge *j, struct health_finding *f, const struct health_source *s)
{
    if (health_source_gone(s) || strcmp(s->status, "unknown") == 0)
        return;
    f->material = f->material || source_material(j, s);
    if (f->hits < HEALTH_HITS_MAX)
        f->hit[f->hits++] = s;
}

/* ---- records to publish ---- */

/* The ids of `mends` that were told, in the order of that list. */
static const char *health_mended(struct health_judge *j, const char *const *mends)
{
    struct strbuf b = strbuf_new(j->arena, 1000);

    for (size_t i = 0; mends != NULL && mends[i] != NULL; i++) {
        const struct health_finding *f = health_has(j->out, mends[i]);

        if (f != NULL && f->severity != HEALTH_OK && f->severity != HEALTH_NOT_JUDGED)
            strbuf_putf(&b, "%s%s", b.n == 0 ? "" : " ", mends[i]);
    }
    return b.p;
}

/* Whether `txt` is what the record `value` takes the place of, at its name: of its kind, sound or not. */
static bool gives_way(struct str value, struct str txt)
{
    static const char *const kinds[] = {"v=STS", "v=TLSRPT", "v=BIMI"};

    if (str_starts_nocase(value, STR("v=spf1")))
        return spf_record_is(txt) || spf_repair_alike(txt);
    if (str_starts_nocase(value, STR("v=DMARC1")))
        return health_dmarc_alike(txt);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_starts_nocase(value, str_of(kinds[i])))
            return str_starts_nocase(txt, str_of(kinds[i]));
    return true; /* a key, alone at its name */
}

/* What stands there now and goes, a line each; `*ttl` becomes theirs. */
static const char *replaced(struct health_judge *j, const char *name, const char *type, const char *value,
                            unsigned *ttl)
{
    bool mx = strcmp(type, "MX") == 0;
    const struct dns_answer *a = health_ask(j, name, mx ? DNS_MX : DNS_TXT);
    struct strbuf b = strbuf_new(j->arena, REPLACED_MAX);

    for (size_t i = 0; i < a->count; i++) {
        if (!mx && !gives_way(str_of(value), a->rr[i].txt))
            continue;
        strbuf_puts(&b, b.n == 0 ? "" : "\n");
        if (mx)
            strbuf_putf(&b, "%u ", a->rr[i].preference);
        strbuf_put_escaped(&b, mx ? str_of(a->rr[i].name) : a->rr[i].txt, 2000);
        strbuf_puts(&b, mx ? "." : "");
        *ttl = a->ttl;
    }
    return b.p;
}

struct health_publish *health_propose(struct health_judge *j, const char *name, const char *type, const char *value,
                                      const char *whose, const char *const *mends)
{
    struct health *h = j->out;
    struct health_publish *p;
    const struct dns_answer *there = strcmp(type, "file") == 0 ? NULL : health_ask(j, name, DNS_TXT);

    if (there != NULL && there->cname && !health_alias_of_all(j, there))
        return NULL; /* nothing can stand beside an alias */
    for (size_t i = 0; i < h->publishes; i++)
        if (strcmp(h->publish[i].name, name) == 0 && strcmp(h->publish[i].type, type) == 0)
            return &h->publish[i];
    if (h->publishes == HEALTH_PUBLISH_MAX) {
        h->starved = true;
        return NULL;
    }
    p = &h->publish[h->publishes++];
    *p = (struct health_publish){.name = name, .type = type, .ttl = 3600, .value = value, .replaces = "",
                                 .whose = whose, .mends = health_mended(j, mends)};
    if (there != NULL)
        p->replaces = replaced(j, name, type, value, &p->ttl);
    return p;
}
