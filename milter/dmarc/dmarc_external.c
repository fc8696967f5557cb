#include "dmarc/dmarc_external.h"

#include <string.h>

#include "dmarc/dmarc_align.h"
#include "dmarc/dmarc_walk.h"
#include "mail/domain.h"

static const char *const destination_names[] = {"internal", "authorized", "refused", "temperror"};
const struct enum_names dmarc_destination_names = ENUM_NAMES(destination_names);

/* One decision in the making. */
struct check {
    struct arena *a;
    struct dns_scope *dns;
    const char *uri, *host;
    bool ruf;
    struct dmarc_external *out;
};

/*
 * The normal host of a syntactically valid mailto URI.  RC_NOTFOUND for any
 * other scheme (section 4.7: ignored); RC_BAD when DNS cannot carry the host.
 */
static enum rc uri_host(struct arena *a, const char *uri, const char **host)
{
    const struct str mailto = STR("mailto:");
    struct str to = str_of(uri);
    size_t at;

    if (!str_starts_nocase(to, mailto))
        return RC_NOTFOUND;
    to = str_slice(to, mailto.n, to.n);
    to = str_slice(to, 0, str_find(to, '?'));
    at = str_find(to, '@');
    return domain_normalize(a, str_slice(to, at + 1, to.n), host);
}

static enum rc dmarc_external_conclude(struct check *c, enum dmarc_destination decision, const char *why)
{
    c->out->decision = decision;
    c->out->why = why;
    return RC_OK;
}

static enum rc send_to_itself(struct check *c, enum dmarc_destination decision, const char *why)
{
    c->out->send_to = arena_alloc(c->a, sizeof *c->out->send_to);
    if (c->out->send_to == NULL)
        return RC_NOMEM;
    c->out->send_to[0] = c->uri;
    c->out->send_count = 1;
    return dmarc_external_conclude(c, decision, why);
}

/* ---- steps 1 to 3: is it external at all? ---- */

/* Whether host and policy domain share an organizational domain, by tree walks as far as needed. */
static enum rc same_organization(struct check *c, const char *policy_domain, enum dmarc_alignment *out)
{
    struct dmarc_walk policy, own;
    bool walked = false;
    enum rc rc = RC_OK;

    dmarc_walk_begin(&policy, policy_domain);
    dmarc_walk_begin(&own, c->host);
    while (rc == RC_OK) {
        *out = dmarc_align(&policy, false, c->host, walked ? &own : NULL);
        if (*out == DMARC_ALIGN_AUTHOR_WALK) {
            rc = dmarc_walk_finish(c->a, c->dns, &policy);
        } else if (*out == DMARC_ALIGN_OWN_WALK) {
            rc = dmarc_walk_finish(c->a, c->dns, &own);
            walked = true;
        } else {
            break;
        }
    }
    return rc;
}

/* ---- steps 6 to 9: what the host answers ---- */

/* Step 9: a replacement must stay at the host that gave leave; RC_BAD when one does not. */
static enum rc add_overrides(struct check *c, const char *const *uris, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *host = "";
        enum rc rc = uri_host(c->a, uris[i], &host);

        if (rc == RC_NOMEM)
            return rc;
        if (rc != RC_OK || strcmp(host, c->host) != 0)
            return RC_BAD;
        c->out->send_to[c->out->send_count++] = uris[i];
    }
    return RC_OK;
}

static enum rc refuse_overrides(struct check *c)
{
    c->out->send_count = 0;
    return dmarc_external_conclude(c, DMARC_DESTINATION_REFUSED,
                                   "its host names an address at another host instead, so neither is used");
}

/* Any valid record gives leave, p or not; garbage beside it does not matter (step 8). */
static enum rc read_answer(struct check *c, const struct dns_answer *answer)
{
    bool leave = false;

    c->out->send_to = arena_array(c->a, answer->count * DMARC_URIS_MAX, sizeof *c->out->send_to);
    if (c->out->send_to == NULL)
        return RC_NOMEM;
    for (size_t i = 0; i < answer->count; i++) {
        struct dmarc_record r;
        enum rc rc = dmarc_record_parse(c->a, answer->rr[i].txt, &r);

        if (rc == RC_NOMEM)
            return rc;
        if (rc != RC_OK)
            continue;
        leave = true;
        rc = add_overrides(c, c->ruf ? r.ruf : r.rua, c->ruf ? r.ruf_count : r.rua_count);
        if (rc == RC_NOMEM)
            return rc;
        if (rc != RC_OK)
            return refuse_overrides(c);
    }
    if (!leave)
        return dmarc_external_conclude(c, DMARC_DESTINATION_REFUSED,
                                       "what its host publishes to permit it is not a v=DMARC1 record");
    if (c->out->send_count > 0)
        return dmarc_external_conclude(c, DMARC_DESTINATION_AUTHORIZED,
                                       "its host permits it and names the address itself");
    return send_to_itself(c, DMARC_DESTINATION_AUTHORIZED, "its host permits it");
}

/* Steps 4 and 5 */
static enum rc ask_leave(struct check *c, const char *policy_domain)
{
    struct strbuf name = strbuf_new(c->a, 2 * DOMAIN_MAX + 32);
    const struct dns_answer *answer;

    strbuf_putf(&name, "%s._report._dmarc.%s", policy_domain, c->host);
    if (name.over)
        return RC_NOMEM;
    c->out->name = name.p;
    if (name.n > DOMAIN_MAX)
        return dmarc_external_conclude(c, DMARC_DESTINATION_REFUSED,
                                       "the name of the record that would permit it is longer than DNS allows");
    answer = dns_ask(c->dns, name.p, DNS_TXT);
    if (answer->status == DNS_TEMPFAIL)
        return dmarc_external_conclude(c, DMARC_DESTINATION_TEMPERROR, "no answer from DNS");
    if (answer->status != DNS_NOERROR)
        return dmarc_external_conclude(c, DMARC_DESTINATION_REFUSED, "its host publishes no record that permits it");
    return read_answer(c, answer);
}

enum rc dmarc_external_check(struct arena *a, const char *policy_domain, const char *uri, bool ruf,
                             struct dns_scope *dns, struct dmarc_external *out)
{
    struct check c = {.a = a, .dns = dns, .uri = uri, .ruf = ruf, .out = out};
    enum dmarc_alignment same;
    enum rc rc = uri_host(a, uri, &c.host);

    *out = (struct dmarc_external){.name = "", .why = ""};
    if (rc == RC_NOTFOUND)
        return dmarc_external_conclude(&c, DMARC_DESTINATION_REFUSED, "not a mailto URI");
    if (rc == RC_BAD)
        return dmarc_external_conclude(&c, DMARC_DESTINATION_REFUSED, "its host is not a domain name");
    if (rc == RC_OK)
        rc = same_organization(&c, policy_domain, &same);
    if (rc != RC_OK)
        return rc;
    if (same == DMARC_ALIGN_UNKNOWN)
        return dmarc_external_conclude(&c, DMARC_DESTINATION_TEMPERROR,
                                       "no answer from DNS on the way to the organizational domain");
    if (same == DMARC_ALIGN_YES)
        return send_to_itself(&c, DMARC_DESTINATION_INTERNAL, "it is in the same organization");
    return ask_leave(&c, policy_domain);
}
