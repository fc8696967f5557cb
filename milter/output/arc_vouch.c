#include "output/arc_vouch.h"

#include <string.h>

#include "base/ip.h"
#include "mail/authres.h"
#include "mail/domain.h"
#include "output/record.h"

static const struct authres_prop *find_prop(const struct authres_result *r, struct str ptype, struct str property)
{
    for (size_t i = 0; i < r->prop_count; i++)
        if (str_eq(r->prop[i].ptype, ptype) && str_eq(r->prop[i].property, property))
            return &r->prop[i];
    return NULL;
}

/* The domain in a property: what follows the "@", if there is one; NULL for none. */
static const char *prop_domain(struct arena *a, const struct authres_result *r, struct str ptype, struct str property)
{
    const struct authres_prop *p = find_prop(r, ptype, property);
    const char *domain = NULL;
    struct str text;

    if (p == NULL)
        return NULL;
    text = p->value;
    for (size_t i = text.n; i-- > 0;)
        if (text.p[i] == '@') {
            text = str_slice(text, i + 1, text.n);
            break;
        }
    return domain_normalize(a, text, &domain) == RC_OK ? domain : NULL;
}

/*
 * Alignment without asking DNS: the author domain itself, or in relaxed mode
 * what is its organizational domain or lies below it (RFC 9989 section 4.4).
 */
static bool arc_vouch_aligns(const struct dmarc_verdict *d, const char *domain, bool strict)
{
    if (domain == NULL)
        return false;
    return strcmp(domain, d->author_domain) == 0 ||
           (!strict && d->org_domain[0] != '\0' && domain_is_within(domain, d->org_domain));
}

static bool result_vouches(struct arena *a, const struct authres_result *r, const struct dmarc_verdict *d)
{
    const char *domain;

    if (!str_eq(r->result, STR("pass")))
        return false;
    if (str_eq(r->method, STR("dmarc"))) {
        domain = prop_domain(a, r, STR("header"), STR("from"));
        return domain != NULL && strcmp(domain, d->author_domain) == 0;
    }
    if (d->record == NULL)
        return false;
    if (str_eq(r->method, STR("spf")))
        return arc_vouch_aligns(d, prop_domain(a, r, STR("smtp"), STR("mailfrom")), d->record->aspf_strict);
    if (!str_eq(r->method, STR("dkim")))
        return false;
    domain = prop_domain(a, r, STR("header"), STR("d"));
    if (domain == NULL)
        domain = prop_domain(a, r, STR("header"), STR("i"));
    return arc_vouch_aligns(d, domain, d->record->adkim_strict);
}

/* That it failed there is the last word, whatever passed beside it: who sealed knew more of the domains than we do. */
static bool result_denies(struct arena *a, const struct authres_result *r, const struct dmarc_verdict *d)
{
    const char *domain = NULL;

    if (str_eq(r->method, STR("dmarc")) && str_eq(r->result, STR("fail")))
        domain = prop_domain(a, r, STR("header"), STR("from"));
    return domain != NULL && strcmp(domain, d->author_domain) == 0;
}

static bool set_vouches(struct arena *a, const struct arc_set *set, const struct dmarc_verdict *d)
{
    struct arena_mark mark = arena_mark(a);
    struct authres said;
    bool vouches = false, denies = false;

    if (authres_parse_readable(a, set->authres, &said, NULL) == RC_OK)
        for (size_t i = 0; i < said.n; i++) {
            vouches = vouches || result_vouches(a, &said.result[i], d);
            denies = denies || result_denies(a, &said.result[i], d);
        }
    arena_rewind(a, mark);
    return vouches && !denies;
}

const char *arc_vouch_text(struct arena *a, const struct evidence *e, const struct dmarc_verdict *d)
{
    struct strbuf b;

    if (e->arc.result != ARC_PASS || d->author_domain[0] == '\0')
        return "";
    b = strbuf_new(a, RECORD_TEXT_MAX);
    if (b.over)
        return NULL;
    for (size_t i = e->arc.n; i-- > 0;) {
        const struct arc_set *set = &e->arc.set[i];
        size_t whole = b.n;

        strbuf_putf(&b, "%s%s %s %s", b.n > 0 ? "; " : "", set->seal_domain, set->sign_domain,
                    set_vouches(a, set, d) ? "yes" : "no");
        if (b.over) {
            b.p[whole] = '\0';
            break;
        }
    }
    return b.p;
}

static struct str arc_vouch_next_word(struct str *text)
{
    struct str word = str_slice(*text, 0, str_find(*text, ' '));

    *text = str_slice(*text, word.n + 1, text->n);
    return word;
}

bool arc_vouch_next(struct str *text, struct arc_voucher *out)
{
    struct str entry = str_slice(*text, 0, str_find(*text, ';'));
    struct str answer;

    *text = str_trim(str_slice(*text, entry.n + 1, text->n));
    out->seal_domain = arc_vouch_next_word(&entry);
    out->sign_domain = arc_vouch_next_word(&entry);
    answer = arc_vouch_next_word(&entry);
    out->vouches = str_eq(answer, STR("yes"));
    return out->seal_domain.n > 0 && out->sign_domain.n > 0 && entry.n == 0 &&
           (out->vouches || str_eq(answer, STR("no")));
}

/* An address out of a property; the sender wrote it, so it is read and written anew. */
static bool prop_address(const struct authres_result *r, struct str ptype, struct str property, struct ip *out)
{
    const struct authres_prop *p = find_prop(r, ptype, property);

    return p != NULL && ip_parse(p->value, out);
}

static bool find_origin(struct arena *a, struct str authres, struct ip *out)
{
    struct authres said;
    bool found = false;

    if (authres_parse_readable(a, authres, &said, NULL) != RC_OK)
        return false;
    for (size_t i = 0; i < said.n && !found; i++) {
        const struct authres_result *r = &said.result[i];

        if (str_eq(r->method, STR("arc")) || str_eq(r->method, STR("iprev")))
            found = prop_address(r, STR("smtp"), STR("remote-ip"), out);
        if (!found && str_eq(r->method, STR("iprev")))
            found = prop_address(r, STR("policy"), STR("iprev"), out);
    }
    return found;
}

const char *arc_vouch_origin(struct arena *a, const struct evidence *e)
{
    struct arena_mark mark = arena_mark(a);
    char text[IP_TEXT_MAX];
    const char *copy;
    struct ip ip;
    bool found = e->arc.n > 0 && find_origin(a, e->arc.set[0].authres, &ip);

    arena_rewind(a, mark);
    copy = found ? str_dup(a, str_of(ip_text(&ip, text))) : NULL;
    return copy == NULL ? "" : copy;
}
