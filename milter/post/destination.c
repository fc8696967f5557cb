#include "post/destination.h"

#include <string.h>

#include "dmarc/dmarc_external.h"
#include "dmarc/dmarc_record.h"
#include "mail/domain.h"
#include "post/mailto.h"

enum { URI_SHOWN_MAX = 200 };

static const char *const state_names[] = {"send", "refused", "later"};
const struct enum_names destination_state_names = ENUM_NAMES(state_names);

/* One answer in the making. */
struct finding {
    struct arena *a;
    const struct destination_question *q;
    struct dns_scope *dns;
    struct destinations *out;
    const char *uri; /* at hand, safe to show */
    const char *mend; /* what would change the refusal that is being noted; "" */
};

/* ---- whom we do not write to ---- */

bool destination_domain_opted_out(const struct config *c, const char *policy_domain)
{
    for (size_t i = 0; i < c->report_opt_out.n; i++) {
        const char *item = c->report_opt_out.item[i];

        if (strchr(item, '@') == NULL && domain_is_within(policy_domain, item))
            return true;
    }
    return false;
}

bool destination_address_opted_out(const struct config *c, const char *address)
{
    for (size_t i = 0; i < c->report_opt_out.n; i++) {
        struct str item = str_of(c->report_opt_out.item[i]);

        if (item.n > 0 && item.p[0] == '@' ? str_ends_nocase(str_of(address), item)
                                           : str_eq_nocase(str_of(address), item))
            return true;
    }
    return false;
}

/* Whether `address` is `own`, or `own` with an extension before its "@" as the return path of a report has. */
static bool is_own(struct str address, struct str own)
{
    size_t at = str_find(own, '@');
    struct str rest;

    if (at == own.n || !str_starts_nocase(address, str_slice(own, 0, at)))
        return false;
    rest = str_slice(address, at, address.n);
    if (rest.n > 0 && rest.p[0] == '+')
        rest = str_slice(rest, str_find(rest, '@'), rest.n);
    return str_eq_nocase(rest, str_slice(own, at, own.n));
}

/* ---- the list ---- */

static void note_open(struct destinations *out, enum destination_state state)
{
    if (state == DESTINATION_LATER)
        out->open = true;
}

static enum rc destination_add(struct finding *f, enum destination_state state, const char *address, const char *why)
{
    struct destinations *out = f->out;
    unsigned sends = 0;
    char *copy = str_dup(f->a, str_of(why)); /* it may stand in an error of the caller's */

    if (copy == NULL)
        return RC_NOMEM;
    for (size_t i = 0; state == DESTINATION_SEND && i < out->n; i++) {
        sends += out->item[i].state == DESTINATION_SEND;
        if (str_eq_nocase(str_of(out->item[i].address), str_of(address)))
            return RC_OK; /* named twice: written to once */
    }
    if (sends >= f->q->config->report_addresses)
        return destination_add(f, DESTINATION_REFUSED, "", "the record names more addresses than ReportAddresses");
    if (out->n < DESTINATIONS_MAX)
        out->item[out->n++] = (struct destination){state, address, f->uri, copy, f->mend};
    note_open(out, state);
    return RC_OK;
}

/* An address that its host lets us write to: may we, do we want to? */
static enum rc add_address(struct finding *f, const char *uri, const char *why)
{
    const struct config *c = f->q->config;
    struct err e = ERR_NONE;
    struct mailto to;
    enum rc rc = mailto_parse(f->a, str_of(uri), &to, &e);

    if (rc == RC_NOMEM)
        return rc;
    if (rc != RC_OK)
        return destination_add(f, DESTINATION_REFUSED, "", e.text);
    if (is_own(str_of(to.address), str_of(c->report_email)) || is_own(str_of(to.address), str_of(c->report_sender)))
        return destination_add(f, DESTINATION_REFUSED, "",
                               "it is our own address for reports, which would answer itself");
    if (destination_address_opted_out(c, to.address))
        return destination_add(f, DESTINATION_REFUSED, "", "ReportOptOut names it");
    return destination_add(f, DESTINATION_SEND, to.address, why);
}

static enum rc destination_shown(struct finding *f, const char *uri)
{
    struct strbuf b = strbuf_new(f->a, 4 * URI_SHOWN_MAX + 8);

    strbuf_put_escaped(&b, str_of(uri), URI_SHOWN_MAX);
    f->uri = b.p;
    return b.over ? RC_NOMEM : RC_OK;
}

/* The record that the host of the address would publish (RFC 9990 section 4). */
static enum rc refuse_external(struct finding *f, const struct dmarc_external *x)
{
    struct strbuf b = strbuf_new(f->a, 2 * DOMAIN_MAX + 100);
    enum rc rc;

    if (x->name[0] != '\0' && strlen(x->name) <= DOMAIN_MAX)
        strbuf_putf(&b, "this record permits it: %s. TXT \"v=DMARC1;\"", x->name);
    f->mend = b.p;
    rc = b.over ? RC_NOMEM : destination_add(f, DESTINATION_REFUSED, "", x->why);
    f->mend = "";
    return rc;
}

/* RFC 9990 section 4: the host of the URI as it stands, decoded first so that one reading of it is judged and used. */
static enum rc destination_judge(struct finding *f, const char *uri)
{
    struct strbuf plain = strbuf_new(f->a, MAILTO_ADDRESS_MAX + 8);
    struct dmarc_external x;
    struct err e = ERR_NONE;
    struct mailto to;
    enum rc rc = destination_shown(f, uri);

    if (rc == RC_OK)
        rc = mailto_parse(f->a, str_of(uri), &to, &e);
    if (rc == RC_BAD || rc == RC_NOTFOUND)
        return destination_add(f, DESTINATION_REFUSED, "", e.text);
    if (rc != RC_OK)
        return rc;
    strbuf_putf(&plain, "mailto:%s", to.address);
    rc = dmarc_external_check(f->a, f->q->policy_domain, plain.p, f->q->failure, f->dns, &x);
    if (rc != RC_OK)
        return rc;
    if (x.decision == DMARC_DESTINATION_REFUSED)
        return refuse_external(f, &x);
    if (x.decision == DMARC_DESTINATION_TEMPERROR)
        return destination_add(f, DESTINATION_LATER, "", x.why);
    for (size_t i = 0; rc == RC_OK && i < x.send_count; i++)
        rc = add_address(f, x.send_to[i], x.why);
    return rc;
}

/* ---- the record ---- */

static enum rc destination_conclude(struct finding *f, enum destination_state state, const char *why)
{
    f->out->state = state;
    f->out->why = why;
    f->out->mend = f->mend;
    note_open(f->out, state);
    return RC_OK;
}

/* Nothing is sent because the domain's own record asks for nothing: what would. */
static enum rc refuse_domain(struct finding *f, const char *why)
{
    struct strbuf b = strbuf_new(f->a, DOMAIN_MAX + 100);

    strbuf_putf(&b, "one v=DMARC1 record at _dmarc.%s with %s=mailto:ADDRESS asks for them", f->q->policy_domain,
                f->q->failure ? "ruf" : "rua");
    f->mend = b.p;
    return b.over ? RC_NOMEM : destination_conclude(f, DESTINATION_REFUSED, why);
}

/* RFC 9989 section 4.10: several records are none. */
static enum rc only_record(struct finding *f, const struct dns_answer *answer, struct dmarc_record *out)
{
    size_t found = 0;

    *out = (struct dmarc_record){.fo = ""};
    for (size_t i = 0; i < answer->count; i++) {
        struct dmarc_record r;
        enum rc rc = dmarc_record_parse(f->a, answer->rr[i].txt, &r);

        if (rc == RC_NOMEM)
            return rc;
        if (rc == RC_OK)
            *out = r;
        found += rc != RC_NOTFOUND;
    }
    return found == 1 ? RC_OK : RC_NOTFOUND;
}

static enum rc destination_judge_all(struct finding *f, const char **uris, size_t n)
{
    enum rc rc = RC_OK;

    if (n == 0)
        return refuse_domain(f, f->q->failure ? "its DMARC record has no usable ruf= now"
                                              : "its DMARC record has no usable rua= now");
    for (size_t i = 0; rc == RC_OK && i < n && i < DESTINATIONS_MAX; i++)
        rc = destination_judge(f, uris[i]);
    if (rc != RC_OK)
        return rc;
    for (size_t i = 0; i < f->out->n; i++)
        if (f->out->item[i].state == DESTINATION_SEND)
            return destination_conclude(f, DESTINATION_SEND, "");
    f->mend = f->out->item[0].mend;
    return destination_conclude(f, f->out->open ? DESTINATION_LATER : DESTINATION_REFUSED, f->out->item[0].why);
}

/* RFC 9991 section 2: a public suffix operator's record asks for no failure reports. */
static enum rc read_record(struct finding *f, const struct dns_answer *answer)
{
    struct dmarc_record r;
    enum rc rc = only_record(f, answer, &r);

    if (rc == RC_NOMEM)
        return rc;
    if (rc != RC_OK)
        return refuse_domain(f, "it has no DMARC record now, or several");
    if (f->q->failure && r.psd == DMARC_PSD_Y)
        return destination_conclude(f, DESTINATION_REFUSED,
                                    "its DMARC record says psd=y, and such domains get no failure reports");
    return f->q->failure ? destination_judge_all(f, r.ruf, r.ruf_count) : destination_judge_all(f, r.rua, r.rua_count);
}

enum rc destinations_find(struct arena *a, const struct destination_question *q, struct dns_scope *dns,
                          struct destinations *out)
{
    struct finding f = {.a = a, .q = q, .dns = dns, .out = out, .uri = "", .mend = ""};
    struct strbuf name = strbuf_new(a, DOMAIN_MAX + 8);
    const struct dns_answer *answer;

    *out = (struct destinations){.why = "", .mend = ""};
    if (destination_domain_opted_out(q->config, q->policy_domain))
        return destination_conclude(&f, DESTINATION_REFUSED, "ReportOptOut names the domain");
    strbuf_putf(&name, "_dmarc.%s", q->policy_domain);
    if (name.over)
        return destination_conclude(&f, DESTINATION_REFUSED, "its name is longer than DNS allows");
    answer = dns_ask(dns, name.p, DNS_TXT);
    if (answer->status == DNS_TEMPFAIL)
        return destination_conclude(&f, DESTINATION_LATER, "no answer from DNS about its record");
    if (answer->status != DNS_NOERROR)
        return refuse_domain(&f, "it has no DMARC record now, or several");
    return read_record(&f, answer);
}
