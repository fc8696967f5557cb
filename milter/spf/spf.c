#include "spf/spf.h"

#include <string.h>

#include "mail/domain.h"
#include "spf/spf_eval.h"
#include "spf/spf_explain.h"
#include "spf/spf_libspf2.h"

enum rc spf_init(struct err *e)
{
    return spf_libspf2_init(e);
}

/* ---- who is checked ---- */

struct identity {
    struct str local;    /* "postmaster" when there is none (section 4.3) */
    struct str domain;   /* as given */
    const char *normal;  /* NULL: no name an SPF record could be looked up for */
};

/* Section 2.4: a null reverse-path stands for postmaster@HELO.  RC_OK or RC_NOMEM. */
static enum rc spf_identify(struct arena *a, const struct spf_request *req, struct identity *id)
{
    struct str from = req->mail_from;
    size_t at = from.n;
    enum rc rc;

    *id = (struct identity){.local = STR("postmaster"), .domain = req->helo};
    if (from.n > 0) {
        while (at > 0 && from.p[at - 1] != '@')
            at--;
        id->domain = str_slice(from, at, from.n);
        if (at > 1)
            id->local = str_slice(from, 0, at - 1);
    }
    /* section 4.3: a domain literal, one label, an empty or an over-long one has no record */
    rc = domain_normalize(a, id->domain, &id->normal);
    if (rc != RC_OK || strchr(id->normal, '.') == NULL)
        id->normal = NULL;
    return rc == RC_NOMEM ? RC_NOMEM : RC_OK;
}

/* ---- what is evaluated ---- */

/* Section 5: an IPv4-mapped IPv6 address is an IPv4 address, however it came here. */
static struct ip unmapped(const struct ip *ip)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    struct ip v4 = {.family = IP_V4};

    if (ip->family != IP_V6 || memcmp(ip->b, prefix, sizeof prefix) != 0)
        return *ip;
    memcpy(v4.b, ip->b + sizeof prefix, 4);
    return v4;
}

static struct str spf_joined(struct arena *a, struct str local, struct str domain)
{
    struct strbuf b = strbuf_new(a, local.n + 1 + domain.n);

    strbuf_put(&b, local);
    strbuf_putc(&b, '@');
    strbuf_put(&b, domain);
    return strbuf_str(&b);
}

/* False without memory. */
static bool eval_begin(struct spf_eval *e, struct arena *a, const struct spf_request *req, const struct identity *id,
                       struct dns_scope *dns)
{
    *e = (struct spf_eval){
        .arena = a,
        .dns = dns,
        .domain = id->normal,
        .values = {
            .sender = spf_joined(a, id->local, str_of(id->normal)), /* A-labels: RFC 8616 section 4 */
            .local = id->local,
            .sender_domain = str_of(id->normal),
            .helo = req->helo,
            .validated = STR("unknown"),
            .ip = unmapped(&req->ip),
            .receiver = str_of(req->receiver),
            .now = req->now,
        },
    };
    e->address_type = e->values.ip.family == IP_V4 ? DNS_A : DNS_AAAA;
    return e->values.sender.n > 0;
}

/* ---- what came of it ---- */

static const char *spf_kept(struct arena *a, struct str s)
{
    const char *copy = str_dup(a, s);

    return copy == NULL ? "" : copy;
}

/* What matched: the innermost directive, and the one of the record that counts, outside all includes. */
static void tell_match(struct arena *a, const struct spf_eval *e, struct spf_evidence *out)
{
    const struct spf_step *step = e->last;

    out->leaf = spf_kept(a, step->term->text);
    out->leaf_domain = step->policy->domain;
    while (step->policy != e->outer)
        step = step->policy->via;
    out->mechanism = spf_kept(a, step->term->text);
    out->mechanism_domain = step->policy->domain;
}

static void spf_tell(struct arena *a, struct spf_eval *e, struct spf_evidence *out)
{
    out->result = e->result;
    out->lookups = e->lookups;
    out->void_lookups = e->voids;
    out->record_over = e->record_over;
    out->record = spf_kept(a, e->record);
    out->record_known = e->record_known;
    out->record_ttl = e->record_ttl;
    if (e->result == SPF_TEMPERROR || e->result == SPF_PERMERROR)
        out->problem = e->problem;
    if (e->stopped) {
        out->trouble = e->trouble;
        out->trouble_domain = e->trouble_domain;
        return;
    }
    if (e->matched) {
        tell_match(a, e, out);
    } else {
        out->mechanism = out->leaf = "default"; /* section 4.7 */
        out->mechanism_domain = out->leaf_domain = e->outer->domain;
    }
    if (e->result == SPF_FAIL)
        out->explanation = spf_explain(e, e->outer);
}

void spf_evaluate(struct arena *a, const struct spf_request *req, struct dns_scope *dns, struct spf_evidence *out)
{
    struct spf_eval e;
    struct identity id;
    enum rc rc = spf_identify(a, req, &id);

    MUST(req->ip.family != IP_NONE);
    *out = (struct spf_evidence){
        .checked = true,
        .result = SPF_NONE,
        .from_helo = req->mail_from.n == 0,
        .domain = id.normal != NULL ? id.normal : spf_kept(a, id.domain),
        .mechanism = "", .mechanism_domain = "", .leaf = "", .leaf_domain = "", .explanation = "", .problem = "",
        .trouble_domain = "", .record = "",
    };
    if (rc == RC_OK && id.normal == NULL)
        return;
    if (rc != RC_OK || !eval_begin(&e, a, req, &id, dns)) {
        out->result = SPF_TEMPERROR;
        out->problem = "out of memory";
        out->trouble = SPF_TROUBLE_MEMORY;
        return;
    }
    spf_libspf2_run(&e);
    spf_tell(a, &e, out);
}
