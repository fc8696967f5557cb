/* BIMI (draft-brand-indicators): the record, the policy it needs, the picture, the certificate. */
#include <string.h>

#include "health/bimi_logo.h"
#include "health/dmarc_tags.h"
#include "net/certificate.h"

static void health_bimi_tell(struct health_judge *j, const char *id, enum health_severity severity, const char *at,
                             const char *why)
{
    health_fact(health_find(j, id, severity, at, why), "why", why);
}

/* Draft section 4: quarantine or reject for all mail, names below too. */
static void health_bimi_judge_policy(struct health_judge *j, const char *at)
{
    const struct dmarc_record *r = j->dmarc;
    enum dmarc_policy p, sp;
    uint32_t percent;
    struct str pct;

    if (!j->dmarc_known)
        return; /* dmarc-record tells it */
    if (r == NULL) {
        (void)health_find(j, "bimi-dmarc", HEALTH_WARNING, at, "no DMARC policy is in force");
        return;
    }
    p = r->p.value;
    sp = r->sp.state == DMARC_TAG_VALID ? r->sp.value : p;
    if (p == DMARC_P_NONE || sp == DMARC_P_NONE)
        (void)health_find(j, "bimi-dmarc", HEALTH_WARNING, at, p == DMARC_P_NONE ? "p=none" : "sp=none");
    else if (r->testing)
        (void)health_find(j, "bimi-dmarc", HEALTH_WARNING, at, "t=y");
    else if (p == DMARC_P_QUARANTINE && dmarc_tag(j->dmarc_text, "pct", &pct) && str_to_u32(pct, &percent) &&
             percent < 100)
        (void)health_find(j, "bimi-dmarc", HEALTH_WARNING, at, "pct is under 100");
}

/* False when there is nothing to look at, which is told. */
static bool fetch(struct health_judge *j, const char *id, const char *at, struct str url, size_t max,
                  struct fetch_answer *a)
{
    struct health_finding *f;

    if (j->in->fetcher == NULL) {
        f = health_find(j, id, HEALTH_NOT_JUDGED, at, "nothing is fetched here");
        f->why = "not-asked";
        return false;
    }
    fetch_get(j->in->fetcher, j->arena, j->dns, health_text(j, "%.*s", STR_FMT(url)), max, a);
    if (a->trouble == FETCH_TIMEOUT && !j->fetched) {
        f = health_find(j, id, HEALTH_NOT_JUDGED, at, "its host did not answer in time, which may be ours");
        f->why = "ours";
        return false;
    }
    j->fetched = j->fetched || a->trouble == FETCH_ANSWERED;
    if (a->trouble != FETCH_ANSWERED)
        health_bimi_tell(j, id, HEALTH_WARNING, at, health_text(j, "the file cannot be had (%s)",
                                                                enum_name(&fetch_trouble_names, (int)a->trouble)));
    else if (a->status != 200)
        health_bimi_tell(j, id, HEALTH_WARNING, at, health_text(j, "the file cannot be had (status %d)", a->status));
    return a->trouble == FETCH_ANSWERED && a->status == 200;
}

static void judge_logo(struct health_judge *j, const char *at, struct str url)
{
    struct fetch_answer a;
    const char *why;

    if (url.n == 0 || !fetch(j, "bimi-logo", at, url, FETCH_BODY_MAX, &a))
        return;
    why = bimi_logo_trouble(a.body);
    if (why[0] != '\0')
        health_bimi_tell(j, "bimi-logo", HEALTH_WARNING, at, why);
    else if (a.body.n > BIMI_LOGO_SOON_MAX)
        health_bimi_tell(j, "bimi-logo", HEALTH_ADVICE, at, health_text(j, "it has %zu bytes, 32768 is what all take",
                                                                        a.body.n));
}

static void judge_certificate(struct health_judge *j, const char *at, struct str url)
{
    struct fetch_answer a;
    const char *why;

    if (url.n == 0) {
        (void)health_find(j, "bimi-certificate", HEALTH_ADVICE, at, "no a=");
        return;
    }
    if (!fetch(j, "bimi-certificate", at, url, FETCH_CERTIFICATE_MAX, &a))
        return;
    why = certificate_trouble(a.body, j->domain, j->organization, j->in->now);
    if (why[0] != '\0')
        health_bimi_tell(j, "bimi-certificate", HEALTH_WARNING, at, why);
}

void health_judge_bimi(struct health_judge *j)
{
    const char *at = health_text(j, "default._bimi.%s", j->domain);
    const struct dns_answer *a = health_ask(j, at, DNS_TXT);
    struct bimi_record r;
    struct str text = STR_NONE;
    size_t records = 0;

    if (a->status == DNS_TEMPFAIL) {
        health_unjudged(j, "bimi-record", at, a->why);
        return;
    }
    for (size_t i = 0; i < a->count; i++)
        if (bimi_record_alike(a->rr[i].txt)) {
            records++;
            text = a->rr[i].txt;
        }
    if (records == 0)
        return;
    j->out->more.bimi = health_shown(j, text, 500);
    bimi_record_read(text, &r);
    if (records > 1 || r.why[0] != '\0') {
        health_bimi_tell(j, "bimi-record", HEALTH_WARNING, at, records > 1 ? "several records" : r.why);
        return;
    }
    if (r.declined) {
        (void)health_find(j, "bimi-declined", HEALTH_OK, at, "l and a are empty");
        return;
    }
    health_bimi_judge_policy(j, at);
    judge_logo(j, at, r.logo);
    judge_certificate(j, at, r.evidence);
}
