/* TLSA records of the mail hosts (RFC 7672). */
#include <string.h>

#include "health/judge.h"

const char *health_tlsa_trouble(struct str rdata)
{
    unsigned usage, selector, matching;

    if (rdata.n < 4)
        return "cut off";
    usage = (unsigned char)rdata.p[0];
    selector = (unsigned char)rdata.p[1];
    matching = (unsigned char)rdata.p[2];
    if (usage != 2 && usage != 3)
        return "usage 0 and 1 are not for mail, and 4 and above mean nothing";
    if (selector > 1)
        return "selector is not 0 or 1";
    if (matching > 2)
        return "matching type is not 0, 1 or 2";
    if ((matching == 1 && rdata.n != 3 + 32) || (matching == 2 && rdata.n != 3 + 64))
        return "the digest is not as long as its type says";
    return "";
}

struct counts {
    size_t hosts, good;
};

static void judge_records(struct health_judge *j, const char *at, const struct dns_answer *a, struct counts *counts)
{
    const char *why = "";
    bool good = false;

    for (size_t i = 0; i < a->count; i++) {
        const char *one = health_tlsa_trouble(a->rr[i].txt);

        good = good || one[0] == '\0';
        why = one[0] != '\0' ? one : why;
    }
    counts->good += good;
    if (why[0] != '\0')
        (void)health_find(j, "dane-usage", HEALTH_WARNING, at, why);
}

static void health_dane_judge_host(struct health_judge *j, const char *host, struct counts *counts)
{
    const char *at = health_text(j, "_25._tcp.%s", host);
    const struct dns_answer *a = health_ask(j, at, DNS_TLSA), *address = health_ask(j, host, DNS_A);
    struct health_finding *f;

    counts->hosts++;
    if (a->status == DNS_TEMPFAIL) {
        if (address->secure || strcmp(a->why, "bogus") == 0) {
            f = health_find(j, "dane-failing", HEALTH_ERROR, at, health_text(j, "the question failed: %s", a->why));
            health_fact(f, "host", host);
        } /* without DNSSEC nobody asks for it */
        return;
    }
    if (a->count == 0)
        return;
    j->has_tlsa = true;
    if (!j->in->validates) {
        f = health_find(j, "dane-insecure", HEALTH_NOT_JUDGED, at, "DNSSEC is not checked here (TrustAnchorFile)");
        f->why = "ours";
    } else if (!a->secure || (!address->secure && address->status != DNS_TEMPFAIL)) {
        (void)health_find(j, "dane-insecure", HEALTH_ADVICE, at, "not signed with DNSSEC");
    } else {
        judge_records(j, at, a, counts);
    }
}

void health_judge_dane(struct health_judge *j)
{
    const struct dns_answer *mx = health_ask(j, j->domain, DNS_MX);
    struct counts counts = {0};

    j->out->more.dnssec = !j->in->validates ? "not asked" : health_ask(j, j->domain, DNS_SOA)->secure || mx->secure
                          ? "secure" : "insecure";
    for (size_t i = 0; i < mx->count && i < HEALTH_MX_MAX; i++)
        if (mx->rr[i].name[0] != '\0') {
            dns_prefetch(j->dns, health_text(j, "_25._tcp.%s", mx->rr[i].name), DNS_TLSA);
        }
    for (size_t i = 0; i < mx->count && i < HEALTH_MX_MAX; i++)
        if (mx->rr[i].name[0] != '\0' && !str_ends_nocase(str_of(mx->rr[i].name), STR(".invalid")))
            health_dane_judge_host(j, health_shown(j, str_of(mx->rr[i].name), 253), &counts);
    if (counts.good > 0 && counts.good < counts.hosts)
        (void)health_find(j, "dane-partial", HEALTH_ADVICE, j->domain,
                          health_text(j, "%zu of %zu mail hosts", counts.good, counts.hosts));
}
