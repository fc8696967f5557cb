/* MTA-STS (RFC 8461) and TLS reports (RFC 8460). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "health/judge.h"
#include "health/sts_policy.h"

enum { DAY_S = 86400, POLICY_TEXT_MAX = 8000, URI_MAX = 20 };

static const char *const policy_path = "/.well-known/mta-sts.txt";

static const char *txt_name(struct health_judge *j)
{
    return health_text(j, "_mta-sts.%s", j->domain);
}

static void propose_id(struct health_judge *j)
{
    static const char *const mends[] = {"sts-record", "sts-id", "sts-mx", NULL};
    time_t now = (time_t)j->in->now;
    struct tm tm;
    char id[40];

    if (gmtime_r(&now, &tm) == NULL || strftime(id, sizeof id, "%Y%m%d%H%M%SZ", &tm) == 0)
        return;
    (void)health_propose(j, txt_name(j), "TXT", health_text(j, "v=STSv1; id=%s", id), "dns", mends);
}

/* ---- memory ---- */

/* The text of that kind seen last, of those that `is` takes; NULL. */
static const struct health_memory *remembered(const struct health_judge *j, bool policy)
{
    const struct health_memory *last = NULL;

    for (size_t i = 0; i < j->in->memories; i++) {
        const struct health_memory *m = &j->in->memory[i];
        bool is = str_starts_nocase(str_of(m->text), STR("v=STSv1"));

        if (strcmp(m->kind, "sts") != 0 || is == policy || m->text[0] == '\0' || strstr(m->name, j->domain) == NULL)
            continue;
        if (last == NULL || m->last < last->last)
            last = m;
    }
    return last;
}

/* No record any more, while senders still hold an enforcing policy. */
static void judge_left_over(struct health_judge *j)
{
    const struct health_memory *m = remembered(j, true);
    struct sts_policy *p = arena_alloc(j->arena, sizeof *p);
    time_t until;
    struct tm tm;
    char when[40];

    if (m == NULL || p == NULL)
        return;
    sts_policy_read(str_of(m->text), p);
    if (p->why[0] != '\0' || p->mode != STS_MODE_ENFORCE || m->last * DAY_S >= (int64_t)p->max_age)
        return;
    until = (time_t)(j->in->now - m->last * DAY_S + (int64_t)p->max_age);
    if (gmtime_r(&until, &tm) == NULL || strftime(when, sizeof when, "%Y-%m-%d", &tm) == 0)
        return;
    health_fact(health_find(j, "sts-left-over", HEALTH_WARNING, txt_name(j),
                            health_text(j, "an enforcing policy was served %lld days ago", (long long)m->last)),
                "when", health_text(j, "%s", when));
}

/* Whether they say the same line by line, whatever ends the lines. */
static bool same_policy(struct str a, struct str b)
{
    while (a.n > 0 || b.n > 0) {
        size_t x = str_find(a, '\n'), y = str_find(b, '\n');

        if (!str_eq(str_trim(str_slice(a, 0, x)), str_trim(str_slice(b, 0, y))))
            return false;
        a = str_trim(str_slice(a, x + 1, a.n));
        b = str_trim(str_slice(b, y + 1, b.n));
    }
    return true;
}

static bool is_policy_memory(const struct health_judge *j, const struct health_memory *m)
{
    return strcmp(m->kind, "sts") == 0 && m->text[0] != '\0' &&
           !str_starts_nocase(str_of(m->text), STR("v=STSv1")) && strstr(m->name, j->domain) != NULL;
}

/* Whether another policy was still seen when the id was there already. */
static bool id_outlived(const struct health_judge *j, struct str body, struct str id)
{
    int64_t since = 0;

    for (size_t i = 0; i < j->in->memories; i++) {
        const struct health_memory *m = &j->in->memory[i];

        if (strcmp(m->kind, "sts") == 0 && str_starts_nocase(str_of(m->text), STR("v=STSv1")) &&
            str_eq(sts_record_id(str_of(m->text)), id) && m->first > since)
            since = m->first;
    }
    for (size_t i = 0; i < j->in->memories; i++) {
        const struct health_memory *m = &j->in->memory[i];

        if (is_policy_memory(j, m) && m->last < since && !same_policy(str_of(m->text), body))
            return true;
    }
    return false;
}

/* Days that policies in testing were served one after the other. */
static int64_t testing_days(const struct health_judge *j, struct sts_policy *p)
{
    int64_t days = 0, before = -1;

    while (days != before) {
        before = days;
        for (size_t i = 0; i < j->in->memories; i++) {
            const struct health_memory *m = &j->in->memory[i];

            if (!is_policy_memory(j, m) || m->last > days + 2 || m->first <= days)
                continue;
            sts_policy_read(str_of(m->text), p);
            days = p->why[0] == '\0' && p->mode == STS_MODE_TESTING ? m->first : days;
        }
    }
    return days;
}

static void judge_memory(struct health_judge *j, const struct sts_policy *p, struct str body, struct str id)
{
    const struct health_memory *policy = remembered(j, true), *txt = remembered(j, false);
    struct sts_policy *old = arena_alloc(j->arena, sizeof *old);
    bool changed = policy != NULL && !same_policy(str_of(policy->text), body);
    int64_t days;

    if (policy == NULL || old == NULL)
        return;
    if ((changed && txt != NULL && str_eq(sts_record_id(str_of(txt->text)), id)) || id_outlived(j, body, id)) {
        (void)health_find(j, "sts-id", HEALTH_WARNING, txt_name(j), "the policy changed, the id did not");
        propose_id(j);
    }
    days = p->mode == STS_MODE_TESTING ? testing_days(j, old) : 0;
    if (days > health_limit(j->in->limits.testing_days, 30))
        (void)health_find(j, "sts-testing", HEALTH_ADVICE, j->domain,
                          health_text(j, "in testing for %lld days", (long long)days));
}

/* ---- the policy ---- */

static bool is_host(const struct dns_rr *mx)
{
    return mx->name[0] != '\0' && !str_ends_nocase(str_of(mx->name), STR(".msv1.invalid"));
}

static int name_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void propose_file(struct health_judge *j, const struct sts_policy *p, const char **missing, size_t n)
{
    static const char *const mends[] = {"sts-mx", NULL};
    struct strbuf b = strbuf_new(j->arena, POLICY_TEXT_MAX);

    qsort(missing, n, sizeof *missing, name_order);
    strbuf_putf(&b, "version: STSv1\nmode: %s\nmax_age: %u\n", enum_name(&sts_mode_names, (int)p->mode), p->max_age);
    for (size_t i = 0; i < p->mxs; i++)
        strbuf_putf(&b, "mx: %.*s\n", STR_FMT(p->mx[i]));
    for (size_t i = 0; i < n; i++)
        strbuf_putf(&b, "mx: %s\n", missing[i]);
    if (!b.over)
        (void)health_propose(j, health_text(j, "https://mta-sts.%s%s", j->domain, policy_path), "file", b.p, "web",
                             mends);
    propose_id(j);
}

static void health_sts_judge_hosts(struct health_judge *j, const struct sts_policy *p, const struct dns_answer *mx)
{
    const char *missing[HEALTH_MX_MAX];
    struct strbuf b = strbuf_new(j->arena, 1000);
    size_t n = 0, hosts = 0;
    struct health_finding *f;

    for (size_t i = 0; i < mx->count && i < HEALTH_MX_MAX; i++) {
        hosts += is_host(&mx->rr[i]);
        if (!is_host(&mx->rr[i]) || sts_policy_covers(p, mx->rr[i].name))
            continue;
        missing[n++] = health_shown(j, str_of(mx->rr[i].name), 253);
        strbuf_putf(&b, "%s%.60s", n == 1 ? "" : " ", missing[n - 1]);
    }
    if (n == 0)
        return;
    f = health_find(j, "sts-mx", p->mode == STS_MODE_ENFORCE ? HEALTH_ERROR : HEALTH_WARNING, j->domain,
                    health_text(j, "no pattern matches %s", b.p));
    health_fact(f, "hosts", b.p);
    j->dead_policy = p->mode == STS_MODE_ENFORCE && n == hosts;
    propose_file(j, p, missing, n);
}

static void judge_extra(struct health_judge *j, const struct sts_policy *p, const struct dns_answer *mx)
{
    struct strbuf b = strbuf_new(j->arena, 1000);

    for (size_t k = 0; k < p->mxs; k++) {
        bool used = false;

        for (size_t i = 0; i < mx->count; i++)
            used = used || sts_pattern_matches(p->mx[k], mx->rr[i].name);
        if (!used) {
            strbuf_puts(&b, b.n == 0 ? "" : " ");
            strbuf_put_escaped(&b, p->mx[k], 100);
        }
    }
    if (b.n > 0)
        health_fact(health_find(j, "sts-extra", HEALTH_ADVICE, j->domain, b.p), "patterns", b.p);
}

static void health_sts_judge_policy(struct health_judge *j, struct str body, struct str id)
{
    const struct dns_answer *mx = health_ask(j, j->domain, DNS_MX);
    struct sts_policy *p = arena_alloc(j->arena, sizeof *p);

    if (p == NULL)
        return;
    sts_policy_read(body, p);
    if (p->why[0] != '\0') {
        health_fact(health_find(j, "sts-policy", HEALTH_WARNING, j->domain, p->why), "why", p->why);
        return;
    }
    j->out->more.sts_mode = enum_name(&sts_mode_names, (int)p->mode);
    judge_memory(j, p, body, id);
    if (p->mode == STS_MODE_NONE)
        return;
    if (p->max_age < DAY_S)
        (void)health_find(j, "sts-age", HEALTH_ADVICE, j->domain, health_text(j, "max_age is %u s", p->max_age));
    if (mx->status == DNS_TEMPFAIL)
        return; /* mx-record tells it */
    health_sts_judge_hosts(j, p, mx);
    judge_extra(j, p, mx);
}

/* ---- fetching ---- */

static void tell_fetch(struct health_judge *j, const char *at, const char *why)
{
    health_fact(health_find(j, "sts-fetch", HEALTH_WARNING, at, why), "why", why);
}

static void fetch_policy(struct health_judge *j, struct str id)
{
    const char *host = health_text(j, "mta-sts.%s", j->domain);
    struct fetch_answer a;
    struct health_finding *f;

    if (j->in->fetcher == NULL) {
        f = health_find(j, "sts-fetch", HEALTH_NOT_JUDGED, host, "nothing is fetched here");
        f->why = "not-asked";
        return;
    }
    fetch_get(j->in->fetcher, j->arena, j->dns, health_text(j, "https://%s%s", host, policy_path), FETCH_BODY_MAX, &a);
    if (a.trouble == FETCH_TIMEOUT && !j->fetched) {
        f = health_find(j, "sts-fetch", HEALTH_NOT_JUDGED, host, "it did not answer in time, which may be ours");
        f->why = "ours";
        return;
    }
    j->fetched = j->fetched || a.trouble == FETCH_ANSWERED;
    if (a.trouble != FETCH_ANSWERED) {
        tell_fetch(j, host, health_text(j, "%s%s%s", enum_name(&fetch_trouble_names, (int)a.trouble),
                                        a.detail[0] == '\0' ? "" : ": ", a.detail));
    } else if (a.status != 200) {
        tell_fetch(j, host, health_text(j, "status %d; redirects are not followed", a.status));
    } else {
        if (!str_starts_nocase(str_of(a.type), STR("text/plain"))) {
            f = health_find(j, "sts-fetch", HEALTH_ADVICE, host, "its type is not text/plain");
            health_fact(f, "why", f->what);
        }
        j->sts_body = a.body;
        health_sts_judge_policy(j, a.body, id);
    }
}

void health_judge_sts(struct health_judge *j)
{
    const char *at = txt_name(j);
    const struct dns_answer *a = health_ask(j, at, DNS_TXT);
    struct str id = STR_NONE;
    size_t records = 0, alike = 0;

    if (a->status == DNS_TEMPFAIL) {
        health_unjudged(j, "sts-record", at, a->why);
        return;
    }
    for (size_t i = 0; i < a->count; i++) {
        alike += str_starts_nocase(a->rr[i].txt, STR("v=STS"));
        if (sts_record_is(a->rr[i].txt)) {
            records++;
            id = sts_record_id(a->rr[i].txt);
        }
    }
    j->has_sts = records > 0;
    if (alike + records == 0) {
        judge_left_over(j);
        if (j->receives && j->out->role != HEALTH_PARKED)
            (void)health_find(j, "sts-none", HEALTH_ADVICE, at, "no MTA-STS");
        return;
    }
    if (records != 1 || id.n == 0) {
        (void)health_find(j, "sts-record", HEALTH_WARNING, at,
                          records > 1 ? health_text(j, "%zu records", records)
                          : records == 0 ? "it does not begin with v=STSv1;" : "id is not 1 to 32 letters and digits");
        propose_id(j);
        return;
    }
    j->out->more.sts_id = health_shown(j, id, 32);
    fetch_policy(j, id);
}

/* ---- TLS reports ---- */

/* Adds the addresses of `rua` to the list, `mailto:` before bare ones; what cannot be one is left out. */
static void put_uris(struct strbuf *b, struct str rua)
{
    for (size_t i = 0; rua.n > 0 && i < URI_MAX; i++) {
        struct str uri = str_trim(str_slice(rua, 0, str_find(rua, ',')));
        bool bare = str_find(uri, '@') < uri.n && str_find(uri, ':') == uri.n && str_find(uri, ' ') == uri.n;

        rua = str_slice(rua, str_find(rua, ',') + 1, rua.n);
        if (!bare && !tlsrpt_uri_fits(uri))
            continue;
        strbuf_putf(b, "%s%s", b->n == 0 ? "" : ",", bare ? "mailto:" : "");
        strbuf_put(b, uri);
    }
}

static void propose_tlsrpt(struct health_judge *j, const char *at, const struct dns_answer *a)
{
    static const char *const mends[] = {"tlsrpt-none", "tlsrpt-record", "tlsrpt-uri", NULL};
    struct strbuf b = strbuf_new(j->arena, 2000);

    for (size_t i = 0; i < a->count; i++)
        if (str_starts_nocase(a->rr[i].txt, STR("v=TLSRPT")))
            put_uris(&b, tlsrpt_record_rua(a->rr[i].txt));
    if (j->in->tls_reports_to[0] != '\0' && strstr(b.p, j->in->tls_reports_to) == NULL)
        put_uris(&b, str_of(j->in->tls_reports_to));
    if (b.n > 0 && !b.over && str_is_ascii(strbuf_str(&b)))
        (void)health_propose(j, at, "TXT", health_text(j, "v=TLSRPTv1; rua=%.900s", b.p), "dns", mends);
}

static bool judge_uris(struct health_judge *j, const char *at, struct str rua)
{
    bool fine = true;

    for (size_t i = 0; rua.n > 0 && i < URI_MAX; i++) {
        struct str uri = str_trim(str_slice(rua, 0, str_find(rua, ',')));

        rua = str_slice(rua, str_find(rua, ',') + 1, rua.n);
        if (!tlsrpt_uri_fits(uri)) {
            const char *shown = health_shown(j, uri, 200);

            health_fact(health_find(j, "tlsrpt-uri", HEALTH_WARNING, at, shown), "uri", shown);
            fine = false;
        }
    }
    return fine;
}

void health_judge_tlsrpt(struct health_judge *j)
{
    const char *at = health_text(j, "_smtp._tls.%s", j->domain);
    const struct dns_answer *a = health_ask(j, at, DNS_TXT);
    struct str rua = STR_NONE;
    size_t records = 0, alike = 0;
    bool fine = true;

    if (a->status == DNS_TEMPFAIL) {
        health_unjudged(j, "tlsrpt-record", at, a->why);
        return;
    }
    for (size_t i = 0; i < a->count; i++) {
        alike += str_starts_nocase(a->rr[i].txt, STR("v=TLSRPT"));
        if (tlsrpt_record_is(a->rr[i].txt)) {
            records++;
            rua = tlsrpt_record_rua(a->rr[i].txt);
            j->out->more.tlsrpt = health_shown(j, a->rr[i].txt, 500);
        }
    }
    if (alike + records == 0) {
        fine = !j->has_sts && !j->has_tlsa;
        if (!fine)
            (void)health_find(j, "tlsrpt-none", HEALTH_ADVICE, at, "no TLS reports");
    } else if (records != 1 || rua.n == 0) {
        fine = false;
        (void)health_find(j, "tlsrpt-record", HEALTH_WARNING, at,
                          records > 1 ? health_text(j, "%zu records", records)
                          : records == 0 ? "it does not begin with v=TLSRPTv1;" : "no rua");
    } else {
        fine = judge_uris(j, at, rua);
    }
    if (!fine)
        propose_tlsrpt(j, at, a);
}
