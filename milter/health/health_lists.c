/* Block lists (RFC 5782): first whether the list works for us, then who is on it. */
#include <string.h>

#include "health/judge.h"

enum { SUBJECTS_MAX = HEALTH_ADDRESSES_MAX, QUERY_MAX = 300 };

static const char *const kinds[] = {"ip4", "ip6", "domain"};
const struct enum_names health_list_kind_names = ENUM_NAMES(kinds);
static const char *const scopes[] = {"address", "range", "asn"};
const struct enum_names health_list_scope_names = ENUM_NAMES(scopes);

bool health_codes_read(struct str text, struct health_codes *out, size_t *n)
{
    *n = 0;
    while (text.n > 0) {
        size_t end = str_find(text, ','), dash;
        struct str one = str_trim(str_slice(text, 0, end));

        text = str_slice(text, end + 1, text.n);
        if (one.n == 0)
            continue;
        dash = str_find(one, '-');
        if (*n == HEALTH_CODES_MAX || !ip_parse(str_trim(str_slice(one, 0, dash)), &out[*n].low))
            return false;
        out[*n].high = out[*n].low;
        if ((dash < one.n && !ip_parse(str_trim(str_slice(one, dash + 1, one.n)), &out[*n].high)) ||
            out[*n].low.family != IP_V4 || out[*n].high.family != IP_V4)
            return false;
        (*n)++;
    }
    return true;
}

static bool in_codes(const struct health_codes *codes, size_t n, const struct ip *ip)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(codes[i].low.b, ip->b, 4) <= 0 && memcmp(ip->b, codes[i].high.b, 4) <= 0)
            return true;
    return false;
}

/* Says "listed": within 127/8, none of the addresses by which lists refuse us, and one of its codes. */
static bool is_hit(const struct health_list *l, const struct ip *ip)
{
    bool refused = ip->b[0] != 127 || memcmp(ip->b, "\x7f\0\0\1", 4) == 0 || memcmp(ip->b, "\x7f\xff\xff", 3) == 0 ||
                   in_codes(l->refused, l->refuseds, ip);

    return !refused && (l->codes == 0 || in_codes(l->code, l->codes, ip));
}

struct look {
    bool failed, hit, other; /* other: an answer that is neither */
    const char *raw;
};

static struct look health_lists_look(struct health_judge *j, const struct health_list *l, const char *subject)
{
    const struct dns_answer *a = health_ask(j, health_text(j, "%s.%s", subject, l->asked), DNS_A);
    struct look k = {.failed = a->status == DNS_TEMPFAIL, .raw = a->status == DNS_TEMPFAIL ? a->why : "nothing"};

    for (size_t i = 0; i < a->count; i++) {
        char text[IP_TEXT_MAX];
        bool hit = is_hit(l, &a->rr[i].addr);

        k.hit = k.hit || hit;
        k.other = k.other || !hit;
        k.raw = health_text(j, "%s", ip_text(&a->rr[i].addr, text));
    }
    return k;
}

/* ---- subjects ---- */

/* The reversed address, without the arpa zone. */
static const char *reversed(struct health_judge *j, const struct ip *ip)
{
    char mem[IP_ARPA_MAX];
    const char *arpa = ip_arpa(ip, mem);
    struct str name = str_of(arpa);

    return health_text(j, "%.*s", (int)(name.n - (ip->family == IP_V4 ? 13 : 9)), arpa);
}

static void tell_unusable(struct health_judge *j, const struct health_list *l, const char *subject, const char *raw)
{
    struct health_finding *f = health_find(j, "list-unusable", HEALTH_NOT_JUDGED, l->zone,
                                           health_text(j, "%s is answered with %s", subject, raw));

    f->why = "ours";
    health_fact(f, "list", l->zone);
    health_fact(f, "answer", raw);
}

/* RFC 5782 section 5: whether the list says what it must of its test points. */
static bool list_works(struct health_judge *j, const struct health_list *l)
{
    static const char *const yes[] = {"2.0.0.127", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
                                      "TEST"};
    static const char *const no[] = {"1.0.0.127", "1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0",
                                     "INVALID"};
    struct look listed = health_lists_look(j, l, yes[l->kind]), clean = health_lists_look(j, l, no[l->kind]);

    if (!listed.hit)
        tell_unusable(j, l, yes[l->kind], listed.raw);
    else if (clean.hit || clean.other || clean.failed)
        tell_unusable(j, l, no[l->kind], clean.raw);
    else
        return true;
    return false;
}

static void judge_subject(struct health_judge *j, const struct health_list *l, const char *subject, const char *shown)
{
    struct look k = health_lists_look(j, l, subject);
    bool advice = l->advice || l->scope != HEALTH_LIST_ADDRESS;
    struct health_finding *f;

    if (!k.hit) {
        if (k.failed || k.other)
            tell_unusable(j, l, shown, k.raw);
        return;
    }
    f = health_find(j, "list-hit", advice ? HEALTH_ADVICE : HEALTH_WARNING, shown,
                    health_text(j, "%s answers %s", l->zone, k.raw));
    health_fact(f, "subject", shown);
    health_fact(f, "list", l->zone);
    health_fact(f, "help", l->help[0] == '\0' ? "its own pages" : l->help);
}

static void health_lists_judge_addresses(struct health_judge *j, const struct health_list *l)
{
    enum ip_family family = l->kind == HEALTH_LIST_IP4 ? IP_V4 : IP_V6;
    size_t n = 0;

    for (size_t i = 0; i < j->in->sources; i++) {
        const struct health_source *s = &j->in->source[i];

        if (strcmp(s->name, "own-servers") != 0 || health_source_gone(s))
            continue;
        for (size_t k = 0; k < s->addresses && n < SUBJECTS_MAX; k++) {
            char text[IP_TEXT_MAX];

            if (s->address[k].family != family)
                continue;
            n++;
            judge_subject(j, l, reversed(j, &s->address[k]), health_text(j, "%s", ip_text(&s->address[k], text)));
        }
    }
}

void health_judge_lists(struct health_judge *j)
{
    for (size_t i = 0; i < j->in->lists && i < HEALTH_LISTS_MAX; i++) {
        const struct health_list *l = &j->in->list[i];

        if (!list_works(j, l))
            continue;
        if (l->kind == HEALTH_LIST_DOMAIN)
            judge_subject(j, l, j->domain, j->domain);
        else
            health_lists_judge_addresses(j, l);
    }
}
