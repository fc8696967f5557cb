#include "spf/spf_eval.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mail/domain.h"
#include "spf/spf_ptr.h"

/* Instead of an answer, for a name that DNS cannot be asked for. */
static const struct dns_answer no_such_name = {.status = DNS_NXDOMAIN, .canonical = "", .why = ""};

/* ---- stopping ---- */

/* A name or term for a message: escaped, not too long. */
static const char *spf_eval_shown(struct spf_eval *e, struct str text)
{
    struct strbuf b = strbuf_new(e->arena, 4 * 100 + 3);

    strbuf_put_escaped(&b, text, 100);
    return b.p;
}

/* RFC 7208 section 2.6, of what went wrong. */
static enum spf_result spf_eval_result_of(enum spf_trouble trouble)
{
    switch (trouble) {
    case SPF_TROUBLE_NONE: return SPF_NONE;
    case SPF_TROUBLE_DNS:
    case SPF_TROUBLE_MEMORY: return SPF_TEMPERROR;
    case SPF_TROUBLE_SYNTAX:
    case SPF_TROUBLE_MULTIPLE:
    case SPF_TROUBLE_LIMIT:
    case SPF_TROUBLE_ABSENT:
    case SPF_TROUBLE_OURS: break;
    }
    return SPF_PERMERROR;
}

void spf_eval_stop(struct spf_eval *e, enum spf_trouble trouble, const char *domain, const struct spf_step *step,
                   const char *fmt, ...)
{
    struct err text = ERR_NONE;
    struct strbuf b;
    va_list ap;

    if (e->stopped)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text.text, sizeof text.text, fmt, ap);
    va_end(ap);
    b = strbuf_new(e->arena, 2 * ERR_TEXT_MAX);
    strbuf_puts(&b, text.text);
    if (step != NULL)
        strbuf_putf(&b, " (at \"%s\" in the SPF record of %s)", spf_eval_shown(e, step->term->text),
                    spf_eval_shown(e, str_of(step->policy->domain)));
    e->stopped = true;
    e->trouble = trouble;
    e->trouble_domain = domain;
    e->result = spf_eval_result_of(trouble);
    e->problem = b.n == 0 ? "out of memory" : b.p;
}

/* ---- names and questions ---- */

const struct spf_macro_values *spf_eval_values(struct spf_eval *e, const struct spf_policy *policy, struct str text)
{
    e->values.domain = str_of(policy->domain);
    if (spf_macro_uses(text, 'p'))
        e->values.validated = str_of(spf_ptr_validated(e->dns, &e->values.ip, policy->domain));
    return &e->values;
}

struct str spf_eval_name(struct spf_eval *e, const struct spf_policy *policy, struct str spec)
{
    struct str name = STR_NONE;

    if (spec.n == 0)
        return str_of(policy->domain);
    if (spf_macro_domain(e->arena, spec, spf_eval_values(e, policy, spec), &name) != RC_OK)
        spf_eval_stop(e, SPF_TROUBLE_MEMORY, "", NULL, "out of memory");
    return name;
}

/* 0 when one of them is empty or longer than DNS allows. */
static size_t count_labels(struct str name)
{
    size_t labels = 0;

    for (struct str rest = name; rest.n > 0; labels++) {
        size_t dot = str_find(rest, '.');

        if (dot == 0 || dot > DOMAIN_LABEL_MAX || dot + 1 == rest.n)
            return 0;
        rest = str_slice(rest, dot + 1, rest.n);
    }
    return labels;
}

/* RFC 8616 section 4: what expands to non-ASCII matches nothing; NUL would cut the name short. */
bool spf_eval_askable(struct str name)
{
    return name.n <= DOMAIN_MAX && count_labels(name) > 0 && str_is_ascii(name) && str_find(name, '\0') == name.n;
}

/* Section 5: a DNS error ends the evaluation with temperror.  NULL: stopped, now or before. */
static const struct dns_answer *spf_eval_ask(struct spf_eval *e, const struct spf_step *step, struct str name,
                                             enum dns_type type)
{
    const struct dns_answer *answer;

    if (e->stopped)
        return NULL;
    if (!spf_eval_askable(name))
        return &no_such_name;
    answer = dns_ask(e->dns, name.p, type);
    if (answer->status != DNS_TEMPFAIL)
        return answer;
    spf_eval_stop(e, SPF_TROUBLE_DNS, spf_eval_shown(e, name), step, "no answer from DNS for %s %s: %s",
                  spf_eval_shown(e, name),
                  dns_type_name(type), answer->why);
    return NULL;
}

/* ---- limits, section 4.6.4 ---- */

static bool count_lookup(struct spf_eval *e, const struct spf_step *step)
{
    if (e->stopped)
        return false;
    e->last = step;
    if (++e->lookups > SPF_LOOKUPS_MAX)
        spf_eval_stop(e, SPF_TROUBLE_LIMIT, e->domain, step, "more than %d terms that need DNS", SPF_LOOKUPS_MAX);
    return !e->stopped;
}

/* Only what a term itself asks for counts, not addresses of exchanges and of the client's names, nor what DNS was
 * never asked. */
static bool count_void(struct spf_eval *e, const struct spf_step *step, const struct dns_answer *answer)
{
    if (answer == &no_such_name || (answer->status != DNS_NODATA && answer->status != DNS_NXDOMAIN))
        return true;
    if (++e->voids > SPF_VOIDS_MAX)
        spf_eval_stop(e, SPF_TROUBLE_LIMIT, e->domain, step, "more than %d terms for which DNS has nothing",
                      SPF_VOIDS_MAX);
    return !e->stopped;
}

/* The answer to a term's own question, counted both ways.  NULL: stopped. */
static const struct dns_answer *ask_term(struct spf_eval *e, const struct spf_step *step, enum dns_type type)
{
    const struct dns_answer *answer;

    if (!count_lookup(e, step))
        return NULL;
    answer = spf_eval_ask(e, step, spf_eval_name(e, step->policy, step->term->domain), type);
    return answer != NULL && count_void(e, step, answer) ? answer : NULL;
}

/* ---- terms ---- */

const struct dns_answer *spf_eval_hosts(struct spf_eval *e, struct spf_step *step)
{
    return ask_term(e, step, e->address_type);
}

const struct dns_answer *spf_eval_exchanges(struct spf_eval *e, struct spf_step *step)
{
    step->mx = ask_term(e, step, DNS_MX);
    return step->mx;
}

const struct dns_answer *spf_eval_exchange(struct spf_eval *e, const struct spf_step *step, size_t index)
{
    struct str name = str_of(step->mx->rr[index].name);

    if (index >= SPF_MX_MAX)
        spf_eval_stop(e, SPF_TROUBLE_LIMIT, e->domain, step, "more than %d mail exchanges", SPF_MX_MAX);
    return spf_eval_ask(e, step, name, e->address_type); /* the null MX of RFC 7505 has the empty name */
}

/* Section 5.5: an error while asking for PTR means no match; only our own deadline ends the evaluation. */
static bool ptr_matches(struct spf_eval *e, const struct spf_step *step)
{
    struct str target = spf_eval_name(e, step->policy, step->term->domain);
    const struct dns_answer *names;

    if (!count_lookup(e, step))
        return false;
    names = spf_ptr_ask(e->dns, &e->values.ip);
    if (names->status == DNS_TEMPFAIL && strcmp(names->why, "deadline") == 0)
        spf_eval_stop(e, SPF_TROUBLE_DNS, step->policy->domain, step, "DNS took too long");
    return !e->stopped && count_void(e, step, names) && spf_eval_askable(target) &&
           spf_ptr_within(e->dns, &e->values.ip, names, target.p) != NULL;
}

bool spf_eval_matches(struct spf_eval *e, struct spf_step *step)
{
    const struct dns_answer *answer;

    if (e->stopped)
        return false;
    switch (step->term->kind) {
    case SPF_TERM_PTR: return ptr_matches(e, step);
    case SPF_TERM_EXISTS:
        answer = ask_term(e, step, DNS_A); /* whatever family the client has */
        return answer != NULL && answer->count > 0;
    default: e->last = step; return true;
    }
}

/* ---- records ---- */

/* Section 4.3: a domain check_host() goes on with has several labels. */
static bool is_checkable(struct str name)
{
    return spf_eval_askable(name) && count_labels(name) > 1;
}

/* Section 4.5.  More than one: stopped. */
static bool select_record(struct spf_eval *e, const struct spf_step *via, struct str domain,
                          const struct dns_answer *answer, struct str *out)
{
    size_t found = 0;

    for (size_t i = 0; i < answer->count; i++) {
        if (!spf_record_is(answer->rr[i].txt))
            continue;
        *out = answer->rr[i].txt;
        found++;
    }
    if (found > 1)
        spf_eval_stop(e, SPF_TROUBLE_MULTIPLE, spf_eval_shown(e, domain), via, "%s has %zu SPF records, one is allowed",
                      spf_eval_shown(e, domain), found);
    return found == 1;
}

/* Sections 5.2 and 6.1: no record where an include or redirect leads is an error. */
static bool fetch_record(struct spf_eval *e, const struct spf_step *via, struct str domain, struct str *out)
{
    const struct dns_answer *answer = is_checkable(domain) ? spf_eval_ask(e, via, domain, DNS_TXT) : &no_such_name;

    if (answer == NULL || (via != NULL && !count_void(e, via, answer)))
        return false;
    if (via == NULL) {
        e->record_known = answer != &no_such_name;
        e->record_ttl = answer->ttl;
    }
    if (select_record(e, via, domain, answer, out))
        return true;
    if (via == NULL)
        spf_eval_stop(e, SPF_TROUBLE_NONE, "", NULL, "%s has no SPF record", spf_eval_shown(e, domain));
    else
        spf_eval_stop(e, SPF_TROUBLE_ABSENT, via->policy->domain, via, "%s has no SPF record", spf_eval_shown(e,
                                                                                                              domain));
    return false;
}

static bool spf_eval_asks_dns(const struct spf_term *term)
{
    return term->kind != SPF_TERM_ALL && term->kind != SPF_TERM_IP4 && term->kind != SPF_TERM_IP6;
}

/* all, ip4 and ip6 are decided here. */
static bool matches_client(const struct spf_term *term, const struct ip *client)
{
    return term->kind == SPF_TERM_ALL ||
           ip_in_prefix(client, &term->network, term->kind == SPF_TERM_IP4 ? term->bits4 : term->bits6);
}

/* RFC 8616 section 4: a term with %{s} or %{l} matches nothing when the local-part is not ASCII. */
static bool is_beyond_dns(const struct spf_eval *e, const struct spf_term *term)
{
    return !str_is_ascii(e->values.local) &&
           (spf_macro_uses(term->domain, 's') || spf_macro_uses(term->domain, 'l'));
}

/*
 * The steps of a record: terms that ask DNS, up to the first term that needs
 * no DNS and matches; such terms that do not match are left out.  Terms
 * further over the limit than one cannot be reached.
 */
static void lay_out(struct spf_eval *e, struct spf_policy *policy)
{
    const struct spf_record *record = &policy->record;
    unsigned asking = 0;
    bool ended = false;

    policy->first = e->steps;
    for (size_t i = 0; i < record->n && !ended; i++) {
        const struct spf_term *term = &record->directive[i];

        if (spf_eval_asks_dns(term) ? is_beyond_dns(e, term) : !matches_client(term, &e->values.ip))
            continue;
        e->step[e->steps++] = (struct spf_step){.term = term, .policy = policy};
        ended = !spf_eval_asks_dns(term) || ++asking > SPF_LOOKUPS_MAX;
    }
    if (!ended && record->redirect.text.n > 0)
        e->step[e->steps++] = (struct spf_step){.term = &record->redirect, .policy = policy};
    policy->n = e->steps - policy->first;
}

static bool parse_record(struct spf_eval *e, struct spf_policy *policy, struct str text)
{
    struct err why = ERR_NONE;
    enum rc rc = spf_record_parse(e->arena, text, &policy->record, &why);

    e->record_over = rc == RC_LIMIT;
    if (rc == RC_NOMEM)
        spf_eval_stop(e, SPF_TROUBLE_MEMORY, "", NULL, "out of memory");
    else if (rc != RC_OK)
        spf_eval_stop(e, rc == RC_LIMIT ? SPF_TROUBLE_OURS : SPF_TROUBLE_SYNTAX, policy->domain, NULL,
                      "SPF record of %s: %s", spf_eval_shown(e, str_of(policy->domain)), why.text);
    return rc == RC_OK;
}

const struct spf_policy *spf_eval_open(struct spf_eval *e, const struct spf_step *via)
{
    struct spf_policy *policy = &e->policy[e->policies];
    struct str domain = str_of(e->domain), text = STR_NONE;

    if (e->stopped || (via != NULL && !count_lookup(e, via)))
        return NULL;
    MUST(e->policies < SPF_POLICIES_MAX);
    if (via != NULL)
        domain = spf_eval_name(e, via->policy, via->term->domain);
    if (e->stopped || !fetch_record(e, via, domain, &text))
        return NULL;
    if (via == NULL)
        e->record = text;
    *policy = (struct spf_policy){.domain = domain.p, .via = via};
    if (!parse_record(e, policy, text))
        return NULL;
    e->policies++;
    if (via == NULL || (via->term->kind == SPF_TERM_REDIRECT && via->policy == e->outer))
        e->outer = policy;
    lay_out(e, policy);
    return policy;
}
