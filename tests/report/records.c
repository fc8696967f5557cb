#include "records.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENDERS_MAX = 400 };

/* splitmix64 */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t dice(struct maker *m, uint64_t sides)
{
    m->state = mix(m->state);
    return m->state % sides;
}

/* 0 … n-1, the low ones far more often: log-uniform. */
static uint64_t skewed(struct maker *m, uint64_t n)
{
    double u = (double)dice(m, 1u << 30) / (double)(1u << 30);
    uint64_t at = (uint64_t)(exp(u * log((double)n + 1)) - 1);

    return at < n ? at : n - 1;
}

static const char *text(struct maker *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static const char *text(struct maker *m, const char *fmt, ...)
{
    struct strbuf b = strbuf_new(m->arena, 600);
    char line[600];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    strbuf_puts(&b, line);
    return b.p;
}

static const char *const policies[] = {"none", "quarantine", "reject"};

/* The policy is the domain's, but for those that change it at noon. */
static void make_policy(struct maker *m, uint64_t domain, bool afternoon, struct record *r)
{
    uint64_t h = mix(domain * 3 + (domain % 100 == 7 && afternoon ? 1 : 0));

    r->policy_domain = r->org_domain = text(m, "d%llu.example", (unsigned long long)domain);
    r->policy_source = "author";
    r->policy_p = policies[h % 3];
    r->policy_sp = h / 3 % 4 == 0 ? policies[h / 12 % 3] : "";
    r->policy_np = h / 36 % 8 == 0 ? "reject" : "";
    r->policy_adkim = h / 300 % 5 == 0 ? "s" : "r";
    r->policy_aspf = h / 1500 % 5 == 0 ? "s" : "r";
    r->policy_fo = h / 7500 % 4 == 0 ? "1:d:s" : "0";
    r->policy_testing = h / 30000 % 6 == 0 ? "y" : "n";
    r->policy_rua = domain % 10 != 9;
    r->policy_record = text(m, "v=DMARC1; p=%s; %s%s%srua=mailto:dmarc@%s%s", r->policy_p,
                            r->policy_sp[0] != '\0' ? "sp=" : "", r->policy_sp, r->policy_sp[0] != '\0' ? "; " : "",
                            r->policy_domain, domain % 50 == 3 ? "; adkim=x" : "");
}

static void make_result(struct maker *m, uint64_t sender, struct record *r)
{
    uint64_t h = mix(mix(sender) + 17), luck = dice(m, 200);
    bool dkim = h % 10 < 7 && luck > 1, spf = h / 10 % 10 < 6;
    const char *signer = h / 100 % 3 == 0 ? text(m, "esp%llu.example.net", (unsigned long long)(h / 300 % 40)) : "";

    r->spf_domain = spf ? r->author_domain : text(m, "bounce%llu.example.org", (unsigned long long)(h / 7 % 50));
    r->mail_from_domain = h / 1000 % 20 == 0 ? "" : r->spf_domain;
    r->mail_from = r->mail_from_domain[0] == '\0' ? "" : text(m, "bounce-%llx@%s", (unsigned long long)m->state,
                                                              r->mail_from_domain);
    r->spf = luck == 5 ? "temperror" : spf || h / 9 % 2 ? "pass" : "softfail";
    r->spf_scope = r->mail_from_domain[0] == '\0' ? "helo" : "mfrom";
    r->spf_aligned = spf && luck != 5;
    r->dkim_aligned = dkim;
    r->dkim = dkim ? text(m, "%s%s%spass %s s%llu rsa-sha256", signer[0] != '\0' ? "pass " : "", signer,
                          signer[0] != '\0' ? " k1 rsa-sha256; " : "", r->author_domain, (unsigned long long)(h / 5 % 3))
                   : luck == 0 ? text(m, "fail %s s1 rsa-sha256", r->author_domain) : "";
    r->dkim_reasons = dkim ? "-" : luck == 0 ? "body hash did not verify" : "";
}

static void make_verdict(struct maker *m, struct record *r)
{
    bool pass = r->spf_aligned != 0 || r->dkim_aligned != 0;
    bool testing = strcmp(r->policy_testing, "y") == 0, none = strcmp(r->policy_p, "none") == 0;

    r->dmarc = pass ? "pass" : strcmp(r->spf, "temperror") == 0 ? "temperror" : "fail";
    r->policy_tag = "p";
    r->requested_policy = r->policy_p;
    r->policy = !testing ? r->policy_p : strcmp(r->policy_p, "reject") == 0 ? "quarantine" : "none";
    r->disposition = strcmp(r->dmarc, "fail") == 0 && dice(m, 3) == 0 ? r->policy : "none";
    if (strcmp(r->dmarc, "temperror") == 0)
        r->overrides = "other:dmarc=temperror";
    else if (!pass && testing && !none)
        r->overrides = "policy_test_mode";
    else if (!pass && strcmp(r->disposition, r->policy) != 0)
        r->overrides = dice(m, 5) == 0 ? "mailing_list:list & <lists>.example" : "local_policy:policies are not enforced here";
}

static void make_hostile(struct maker *m, struct record *r)
{
    static const char *const bad[] = {"]]><x>&amp;\"'", "\xff\xfe\xc0\x80", "a\x01\x02\x1b[31m", "\xef\xbf\xbf\xed\xa0\x80",
                                      "\xe2\x80\xae evil"};
    const char *b = bad[dice(m, sizeof bad / sizeof bad[0])];

    r->mail_from_domain = dice(m, 2) ? b : r->mail_from_domain;
    r->spf_domain = b;
    r->overrides = dice(m, 2) ? text(m, "other:%s", b) : r->overrides;
    if (dice(m, 50) == 0)
        r->overrides = text(m, "other:%0*d", 900, 7);
    if (dice(m, 3) == 0)
        r->dkim = text(m, "fail - s1 rsa-sha256; permerror - - -; fail other.example s2 -; pass %s s9 ed25519-sha256",
                       r->author_domain);
}

void make_record(struct maker *m, uint64_t i, struct record *r)
{
    uint64_t domain = skewed(m, m->domains), sender = domain * SENDERS_MAX + skewed(m, SENDERS_MAX);
    uint64_t h = mix(sender);
    int64_t ms = (int64_t)(i * 86400000 / m->records);

    record_blank(r);
    r->time_ms = m->begin_s * 1000 + ms;
    make_policy(m, domain, ms >= 43200000, r);
    r->queue_id = text(m, "4%011llX", (unsigned long long)i);
    r->message_id = text(m, "%016llx.%08llx@mail.%s", (unsigned long long)dice(m, UINT64_MAX), (unsigned long long)i,
                         r->policy_domain);
    r->client_ip = h % 4 == 0 ? text(m, "2001:db8:%llx::%llx", (unsigned long long)(h >> 40) % 65536,
                                     (unsigned long long)(h >> 20) % 65536)
                              : text(m, "%llu.%llu.%llu.%llu", (unsigned long long)(h >> 56) % 200 + 1,
                                     (unsigned long long)(h >> 48) % 256, (unsigned long long)(h >> 40) % 256,
                                     (unsigned long long)(h >> 32) % 256);
    r->client_name = text(m, "mail%llu.esp.example.net", (unsigned long long)(sender % 1000));
    r->helo = r->client_name;
    r->rcpt = text(m, "user%llu@receiver.example", (unsigned long long)dice(m, 5000));
    r->rcpt_domain = "receiver.example";
    r->rcpts = 1;
    r->size = 2000 + (int64_t)dice(m, 100000);
    r->author_domain = sender % 7 == 0 ? text(m, "news.%s", r->policy_domain) : r->policy_domain;
    r->header_from = text(m, "\"Somebody\" <somebody%llu@%s>", (unsigned long long)dice(m, 1000), r->author_domain);
    r->iprev = "pass";
    r->arc = "none";
    make_result(m, sender, r);
    make_verdict(m, r);
    r->why = strcmp(r->dmarc, "pass") == 0 ? "" : "neither SPF nor DKIM passes";
    r->tls = "TLSv1.3";
    r->dns_questions = 6;
    r->dns_ms = (int64_t)dice(m, 40);
    r->total_ms = r->dns_ms + 3;
    if (dice(m, 1000) == 0 && !m->tame)
        make_hostile(m, r);
}
