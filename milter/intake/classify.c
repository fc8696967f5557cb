#include "intake/row_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/siphash.h"
#include "inventory/inventory.h"
#include "mail/domain.h"
#include "verdict/background.h"

enum { CANDIDATES_MAX = 2 /* services asked whether an address is theirs */ };

static const char *covering(const struct string_list *domains, const char *name, const char *best)
{
    for (size_t i = 0; i < domains->n; i++)
        if (domain_is_within(name, domains->item[i]) && strlen(domains->item[i]) > strlen(best))
            best = domains->item[i];
    return best;
}

const char *classify_domain(const struct client *client, const char *name, const char *otherwise)
{
    const char *best = "";

    if (client == NULL || name[0] == '\0')
        return otherwise;
    best = covering(&client->domains, name, best);
    best = covering(&client->parked, name, best);
    return best[0] != '\0' ? best : otherwise;
}

/* Without DNS: the policy domain, or the client's, holds both. */
bool row_facts_aligned(const struct row_facts *f, const char *domain, bool strict)
{
    const char *author = f->row->header_from[0] != '\0' ? f->row->header_from : f->report->domain;

    if (strcmp(domain, author) == 0)
        return true;
    if (strict || domain[0] == '\0' || strcmp(domain, "-") == 0)
        return false;
    return domain_is_within(author, domain) || domain_is_within(domain, author) ||
           (domain_is_within(author, f->report->domain) && domain_is_within(domain, f->report->domain)) ||
           (domain_is_within(author, f->row->domain) && domain_is_within(domain, f->row->domain));
}

/* ---- who sent it ---- */

/* The service of the catalogue that a domain in the row names, proven or not. */
static const struct sender *claimed(const struct row_facts *f, const char *domain)
{
    static const enum sender_mark marks[] = {SENDER_BY_DKIM, SENDER_BY_RETURN_PATH, SENDER_BY_SPF};
    const struct sender *s = NULL;
    bool confirmed;

    for (size_t i = 0; s == NULL && i < sizeof marks / sizeof marks[0]; i++)
        s = senders_by_domain(f->c->config->senders, marks[i], domain, &confirmed);
    return s;
}

static bool publishes(struct row_facts *f, const struct sender *s)
{
    const struct string_list *names = &s->mark[SENDER_BY_SPF];

    for (size_t i = 0; i < names->n && i < CANDIDATES_MAX; i++) {
        if (f->c->spf_walks >= CLASSIFY_SPF_MAX)
            return false;
        f->c->spf_walks++;
        if (intake_dns_spf(f->c->lookup, names->item[i], &f->row->address)->result == SPF_PASS)
            return true;
    }
    return false;
}

/* The service that a claim in the row names, and in whose own SPF record the address is; "" none. */
static const char *published_by(struct row_facts *f)
{
    const struct sender *asked[CANDIDATES_MAX];
    size_t n = 0;

    for (size_t i = 0; i < f->signatures + f->spf_results && n < CANDIDATES_MAX; i++) {
        const char *domain = i < f->signatures ? f->signature[i].domain : f->spf[i - f->signatures].domain;
        const struct sender *s = claimed(f, domain);
        bool again = s == NULL;

        for (size_t k = 0; !again && k < n; k++)
            again = asked[k] == s;
        if (again)
            continue;
        asked[n++] = s;
        if (publishes(f, s))
            return s->name;
    }
    return "";
}

/* What the row proves, in the shape in which a message's evidence comes. */
static void evidence_of(struct row_facts *f, struct evidence *ev, struct dkim_signature *sig)
{
    size_t n = 0;

    for (size_t i = 0; i < f->signatures; i++)
        if (strcmp(f->signature[i].result, "pass") == 0)
            sig[n++] = (struct dkim_signature){
                .result = DKIM_PASS, .domain = f->signature[i].domain,
                .key_host = intake_dns_key(f->c->lookup, f->signature[i].domain, f->signature[i].other)->host,
            };
    *ev = (struct evidence){.dkim = {n, sig}, .published_by = ""};
    ev->iprev = (struct iprev_evidence){f->address.confirmed ? IPREV_PASS : IPREV_NONE, f->address.name};
    ev->spf = (struct spf_evidence){.result = SPF_NONE, .domain = "", .mechanism = "", .mechanism_domain = "",
                                    .leaf = "", .leaf_domain = ""};
    if (f->spf_main == NULL || strcmp(f->spf_main->result, "pass") != 0)
        return;
    if (f->c->spf_walks < CLASSIFY_SPF_MAX) {
        f->c->spf_walks++;
        ev->spf = *intake_dns_spf(f->c->lookup, f->spf_main->domain, &f->row->address);
    }
    if (ev->spf.result != SPF_PASS) /* the record has changed, or cannot be asked: the domain is what is left */
        ev->spf = (struct spf_evidence){.mechanism = "", .mechanism_domain = "", .leaf = "", .leaf_domain = ""};
    ev->spf.checked = true;
    ev->spf.result = SPF_PASS;
    ev->spf.from_helo = false;
    ev->spf.domain = f->spf_main->domain;
}

/* Whether the client's own record has the address itself, not by another's. */
static bool is_own_server(const struct row_facts *f, const struct evidence *ev)
{
    static const struct str own[] = {{"ip4:", 4}, {"ip6:", 4}, {"a", 1}, {"mx", 2}};
    struct str term = str_of(ev->spf.mechanism);

    if (term.n == 0 || !row_facts_aligned(f, ev->spf.mechanism_domain, false))
        return false;
    if (term.p[0] == '+')
        term = str_slice(term, 1, term.n);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (str_starts_nocase(term, own[i]) &&
            (i < 2 || term.n == own[i].n || term.p[own[i].n] == ':' || term.p[own[i].n] == '/'))
            return true;
    return false;
}

/* ---- what nobody names ---- */

static const char *net_group(struct arena *a, const struct ip *ip)
{
    struct strbuf b = strbuf_new(a, INVENTORY_SOURCE_MAX);
    char text[IP_TEXT_MAX];
    struct ip net = *ip;

    for (size_t i = net.family == IP_V4 ? 3 : 6; i < sizeof net.b; i++)
        net.b[i] = 0;
    strbuf_putf(&b, "net:%s/%d", ip_text(&net, text), net.family == IP_V4 ? 24 : 48);
    return b.over ? SOURCE_UNKNOWN : b.p;
}

static const char *name_group(struct row_facts *f)
{
    struct strbuf b = strbuf_new(f->c->a, INVENTORY_SOURCE_MAX);

    if (f->address.confirmed) {
        strbuf_putf(&b, "ptr:%s", intake_dns_host_org(f->c->lookup, f->address.name));
        if (!b.over)
            return b.p;
        b = strbuf_new(f->c->a, INVENTORY_SOURCE_MAX);
    }
    strbuf_putf(&b, "as:%" PRId64, f->address.as_number);
    return f->address.as_number > 0 && !b.over ? b.p : net_group(f->c->a, &f->row->address);
}

/* Whether the report may have that group: it has it already, or has few others. */
static bool may_have(struct classify *c, const char *group)
{
    static const unsigned char key[SIPHASH_KEY_BYTES] = {0};
    uint64_t bit = siphash(key, group, strlen(group)) % (CLASSIFY_SEEN_BYTES * 8u);
    uint8_t mask = (uint8_t)(1u << bit % 8);

    if ((c->seen[bit / 8] & mask) != 0)
        return true;
    if (c->groups >= CLASSIFY_GROUPS_MAX)
        return false;
    c->seen[bit / 8] |= mask;
    c->groups++;
    return true;
}

static const char *group_of(struct row_facts *f)
{
    const char *group;

    if (f->report->trust == RECEIVED_UNPROVEN || f->row->address.family == IP_NONE)
        return SOURCE_UNKNOWN;
    group = name_group(f);
    return may_have(f->c, group) ? group : SOURCE_UNKNOWN;
}

/* The file of today goes before what was noted of the address. */
static void find_network(struct row_facts *f)
{
    struct network network;

    if (intake_dns_network(f->c->lookup, &f->row->address, &network))
        f->address.as_number = network.number;
}

static enum rc find_source(struct row_facts *f)
{
    struct conn conn = {.ip = f->row->address};
    struct message m = {.conn = &conn};
    struct dkim_signature sig[CONVERT_RESULTS_MAX];
    const char *author = f->row->header_from, *named;
    struct evidence ev;
    enum rc rc;

    evidence_of(f, &ev, sig);
    rc = source_identify(f->c->a, &m, &ev, f->c->config->senders, &f->source);
    named = f->source.name;
    if (rc == RC_OK)
        rc = source_by_network(f->c->a, f->c->networks, author[0] != '\0' ? author : f->report->domain,
                               &f->row->address, f->c->config->senders, &f->source);
    if (rc == RC_OK && f->source.name != named) {
        ; /* somebody entered its address: that says more than what follows */
    } else if (rc == RC_OK && f->source.proof < SOURCE_SPF && is_own_server(f, &ev)) {
        f->source = (struct source){.name = CLASSIFY_OWN, .proof = SOURCE_SPF,
                                    .detail = str_dup(f->c->a, str_of(ev.spf.mechanism))};
    } else if (rc == RC_OK && f->source.sender == NULL && f->row->passes == 0) {
        ev.published_by = published_by(f);
        rc = source_identify(f->c->a, &m, &ev, f->c->config->senders, &f->source);
    }
    if (rc != RC_OK || f->source.detail == NULL)
        return RC_NOMEM;
    f->row->source = f->source.proof == SOURCE_UNPROVEN ? group_of(f) : f->source.name;
    f->row->proof = (int)f->source.proof;
    f->row->detail = f->source.detail;
    return RC_OK;
}

/* ---- the row ---- */

static void classify_take_apart(struct row_facts *f)
{
    f->signatures = convert_results(f->c->a, f->row->dkim, false, f->signature);
    f->spf_results = convert_results(f->c->a, f->row->spf, true, f->spf);
    if (f->spf_results > 0 && strcmp(f->spf[0].other, "helo") != 0)
        f->spf_main = &f->spf[0];
}

enum rc classify_row(struct classify *c, const struct received_report *r, const struct received_address *address,
                     struct received_row *row, struct err *e)
{
    struct row_facts f = {.c = c, .report = r, .row = row};
    enum client_domain kind;
    enum rc rc;

    f.client = clients_of(c->config->clients, r->domain, &kind);
    row->domain = classify_domain(f.client, row->header_from, classify_domain(f.client, r->domain, r->domain));
    row->marks &= ~(unsigned)(RECEIVED_FORWARDED | RECEIVED_REPORTER_DIFFERS);
    classify_take_apart(&f);
    f.address = (struct received_address){.name = "", .as_name = "", .country = ""};
    if (address != NULL && address->name != NULL)
        f.address = *address;
    find_network(&f);
    rc = find_source(&f);
    if (rc == RC_OK)
        rc = reason_find(&f, e);
    if (rc == RC_OK && arena_ran_out(c->a))
        rc = RC_NOMEM;
    return rc == RC_NOMEM ? err_set(e, RC_NOMEM, "no memory to tell who sent what a report lists") : rc;
}
