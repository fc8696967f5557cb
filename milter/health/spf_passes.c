#include "health/spf_passes.h"

#include <string.h>

#include "spf/spf_eval.h"

enum { DEPTH_MAX = 12, RECORDS_MAX = 100, PREFIXES_MAX = 4000 };

struct ranges spf_ranges_new(struct health_judge *j)
{
    return (struct ranges){.arena = j->arena};
}

void spf_ranges_add_rest(struct ranges *out, const struct ranges *a, const struct ranges *b)
{
    ranges_cut(a, b, out);
    ranges_sort(out);
}

static void passes_refuse(struct spf_passes *p, const char *why, bool failed, bool loose)
{
    if (p->refused[0] != '\0')
        return;
    p->refused = why;
    p->failed = failed;
    p->loose = loose;
}

/* ---- what a term matches ---- */

static void add_hosts(struct spf_passes *p, const struct spf_term *t, const char *name, struct ranges *out)
{
    const struct dns_answer *of[] = {health_ask(p->j, name, DNS_A), health_ask(p->j, name, DNS_AAAA)};

    for (size_t k = 0; k < 2; k++) {
        if (of[k]->status == DNS_TEMPFAIL)
            passes_refuse(p, health_text(p->j, "%s does not answer", health_shown(p->j, str_of(name), 253)), true,
                          false);
        for (size_t i = 0; i < of[k]->count; i++)
            ranges_add(out, &of[k]->rr[i].addr, k == 0 ? t->bits4 : t->bits6);
    }
}

static void add_mx(struct spf_passes *p, const struct spf_term *t, const char *name, struct ranges *out)
{
    const struct dns_answer *mx = health_ask(p->j, name, DNS_MX);

    if (mx->status == DNS_TEMPFAIL)
        passes_refuse(p, health_text(p->j, "%s does not answer", health_shown(p->j, str_of(name), 253)), true,
                      false);
    if (mx->count > SPF_MX_MAX)
        passes_refuse(p, "more than ten mail hosts", false, false);
    for (size_t i = 0; i < mx->count && i < SPF_MX_MAX; i++)
        if (mx->rr[i].name[0] != '\0')
            add_hosts(p, t, mx->rr[i].name, out);
}

static void add_target(struct spf_passes *p, const char *target, unsigned depth, struct ranges *out)
{
    const struct dns_answer *a = health_ask(p->j, target, DNS_TXT);
    struct str record = STR_NONE;
    size_t records = 0;

    for (size_t i = 0; i < a->count; i++)
        if (spf_record_is(a->rr[i].txt)) {
            record = a->rr[i].txt;
            records++;
        }
    if (a->status == DNS_TEMPFAIL)
        passes_refuse(p, health_text(p->j, "%s does not answer", health_shown(p->j, str_of(target), 253)), true,
                      false);
    else if (records != 1 || depth >= DEPTH_MAX || p->records++ >= RECORDS_MAX)
        passes_refuse(p, health_text(p->j, "%s has no record that can be followed",
                                     health_shown(p->j, str_of(target), 253)),
                      false, false);
    else
        spf_passes_record(p, record, target, depth + 1, out);
}

/* All of one family. */
static void spf_passes_add_all(struct ranges *out, enum ip_family family)
{
    const struct ip zero = {.family = family};

    ranges_add(out, &zero, 0);
}

void spf_passes_term(struct spf_passes *p, const struct spf_term *t, const char *domain, unsigned depth,
                     struct ranges *out)
{
    const char *name = t->domain.n == 0 ? domain : str_dup_lower(p->j->arena, t->domain);

    if (name == NULL || str_find(t->domain, '%') < t->domain.n || t->kind == SPF_TERM_PTR ||
        t->kind == SPF_TERM_EXISTS) {
        passes_refuse(p, health_text(p->j, "%s depends on each message", health_shown(p->j, t->text, 200)), false,
                      true);
        return;
    }
    switch (t->kind) {
    case SPF_TERM_IP4: ranges_add(out, &t->network, t->bits4); break;
    case SPF_TERM_IP6: ranges_add(out, &t->network, t->bits6); break;
    case SPF_TERM_A: add_hosts(p, t, name, out); break;
    case SPF_TERM_MX: add_mx(p, t, name, out); break;
    case SPF_TERM_INCLUDE:
    case SPF_TERM_REDIRECT: add_target(p, name, depth, out); break;
    case SPF_TERM_ALL:
        spf_passes_add_all(out, IP_V4);
        spf_passes_add_all(out, IP_V6);
        break;
    case SPF_TERM_PTR:
    case SPF_TERM_EXISTS: break;
    }
    ranges_sort(out);
}

/* ---- records ---- */

void spf_passes_record(struct spf_passes *p, struct str text, const char *domain, unsigned depth, struct ranges *out)
{
    struct ranges taken = spf_ranges_new(p->j);
    struct spf_record r;
    struct err e = ERR_NONE;
    bool all = false;

    if (spf_record_parse(p->j->arena, text, &r, &e) != RC_OK) {
        passes_refuse(p, health_text(p->j, "the record of %s is wrong", health_shown(p->j, str_of(domain), 253)),
                      false, false);
        return;
    }
    for (size_t i = 0; i < r.n && !all && p->refused[0] == '\0'; i++) {
        const struct spf_term *t = &r.directive[i];
        struct ranges matched = spf_ranges_new(p->j);

        all = t->kind == SPF_TERM_ALL;
        if (all) {
            p->end = t->qualifier;
            if (t->qualifier != '+')
                break;
        }
        spf_passes_term(p, t, domain, depth, &matched);
        if (t->qualifier == '+')
            spf_ranges_add_rest(out, &matched, &taken);
        ranges_join(&taken, &matched);
        ranges_sort(&taken);
    }
    if (!all && r.redirect.text.n > 0 && p->refused[0] == '\0') {
        struct ranges matched = spf_ranges_new(p->j);

        spf_passes_term(p, &r.redirect, domain, depth, &matched);
        spf_ranges_add_rest(out, &matched, &taken);
    } else if (!all) {
        p->end = 0;
    }
    if (out->over || taken.over)
        passes_refuse(p, "too many networks", false, false);
}

bool spf_ranges_text(struct strbuf *b, const struct ranges *r)
{
    struct ip_net *net = arena_array(r->arena, PREFIXES_MAX, sizeof *net);
    size_t n = net == NULL ? SIZE_MAX : ranges_prefixes(r, net, PREFIXES_MAX);

    for (size_t i = 0; n != SIZE_MAX && i < n; i++) {
        char text[IP_TEXT_MAX];
        bool v4 = net[i].addr.family == IP_V4;

        strbuf_putf(b, " ip%d:%s", v4 ? 4 : 6, ip_text(&net[i].addr, text));
        if (net[i].bits < (v4 ? 32 : 128))
            strbuf_putf(b, "/%u", net[i].bits);
    }
    return n != SIZE_MAX && !b->over;
}
