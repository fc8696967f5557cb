/* MX (RFC 5321 section 5.1, RFC 7505): hosts that can be reached, by their addresses alone. */
#include <string.h>

#include "dmarc/dmarc_record.h"
#include "health/judge.h"
#include "spf/iprev.h"

struct hosts {
    size_t looked, reachable, failed, real;
};

/* Looks at the addresses of one host. */
static void health_mx_judge_addresses(struct health_judge *j, const char *host, struct hosts *hosts,
                                      struct health_host *shown)
{
    const struct dns_answer *of[] = {health_ask(j, host, DNS_A), health_ask(j, host, DNS_AAAA)};
    size_t open = 0, count = of[0]->count + of[1]->count;

    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < of[k]->count; i++)
            open += !fetch_address_private(&of[k]->rr[i].addr);
    hosts->reachable += open > 0;
    shown->alias = of[0]->cname;
    shown->state = open > 0 ? "reachable" : count > 0 ? "private" : "no address";
    if (open == 0 && (of[0]->status == DNS_TEMPFAIL || of[1]->status == DNS_TEMPFAIL)) {
        hosts->failed++;
        shown->state = "not answered";
        health_unjudged(j, "mx-unresolved", host, of[0]->status == DNS_TEMPFAIL ? of[0]->why : of[1]->why);
    } else if (count == 0) {
        health_fact(health_find(j, "mx-unresolved", HEALTH_WARNING, host, "no A and no AAAA record"), "host", host);
    } else if (open < count) {
        health_fact(health_find(j, "mx-private", HEALTH_WARNING, host,
                                open == 0 ? "only private addresses" : "a private address beside public ones"),
                    "host", host);
    }
    if (of[0]->cname) {
        struct health_finding *f = health_find(j, "mx-alias", HEALTH_WARNING, host, "the host is a CNAME");

        health_fact(f, "host", host);
        health_fact(f, "target", health_shown(j, str_of(of[0]->canonical), 253));
    }
}

static void health_mx_judge_host(struct health_judge *j, const struct dns_answer *mx, size_t i, struct hosts *hosts)
{
    const char *name = mx->rr[i].name, *shown = health_shown(j, str_of(name), 253);
    struct health_host *host = &j->out->mx[j->out->mxs++];
    struct ip ip;

    *host = (struct health_host){.name = shown, .preference = mx->rr[i].preference, .state = "named twice"};

    for (size_t k = 0; k < i; k++)
        if (strcmp(mx->rr[k].name, name) == 0) {
            (void)health_find(j, "mx-duplicate", HEALTH_ADVICE, shown, "named twice");
            return;
        }
    if (str_ends_nocase(str_of(name), STR(".msv1.invalid"))) {
        host->state = "token";
        (void)health_find(j, "mx-token", HEALTH_ADVICE, shown, "an old proof of ownership for Microsoft 365");
        return;
    }
    hosts->real++;
    if (ip_parse(str_of(name), &ip)) {
        host->state = "an address";
        (void)health_find(j, "mx-literal", HEALTH_ERROR, shown, "an address as the name of a host");
    } else {
        health_mx_judge_addresses(j, shown, hosts, host);
    }
}

/* Without a host that is left, what is wrong with each is an error. */
static void hosts_dead(struct health_judge *j)
{
    j->mx_dead = true;
    for (size_t i = 0; i < j->out->findings; i++) {
        struct health_finding *f = &j->out->finding[i];

        if (strcmp(f->id, "mx-unresolved") == 0 || strcmp(f->id, "mx-private") == 0)
            f->severity = HEALTH_ERROR;
    }
}

/* The null MX, unless reports are to come to the domain itself. */
static void propose_null(struct health_judge *j)
{
    static const char *const mends[] = {"mx-none", "mx-parked", NULL};

    struct dmarc_record made;
    const struct dmarc_record *r = j->dmarc;

    for (size_t i = 0; i < j->out->publishes; i++)
        if (str_starts_nocase(str_of(j->out->publish[i].value), STR("v=DMARC1;")) &&
            dmarc_record_parse(j->arena, str_of(j->out->publish[i].value), &made) == RC_OK)
            r = &made;
    for (size_t i = 0; r != NULL && i < r->rua_count; i++)
        if (str_ends_nocase(str_of(r->rua[i]), str_of(health_text(j, "@%s", j->domain))))
            return;
    (void)health_propose(j, j->domain, "MX", "0 .", "dns", mends);
}

static void health_mx_judge_hosts(struct health_judge *j, const struct dns_answer *mx)
{
    struct hosts hosts = {0};
    bool null = false;

    for (size_t i = 0; i < mx->count; i++)
        null = null || mx->rr[i].name[0] == '\0';
    for (size_t i = 0; i < mx->count; i++) {
        if (i >= HEALTH_MX_MAX) {
            j->out->starved = true;
            break;
        }
        if (mx->rr[i].name[0] != '\0')
            health_mx_judge_host(j, mx, i, &hosts);
        else
            j->out->mx[j->out->mxs++] = (struct health_host){.name = "", .preference = mx->rr[i].preference,
                                                             .state = "null"};
    }
    j->receives = hosts.real > 0;
    if (null && mx->count > 1)
        (void)health_find(j, "mx-null-mixed", HEALTH_ERROR, j->domain, "\".\" beside other hosts");
    else if (null && j->out->role == HEALTH_SENDS)
        (void)health_find(j, "mx-null-sends", HEALTH_ERROR, j->domain, "a null MX");
    else if (null)
        (void)health_find(j, "mx-null", HEALTH_OK, j->domain, "a null MX");
    else if (j->out->role == HEALTH_PARKED) {
        (void)health_find(j, "mx-parked", HEALTH_ADVICE, j->domain, "mail hosts are named");
        propose_null(j);
    }
    if (hosts.real > 0 && hosts.reachable + hosts.failed == 0 && !j->out->starved)
        hosts_dead(j);
}

static void health_mx_judge_absence(struct health_judge *j)
{
    const struct dns_answer *a = health_ask(j, j->domain, DNS_A), *aaaa = health_ask(j, j->domain, DNS_AAAA);
    bool address = a->count + aaaa->count > 0;

    if (!address && (a->status == DNS_TEMPFAIL || aaaa->status == DNS_TEMPFAIL))
        health_unjudged(j, "mx-none", j->domain, a->status == DNS_TEMPFAIL ? a->why : aaaa->why);
    else if (j->out->role == HEALTH_SENDS)
        (void)health_find(j, "mx-none", address ? HEALTH_WARNING : HEALTH_ERROR, j->domain,
                          address ? "no MX; senders try the domain's own address" : "neither MX nor address");
    else if (address)
        (void)health_find(j, "mx-none", HEALTH_ADVICE, j->domain, "no MX; senders try the domain's own address");
    if (address && j->out->role == HEALTH_PARKED)
        propose_null(j);
}

void health_judge_mx(struct health_judge *j)
{
    const struct dns_answer *mx = health_ask(j, j->domain, DNS_MX);

    if (mx->status == DNS_TEMPFAIL)
        health_unjudged(j, "mx-record", j->domain, mx->why);
    else if (mx->count == 0)
        health_mx_judge_absence(j);
    else
        health_mx_judge_hosts(j, mx);
}

/* ---- our own servers ---- */

/* Reverse names of our own sending addresses, and back; one finding for all. */
void health_judge_addresses(struct health_judge *j)
{
    size_t looked = 0, bad = 0;
    const char *first = "";

    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        if (strcmp(s->name, "own-servers") != 0 || health_source_gone(s))
            continue;
        for (size_t k = 0; k < s->addresses && looked < HEALTH_ADDRESSES_MAX; k++, looked++) {
            struct iprev_evidence e = {.name = ""};
            char text[IP_TEXT_MAX];

            if (fetch_address_private(&s->address[k]))
                continue;
            iprev_check(&s->address[k], j->dns, &e);
            if (e.result == IPREV_TEMPERROR)
                health_unjudged(j, "mx-ptr", health_text(j, "%s", ip_text(&s->address[k], text)), "no answer");
            else if (e.result != IPREV_PASS && bad++ == 0)
                first = health_text(j, "%s", ip_text(&s->address[k], text));
        }
    }
    if (bad > 0)
        health_fact(health_find(j, "mx-ptr", HEALTH_WARNING, first,
                                health_text(j, "%zu of %zu addresses have no name that leads back", bad, looked)),
                    "address", first);
}
