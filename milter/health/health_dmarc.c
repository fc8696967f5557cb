/* DMARC (RFC 9989, RFC 9990 section 4): the record in force and where its reports go. */
#include <string.h>

#include "dmarc/dmarc_external.h"
#include "dmarc/dmarc_record.h"
#include "dmarc/dmarc_walk.h"
#include "health/dmarc_tags.h"
#include "health/judge.h"
#include "mail/domain.h"

/* ---- where there is no usable record at the name ---- */

bool health_dmarc_alike(struct str txt)
{
    while (txt.n > 0 && (char_is_fws(txt.p[0]) || txt.p[0] == '"' || txt.p[0] == '\''))
        txt = str_slice(txt, 1, txt.n);
    return str_starts_nocase(txt, STR("v=dmarc")) || str_starts_nocase(txt, STR("dmarc1")) ||
           str_starts_nocase(txt, STR("v = dmarc")) || str_starts_nocase(txt, STR("p="));
}

bool health_alias_of_all(struct health_judge *j, const struct dns_answer *a)
{
    const struct dns_answer *any;

    if (!j->wildcard || !a->cname)
        return false;
    any = health_ask(j, health_text(j, "%s.%s", HEALTH_RANDOM, j->domain), DNS_TXT);
    return any->cname && strcmp(any->canonical, a->canonical) == 0;
}

static bool judge_text(struct health_judge *j, const char *at, const struct dns_answer *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (health_dmarc_alike(a->rr[i].txt)) {
            (void)health_find(j, "dmarc-not-a-record", HEALTH_ERROR, at, health_shown(j, a->rr[i].txt, 300));
            return true;
        }
    if (a->count > 0 || !a->cname || health_alias_of_all(j, a))
        return false;
    health_fact(health_find(j, "dmarc-alias", HEALTH_ERROR, at, "an alias to a name without a record"), "target",
                health_shown(j, str_of(a->canonical), 253));
    return true;
}

/* A record where nobody looks; a wildcard would say so of every name. */
static bool judge_places(struct health_judge *j, bool good)
{
    const char *place[] = {j->domain, health_text(j, "dmarc.%s", j->domain),
                           health_text(j, "_dmarc._dmarc.%s", j->domain), health_text(j, "_dmarc.www.%s", j->domain),
                           health_text(j, "_dmarc.%s.%s", j->domain, j->domain)};
    bool found = false;

    for (size_t i = 0; i < sizeof place / sizeof place[0] && (i == 0 || !j->wildcard); i++) {
        const struct dns_answer *a = health_ask(j, place[i], DNS_TXT);

        for (size_t k = 0; k < a->count; k++)
            if (str_starts_nocase(a->rr[k].txt, STR("v=DMARC1")) && !(i == 3 && good)) {
                (void)health_find(j, "dmarc-place", good ? HEALTH_ADVICE : HEALTH_ERROR, place[i],
                                  health_shown(j, a->rr[k].txt, 300));
                found = true;
            }
    }
    return found;
}

enum dmarc_policy health_dmarc_force(const struct health_judge *j)
{
    const struct dmarc_record *r = j->dmarc;
    enum dmarc_policy p = r == NULL ? DMARC_P_NONE : r->p.value;

    if (r != NULL && strcmp(j->out->dmarc_at, j->domain) != 0 && r->sp.state == DMARC_TAG_VALID)
        p = r->sp.value;
    return r != NULL && r->testing && p > DMARC_P_NONE ? (enum dmarc_policy)(p - 1) : p;
}

/* ---- reports ---- */

static bool health_dmarc_is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static const char *host_of(struct health_judge *j, const char *uri)
{
    struct str s = str_of(uri);
    size_t at = str_find(s, '@');
    const char *host = NULL;

    s = str_slice(s, at + 1, s.n);
    s = str_slice(s, 0, str_find(s, '?'));
    return domain_normalize(j->arena, s, &host) == RC_OK ? host : NULL;
}

static void health_dmarc_judge_host(struct health_judge *j, const char *host)
{
    const struct dns_answer *mx = health_ask(j, host, DNS_MX), *a, *aaaa;

    for (size_t i = 0; i < j->out->findings; i++)
        if (strcmp(j->out->finding[i].id, "dmarc-rua-host") == 0 && strcmp(j->out->finding[i].at, host) == 0)
            return;

    if (mx->status == DNS_TEMPFAIL) {
        health_unjudged(j, "dmarc-rua-host", host, mx->why);
        return;
    }
    if (mx->count > 0 && mx->rr[mx->count - 1].name[0] != '\0')
        return;
    a = health_ask(j, host, DNS_A);
    aaaa = health_ask(j, host, DNS_AAAA);
    if (mx->count == 0 && a->count + aaaa->count > 0)
        return;
    if (mx->count == 0 && (a->status == DNS_TEMPFAIL || aaaa->status == DNS_TEMPFAIL))
        health_unjudged(j, "dmarc-rua-host", host, a->status == DNS_TEMPFAIL ? a->why : aaaa->why);
    else
        health_fact(health_find(j, "dmarc-rua-host", HEALTH_WARNING, host,
                                mx->count > 0 ? "a null MX" : "neither MX nor address"), "host", host);
}

static void judge_leave(struct health_judge *j, const char *uri, const char *host, bool ruf)
{
    struct dmarc_external leave;

    if (dmarc_external_check(j->arena, j->domain, uri, ruf, j->dns, &leave) != RC_OK)
        return; /* without memory: the whole check says so */
    if (leave.decision == DMARC_DESTINATION_TEMPERROR &&
        dmarc_external_check(j->arena, j->domain, uri, ruf, j->again, &leave) != RC_OK)
        return;
    if (leave.decision == DMARC_DESTINATION_TEMPERROR)
        health_unjudged(j, "dmarc-leave", leave.name[0] == '\0' ? host : health_shown(j, str_of(leave.name), 300),
                        leave.why);
    else if (leave.decision == DMARC_DESTINATION_REFUSED)
        health_fact(health_find(j, "dmarc-leave", HEALTH_WARNING, health_shown(j, str_of(leave.name), 300),
                                "no TXT record v=DMARC1 there"), "host", host);
}

/* The hosts that reports are sent to, each once. */
static void judge_destinations(struct health_judge *j, const struct dmarc_record *r, const char *at)
{
    const char *seen[DMARC_URIS_MAX * 2];
    size_t n = 0;

    for (size_t i = 0; i < r->rua_count + r->ruf_count; i++) {
        bool ruf = i >= r->rua_count;
        const char *uri = ruf ? r->ruf[i - r->rua_count] : r->rua[i], *host = host_of(j, uri);

        if (!str_starts_nocase(str_of(uri), STR("mailto:"))) {
            if (!ruf)
                health_fact(health_find(j, "dmarc-rua-uri", HEALTH_ADVICE, at, "no mailto:"), "uri",
                            health_shown(j, str_of(uri), 300));
        } else if (host != NULL && n < sizeof seen / sizeof seen[0] && !health_dmarc_is_among(host, seen, n)) {
            seen[n++] = host;
            judge_leave(j, uri, host, ruf);
            health_dmarc_judge_host(j, host);
        }
    }
}

static void judge_reports(struct health_judge *j, const struct dmarc_record *r, struct str text, const char *at)
{
    struct str rua = STR_NONE;
    bool ours = false, any = dmarc_tag(text, "rua", &rua);
    const char *shown = health_shown(j, rua, 300);

    if ((r->errors & 1u << DMARC_ERROR_RUA) != 0)
        health_fact(health_find(j, "dmarc-rua-uri", HEALTH_WARNING, at, shown), "uri", shown);
    else if (any && str_find(rua, '!') < rua.n)
        health_fact(health_find(j, "dmarc-rua-uri", HEALTH_ADVICE, at, "a size behind \"!\", which is obsolete"), "uri",
                    shown);
    if (!any)
        (void)health_find(j, "dmarc-no-reports", HEALTH_WARNING, at, "no rua");
    for (size_t i = 0; i < r->rua_count; i++)
        ours = ours || str_eq_nocase(str_of(r->rua[i]), str_of(j->in->reports_to));
    if (any && !ours && j->in->reports_to[0] != '\0')
        (void)health_find(j, "dmarc-not-ours", HEALTH_WARNING, at, "our address is not in rua");
    if (r->rua_count > 2)
        (void)health_find(j, "dmarc-rua-many", HEALTH_ADVICE, at, health_text(j, "%zu addresses", r->rua_count));
    judge_destinations(j, r, at);
}

/* ---- the policy ---- */

static void judge_policies(struct health_judge *j, const struct dmarc_record *r, const char *at)
{
    enum dmarc_policy p = r->p.value, sp = r->sp.state == DMARC_TAG_VALID ? r->sp.value : p;
    enum dmarc_policy np = r->np.state == DMARC_TAG_VALID ? r->np.value : sp;

    if (j->out->role == HEALTH_PARKED) {
        if (p != DMARC_P_REJECT || sp != DMARC_P_REJECT || np != DMARC_P_REJECT || r->testing)
            (void)health_find(j, "dmarc-parked", HEALTH_WARNING, at, "not p=reject for all names");
        return;
    }
    if (p == DMARC_P_NONE)
        (void)health_find(j, "dmarc-monitor", HEALTH_ADVICE, at, "p=none");
    if (r->testing)
        (void)health_find(j, "dmarc-testing", HEALTH_ADVICE, at, "t=y");
    if (strcmp(j->organization, j->domain) != 0)
        return; /* names below look at the organization's record */
    if (sp < p)
        (void)health_find(j, "dmarc-sub-weak", HEALTH_WARNING, at, "sp is weaker than p");
    if (np < sp)
        (void)health_find(j, "dmarc-np", HEALTH_WARNING, at, "np is weaker than sp, or p");
    if (np > sp && j->wildcard)
        (void)health_find(j, "dmarc-np-wildcard", HEALTH_ADVICE, at, "np is stronger, and every name exists");
}

/* How many ways of a source are aligned: relaxed, and in the modes of the record. */
static void count_ways(const struct health_judge *j, const struct dmarc_record *r, const struct health_source *s,
                       unsigned *relaxed, unsigned *strict)
{
    bool signs = false, own = false;

    *relaxed = health_source_listed(j, s);
    *strict = *relaxed && (!r->aspf_strict || strcmp(s->spf_domain, j->domain) == 0);
    for (size_t k = 0; k < s->signatures; k++)
        if (s->signature[k].pass && health_aligned(j, s->signature[k].domain)) {
            signs = true;
            own = own || !r->adkim_strict || strcmp(s->signature[k].domain, j->domain) == 0;
        }
    *relaxed += signs;
    *strict += own;
}

/* An approved source that is aligned in relaxed mode only. */
static void judge_strict(struct health_judge *j, const struct dmarc_record *r, const char *at)
{
    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];
        unsigned relaxed, strict;
        struct health_finding *f;

        count_ways(j, r, s, &relaxed, &strict);
        if (!health_source_approved(s) || strcmp(s->domain, j->domain) != 0 || strict == relaxed)
            continue;
        f = health_find(j, "dmarc-strict", strict == 0 ? HEALTH_ERROR : HEALTH_ADVICE, at,
                        health_shown(j, str_of(s->name), 60));
        health_fact(f, "source", f->what);
        if (strict == 0)
            health_hit(j, f, s);
    }
}

/* The record of a known name below that asks for less than `sp`. */
static void judge_name_below(struct health_judge *j, const char *name, enum dmarc_policy sp)
{
    const char *at = health_text(j, "_dmarc.%s", name);
    const struct dns_answer *a = health_ask(j, at, DNS_TXT);
    struct dmarc_record below;

    if (a->status == DNS_TEMPFAIL)
        health_unjudged(j, "dmarc-sub-record", at, a->why);
    for (size_t k = 0; k < a->count; k++)
        if (dmarc_record_parse(j->arena, a->rr[k].txt, &below) == RC_OK &&
            (dmarc_record_unusable(&below) ? DMARC_P_NONE : below.p.value) < sp) {
            (void)health_find(j, "dmarc-sub-record", HEALTH_WARNING, at, health_shown(j, a->rr[k].txt, 300));
            return;
        }
}

/* Those that somebody named and those that send, each once. */
static void judge_below(struct health_judge *j, const struct dmarc_record *r)
{
    const char *seen[HEALTH_BELOW_MAX];
    size_t n = 0;

    for (size_t i = 0; i < j->in->belows + j->in->sources; i++) {
        const char *name = i < j->in->belows ? j->in->below[i] : j->in->source[i - j->in->belows].domain;

        if (!domain_is_within(name, j->domain) || strcmp(name, j->domain) == 0 || health_dmarc_is_among(name, seen, n))
            continue;
        if (n == HEALTH_BELOW_MAX) {
            j->out->starved = true;
            return;
        }
        seen[n++] = name;
        dns_prefetch(j->dns, health_text(j, "_dmarc.%s", name), DNS_TXT);
    }
    for (size_t i = 0; i < n; i++)
        judge_name_below(j, seen[i], r->sp.state == DMARC_TAG_VALID ? r->sp.value : r->p.value);
}

static void judge_mistakes(struct health_judge *j, const struct dmarc_record *r, const char *at)
{
    static const enum dmarc_record_error plain[] = {DMARC_ERROR_MALFORMED, DMARC_ERROR_DUPLICATE, DMARC_ERROR_ADKIM,
                                                    DMARC_ERROR_ASPF, DMARC_ERROR_FO, DMARC_ERROR_PSD, DMARC_ERROR_T};
    struct strbuf b = strbuf_new(j->arena, 200);

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if ((r->errors & 1u << plain[i]) != 0)
            strbuf_putf(&b, "%s%s", b.n == 0 ? "" : " ", enum_name(&dmarc_record_error_names, (int)plain[i]));
    if (b.n > 0)
        health_fact(health_find(j, "dmarc-syntax", HEALTH_WARNING, at, b.p), "parts", b.p);
}

/* Whether a name above has a record: a walk ends at psd=n, so it is one of its own. */
static bool record_above(struct health_judge *j)
{
    const char *parent = strchr(j->domain, '.');
    struct dmarc_walk *w = arena_alloc(j->arena, sizeof *w);

    if (parent == NULL || w == NULL)
        return false;
    dmarc_walk_begin(w, parent + 1);
    if (dmarc_walk_finish(j->arena, j->dns, w) != RC_OK)
        return false;
    for (size_t i = 0; i < w->n; i++)
        if (w->step[i].record != NULL && w->step[i].record->psd != DMARC_PSD_Y)
            return true;
    return false;
}

static void judge_own(struct health_judge *j, const struct dmarc_step *own, bool above)
{
    const char *at = health_text(j, "_dmarc.%s", j->domain);
    const struct dmarc_record *r = own->record;
    struct str text = str_of(own->text);

    j->out->dmarc = health_shown(j, text, 2000);
    j->dmarc_text = text;
    j->out->dmarc_at = j->domain;
    judge_mistakes(j, r, at);
    health_judge_dmarc_tags(j, r, text, at);
    if (dmarc_record_unusable(r)) {
        (void)health_find(j, "dmarc-unusable", HEALTH_ERROR, at, "p is missing or wrong, or sp or np is wrong");
    } else {
        j->dmarc = r;
        judge_policies(j, r, at);
        judge_strict(j, r, at);
        judge_below(j, r);
    }
    if (r->psd == DMARC_PSD_Y || (r->psd == DMARC_PSD_N && (above || record_above(j))))
        (void)health_find(j, "dmarc-psd", r->psd == DMARC_PSD_Y ? HEALTH_ERROR : HEALTH_WARNING, at,
                          r->psd == DMARC_PSD_Y ? "psd=y" : "psd=n below another record");
    judge_reports(j, r, text, at);
}

/* ---- the walk ---- */

/* RFC 9989 section 4.10: the organizational domain, and the step whose record holds where the name has none. */
static const struct dmarc_step *read_walk(struct health_judge *j, const struct dmarc_walk *w, bool *above)
{
    const struct dmarc_step *holds = NULL;

    for (size_t i = 0; i < w->n; i++) {
        const struct dmarc_record *r = w->step[i].record;

        if (r == NULL)
            continue;
        *above = *above || i > 0;
        if (r->psd == DMARC_PSD_Y && i > 0) {
            j->organization = w->step[i - 1].domain;
            return w->step[i - 1].record != NULL ? &w->step[i - 1] : &w->step[i];
        }
        j->organization = w->step[i].domain;
        holds = &w->step[i];
    }
    return holds;
}

static void judge_inherited(struct health_judge *j, const struct dmarc_step *holds)
{
    j->out->dmarc = health_shown(j, str_of(holds->text), 2000);
    j->dmarc_text = str_of(holds->text);
    j->out->dmarc_at = holds->domain;
    if (!dmarc_record_unusable(holds->record))
        j->dmarc = holds->record;
    health_fact(health_find(j, "dmarc-inherited", HEALTH_OK, health_text(j, "_dmarc.%s", holds->domain),
                            "the record from above holds"), "policy_domain", holds->domain);
}

static bool walk(struct health_judge *j, struct dmarc_walk *w)
{
    struct dns_scope *scope[] = {j->dns, j->again};

    for (size_t i = 0; i < 2; i++) {
        dmarc_walk_begin(w, j->domain);
        if (dmarc_walk_finish(j->arena, scope[i], w) != RC_OK)
            return false; /* without memory: the whole check says so */
        if (w->complete)
            break;
    }
    return true;
}

static void judge_at(struct health_judge *j)
{
    const char *at = health_text(j, "_dmarc.%s", j->domain);
    struct dmarc_walk *w = arena_alloc(j->arena, sizeof *w);
    const struct dmarc_step *holds;
    bool above = false, told;

    if (w == NULL || !walk(j, w))
        return;
    if (j->in->organization[0] != '\0' && domain_is_within(j->domain, j->in->organization))
        j->organization = j->in->organization;
    holds = read_walk(j, w, &above);
    j->dmarc_known = w->complete || (w->n > 0 && w->step[0].record != NULL);
    if (!j->dmarc_known) {
        health_unjudged(j, "dmarc-record", at, w->n > 0 ? w->step[w->n - 1].why : "no answer");
        return;
    }
    if (w->step[0].record != NULL) {
        judge_own(j, &w->step[0], above);
        (void)judge_places(j, true);
        return;
    }
    told = w->step[0].several || w->step[0].oversized;
    if (told)
        (void)health_find(j, "dmarc-several", HEALTH_ERROR, at, "more than one record");
    else
        told = judge_text(j, at, health_ask(j, at, DNS_TXT));
    told = judge_places(j, holds != NULL) || told;
    if (holds != NULL)
        judge_inherited(j, holds);
    else if (!told)
        (void)health_find(j, "dmarc-none", HEALTH_ERROR, at, "no record here and none above");
}

/* Hosts that the record proposed sends reports to, as well. */
static void judge_proposed(struct health_judge *j)
{
    for (size_t i = 0; i < j->out->publishes; i++) {
        struct dmarc_record r;

        if (!str_starts_nocase(str_of(j->out->publish[i].value), STR("v=DMARC1;")) ||
            dmarc_record_parse(j->arena, str_of(j->out->publish[i].value), &r) != RC_OK)
            continue;
        if (j->dmarc == NULL && str_starts_nocase(str_of(j->out->publish[i].name), STR("_dmarc.")))
            judge_below(j, &r);
        for (size_t k = 0; k < r.rua_count; k++) {
            const char *host = host_of(j, r.rua[k]);

            if (host != NULL && str_starts_nocase(str_of(r.rua[k]), STR("mailto:")))
                health_dmarc_judge_host(j, host);
        }
    }
}

void health_judge_dmarc(struct health_judge *j)
{
    judge_at(j);
    health_propose_dmarc(j);
    judge_proposed(j);
}
