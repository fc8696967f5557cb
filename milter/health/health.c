#include "health/health.h"

#include <string.h>

#include "dmarc/dmarc_walk.h"
#include "health/judge.h"
#include "health/spf_repair.h"
#include "health/words.h"
#include "spf/spf_record.h"

static const char *const severities[] = {"ok", "advice", "not-judged", "warning", "error"};
const struct enum_names health_severity_names = ENUM_NAMES(severities);
static const char *const summaries[] = {"healthy", "watch", "not-judged", "ticket", "escalate"};
const struct enum_names health_word_names = ENUM_NAMES(summaries);
static const char *const roles[] = {"unknown", "sends", "quiet", "parked"};
const struct enum_names health_role_names = ENUM_NAMES(roles);

static const enum dns_type basics[] = {DNS_SOA, DNS_TXT, DNS_MX, DNS_A, DNS_AAAA};
enum { BASICS = sizeof basics / sizeof basics[0], REDIRECTS = 3 };

/* What is asked of every domain. */
static void health_prefetch(struct health_judge *j)
{
    static const struct {
        const char *label;
        enum dns_type type;
    } more[] = {
        {"", DNS_SPF}, {"_mta-sts.", DNS_TXT}, {"_smtp._tls.", DNS_TXT}, {"default._bimi.", DNS_TXT},
        {"_domainkey.", DNS_TXT}, {HEALTH_RANDOM ".", DNS_A}, {HEALTH_RANDOM ".", DNS_MX},
        {HEALTH_RANDOM ".", DNS_TXT}, {HEALTH_RANDOM "._domainkey.", DNS_TXT}, {"dmarc.", DNS_TXT},
        {"_dmarc._dmarc.", DNS_TXT}, {"_dmarc.www.", DNS_TXT},
    };

    for (size_t i = 0; i < BASICS; i++)
        dns_prefetch(j->dns, j->domain, basics[i]);
    dns_prefetch(j->dns, health_text(j, "_dmarc.%s", j->domain), DNS_TXT);
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        dns_prefetch(j->dns, health_text(j, "%s%s", more[i].label, j->domain), more[i].type);
    dns_prefetch(j->dns, health_text(j, "_dmarc.%s.%s", j->domain, j->domain), DNS_TXT);
    dmarc_walk_prefetch(j->dns, j->domain);
}

/* Whether the domain is there and answers, so that its records can be judged; else that is told. */
static bool domain_answers(struct health_judge *j)
{
    size_t gone = 0, failed = 0;

    for (size_t i = 0; i < BASICS; i++) {
        const struct dns_answer *a = health_ask(j, j->domain, basics[i]);

        if (a->status == DNS_TEMPFAIL && strcmp(a->why, "bogus") == 0) {
            (void)health_find(j, "dnssec-bogus", HEALTH_ERROR, j->domain, "its DNSSEC signatures do not fit");
            return false;
        }
        gone += a->status == DNS_NXDOMAIN && !a->cname;
        failed += a->status == DNS_TEMPFAIL;
    }
    if (gone == BASICS) {
        (void)health_find(j, "dns-no-domain", HEALTH_ERROR, j->domain, "DNS says that there is no such name");
        return false;
    }
    if (failed < BASICS)
        return true;
    if (strcmp(health_blame(j), "ours") == 0)
        j->out->ours = true;
    else
        health_fact(health_find(j, "dns-servfail", HEALTH_ERROR, j->domain, "none of five questions was answered"),
                    "servers", "its name servers");
    return false;
}

static void find_wildcard(struct health_judge *j)
{
    const char *name = health_text(j, "%s.%s", HEALTH_RANDOM, j->domain);
    static const enum dns_type types[] = {DNS_A, DNS_MX, DNS_TXT};

    for (size_t i = 0; i < 3; i++) {
        const struct dns_answer *a = health_ask(j, name, types[i]);

        j->wildcard = j->wildcard || a->status == DNS_NOERROR || a->cname;
    }
    if (j->wildcard)
        (void)health_find(j, "dns-wildcard", HEALTH_ADVICE, j->domain, "a name that nobody made has records");
}

/* ---- the role ---- */

static bool spf_lets_in(struct health_judge *j, const struct dns_answer *txt, unsigned depth, bool *closed);

/* Whether anything passes by that record, as it was meant; what cannot be read, or leads far, might. */
static bool record_lets_in(struct health_judge *j, struct str text, unsigned depth, bool *closed)
{
    struct spf_record r;
    struct err e = ERR_NONE;
    bool all = false;

    if (spf_record_parse(j->arena, text, &r, &e) != RC_OK) {
        text = spf_repair(j->arena, text);
        if (text.n == 0 || spf_record_parse(j->arena, text, &r, &e) != RC_OK)
            return true;
    }
    *closed = r.n > 0;
    for (size_t i = 0; i < r.n && !all; i++) {
        if (r.directive[i].qualifier == '+')
            return true;
        *closed = *closed && r.directive[i].qualifier == '-';
        all = r.directive[i].kind == SPF_TERM_ALL;
    }
    if (all || r.redirect.text.n == 0)
        return false;
    if (depth == REDIRECTS || str_find(r.redirect.domain, '%') < r.redirect.domain.n)
        return true;
    return spf_lets_in(j, health_ask(j, health_text(j, "%.*s", STR_FMT(r.redirect.domain)), DNS_TXT), depth + 1,
                       closed);
}

/* Whether a record among those texts lets anything in; `*closed`: there is one, and it says nothing but no. */
static bool spf_lets_in(struct health_judge *j, const struct dns_answer *txt, unsigned depth, bool *closed)
{
    if (txt->status == DNS_TEMPFAIL)
        return true;
    for (size_t i = 0; i < txt->count; i++)
        if (spf_record_is(txt->rr[i].txt) && record_lets_in(j, txt->rr[i].txt, depth, closed))
            return true;
    return false;
}

/* Whether a host for mail is named; the null MX and proofs of ownership are none. */
static bool mx_named(const struct dns_answer *mx)
{
    for (size_t i = 0; i < mx->count; i++)
        if (mx->rr[i].name[0] != '\0' && !str_ends_nocase(str_of(mx->rr[i].name), STR(".msv1.invalid")))
            return true;
    return false;
}

/* Nobody decided on it, and it passes by nothing of the domain's: forged, as far as anybody knows. */
static bool source_forged(const struct health_judge *j, const struct health_source *s)
{
    bool unknown = strcmp(s->status, "unknown") == 0 || strcmp(s->status, "malicious") == 0;

    return unknown && s->spf[0] != '\0' && !health_source_listed(j, s) && !health_source_signed(j, s);
}

static enum health_role role_of(struct health_judge *j)
{
    const struct dns_answer *txt = health_ask(j, j->domain, DNS_TXT), *mx = health_ask(j, j->domain, DNS_MX);
    bool closed = false;

    if (j->in->parked)
        return HEALTH_PARKED;
    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        if (strcmp(s->domain, j->domain) == 0 && strcmp(s->status, "malicious") != 0 &&
            ((s->messages > 0 && !source_forged(j, s)) || health_source_approved(s) ||
             strcmp(s->status, "pending") == 0))
            return HEALTH_SENDS;
    }
    if (mx->status == DNS_TEMPFAIL || spf_lets_in(j, txt, 0, &closed))
        return HEALTH_SENDS;
    return mx_named(mx) && !closed ? HEALTH_SENDS : HEALTH_QUIET;
}

/* ---- the plain words ---- */

static const char *fact_of(const struct health_finding *f, struct str key)
{
    for (size_t i = 0; i < f->facts; i++)
        if (str_eq(str_of(f->fact[i].key), key))
            return f->fact[i].value;
    return "";
}

static const char *fill(struct health_judge *j, const struct health_finding *f, const char *words)
{
    struct strbuf b = strbuf_new(j->arena, 2000);
    struct str rest = str_of(words);

    while (rest.n > 0) {
        size_t open = str_find(rest, '{'), shut = str_find(rest, '}');

        strbuf_put(&b, str_slice(rest, 0, open));
        if (open < shut && shut < rest.n)
            strbuf_puts(&b, fact_of(f, str_slice(rest, open + 1, shut)));
        rest = str_slice(rest, open < rest.n ? shut + 1 : rest.n, rest.n);
    }
    return b.p;
}

static void health_put_words(struct health_judge *j)
{
    for (size_t i = 0; i < j->out->findings; i++) {
        struct health_finding *f = &j->out->finding[i];
        const struct health_words *w = health_words_of(f->id);

        MUST(w != NULL);
        if (f->breaks != NULL)
            continue;
        health_fact(f, "domain", j->domain);
        f->whose = w->whose;
        f->rule = w->rule;
        f->breaks = fill(j, f, w->breaks);
        f->next = fill(j, f, w->next);
    }
}

/* ---- the one word ---- */

static enum health_word word_of(const struct health_judge *j, const struct health_finding *f)
{
    static const char *const whole[] = {"dns-no-domain", "dns-servfail", "dnssec-bogus"};
    static const char *const needed[] = {"spf-record", "dmarc-record", "mx-record"};

    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (strcmp(f->id, whole[i]) == 0)
            return HEALTH_ESCALATE;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (f->severity == HEALTH_NOT_JUDGED && strcmp(f->id, needed[i]) == 0)
            return HEALTH_UNKNOWN;
    if (f->severity == HEALTH_ERROR && j->mx_dead && j->out->role == HEALTH_SENDS && strncmp(f->id, "mx-", 3) == 0)
        return HEALTH_ESCALATE;
    if (f->severity == HEALTH_ERROR && j->dead_policy && strcmp(f->id, "sts-mx") == 0)
        return HEALTH_ESCALATE;
    if (f->severity == HEALTH_ERROR)
        return f->material ? HEALTH_ESCALATE : HEALTH_TICKET;
    if (f->severity == HEALTH_WARNING)
        return f->material ? HEALTH_TICKET : HEALTH_WATCH;
    return HEALTH_HEALTHY;
}

static void summarize(struct health_judge *j)
{
    struct health *h = j->out;
    struct strbuf b = strbuf_new(j->arena, 4000);

    for (size_t i = 0; i < h->findings; i++) {
        enum health_word word = word_of(j, &h->finding[i]);

        if (word > h->word)
            h->word = word;
    }
    for (size_t i = 0; i < h->findings && h->word != HEALTH_HEALTHY; i++) {
        const struct health_finding *f = &h->finding[i];

        if (word_of(j, f) == h->word && health_has(h, f->id) == f)
            strbuf_putf(&b, "%s%s", b.n == 0 ? "" : " ", f->id);
    }
    if (h->starved && h->word < HEALTH_UNKNOWN) /* what was not looked at might be worse */
        h->word = HEALTH_UNKNOWN;
    h->because = b.p;
}

void health_finish(struct health_judge *j)
{
    health_put_words(j);
    summarize(j);
}

/* ---- since the run before ---- */

static bool is_mark(const struct health_mark *m, const struct health_finding *f)
{
    return strcmp(m->id, f->id) == 0 && strcmp(m->at, f->at) == 0;
}

static void health_compare(struct health_judge *j)
{
    struct health *h = j->out;

    h->compared = j->in->last != NULL;
    for (size_t i = 0; i < h->findings && h->compared; i++) {
        const struct health_finding *f = &h->finding[i];
        struct health_mark mark = {f->id, f->at};
        bool before = false;

        if (f->severity != HEALTH_ERROR && f->severity != HEALTH_WARNING)
            continue;
        for (size_t k = 0; k < j->in->lasts; k++)
            before = before || is_mark(&j->in->last[k], f);
        if (before)
            h->still[h->stills++] = mark;
        else
            h->fresh[h->freshs++] = mark;
    }
    for (size_t k = 0; k < j->in->lasts && h->compared && h->gones < HEALTH_FINDINGS_MAX; k++) {
        bool now = false;

        for (size_t i = 0; i < h->findings; i++)
            now = now || (is_mark(&j->in->last[k], &h->finding[i]) && h->finding[i].severity != HEALTH_OK &&
                          h->finding[i].severity != HEALTH_ADVICE);
        if (!now)
            h->gone[h->gones++] = j->in->last[k];
    }
}

enum rc health_check(struct arena *a, const struct health_input *in, struct dns_scope *dns, struct dns_scope *again,
                     struct dns_scope *control, struct health *out)
{
    static void (*const judges[])(struct health_judge *) = {
        health_judge_dmarc, health_judge_spf, health_judge_dkim, health_judge_mx, health_judge_addresses,
        health_judge_sts, health_judge_dane, health_judge_tlsrpt, health_judge_bimi, health_judge_lists,
        health_judge_alikes,
    };
    struct health_judge j = {.arena = a, .in = in, .dns = dns, .again = again, .control = control, .out = out,
                             .domain = in->domain, .organization = in->domain};

    *out = (struct health){.domain = in->domain, .dmarc = "", .dmarc_at = "", .because = ""};
    out->spf.text = out->spf.choices = "";
    out->flat.refused = out->more.sts_id = out->more.sts_mode = out->more.tlsrpt = out->more.bimi = "";
    out->more.dnssec = "not asked";
    health_prefetch(&j);
    if (domain_answers(&j)) {
        find_wildcard(&j);
        out->role = role_of(&j);
        for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
            judges[i](&j);
        health_collect_texts(&j);
    }
    health_finish(&j);
    health_compare(&j);
    health_compare_texts(&j);
    out->questions = dns_scope_questions(dns);
    return arena_ran_out(a) ? RC_NOMEM : RC_OK;
}
