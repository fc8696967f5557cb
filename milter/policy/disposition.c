#include "policy/disposition.h"

#include <string.h>

#include "mail/domain.h"
#include "output/arc_vouch.h"
#include "policy/tie.h"

static const char *const actions[] = {"none", "stamp", "quarantine", "reject", "tempfail"};
const struct enum_names policy_action_names = ENUM_NAMES(actions);

struct disposition_settings disposition_settings_of(const struct config *c)
{
    return (struct disposition_settings){
        .honour_reject = c->honour_reject,
        .inventory_acts = c->inventory_acts,
        .defer_temperror = config_auto(c, c->defer_temperror),
    };
}

/* ---- lists ---- */

static bool is_listed(const struct string_list *list, struct str text)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(str_of(list->item[i]), text))
            return true;
    return false;
}

static bool disposition_is_within(const struct string_list *list, const char *domain)
{
    for (size_t i = 0; i < list->n; i++)
        if (domain[0] != '\0' && domain_is_within(domain, list->item[i]))
            return true;
    return false;
}

static bool in_networks(const struct net_list *list, const struct ip *ip)
{
    for (size_t i = 0; i < list->n; i++)
        if (ip_in_net(ip, &list->item[i]))
            return true;
    return false;
}

/* Every recipient the record names; a message with more than it names matches no list. */
static bool recipients_within(const struct string_list *list, const struct record *r)
{
    struct str rest = str_of(r->rcpt);
    int64_t seen = 0;

    for (; rest.n > 0; seen++) {
        struct str one = str_slice(rest, 0, str_find(rest, ' '));
        size_t at = one.n;
        bool found = false;

        rest = str_slice(rest, one.n + 1, rest.n);
        while (at > 0 && one.p[at - 1] != '@')
            at--;
        for (size_t i = 0; i < list->n && !found; i++) {
            struct str want = str_of(list->item[i]), domain = str_slice(one, at, one.n);

            found = at > 0 && str_ends_nocase(domain, want) &&
                    (domain.n == want.n || domain.p[domain.n - want.n - 1] == '.');
        }
        if (!found)
            return false;
    }
    return seen > 0 && seen == r->rcpts;
}

/* Whether the chain passes and its last sealer is one of them. */
static bool sealed_by(const struct string_list *list, const struct record *r)
{
    struct str text = str_of(r->arc_vouch);
    struct arc_voucher last;

    return arc_vouch_next(&text, &last) && is_listed(list, last.seal_domain) && is_listed(list, last.sign_domain);
}

/* ---- who vouches ---- */

/*
 * The earliest hop of the unbroken run of trusted sealers saw the message
 * before anybody we do not know had touched it; what it says of its author
 * counts (RFC 8617 section 7.2.1).
 */
static bool sealers_vouch(const struct string_list *trusted, const struct record *r)
{
    struct str text = str_of(r->arc_vouch);
    struct arc_voucher v;
    bool vouches = false;

    while (arc_vouch_next(&text, &v) && is_listed(trusted, v.seal_domain) && is_listed(trusted, v.sign_domain))
        vouches = v.vouches;
    return vouches;
}

/* Whether one of them signed, verified; of the record's column dkim. */
static bool signed_by(struct arena *a, const struct string_list *domains, const struct record *r)
{
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (domains->n == 0 || record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK)
        return false;
    for (size_t i = 0; i < n; i++)
        if (sig[i].result == DKIM_PASS && is_listed(domains, sig[i].domain))
            return true;
    return false;
}

/* ---- what confirms the author ---- */

static bool is_around(const struct record *r, const char *domain)
{
    return domain[0] != '\0' && ((r->org_domain[0] != '\0' && domain_is_within(domain, r->org_domain)) ||
                                 (r->source_domain[0] != '\0' && domain_is_within(domain, r->source_domain)) ||
                                 domain_is_within(domain, r->author_domain));
}

/* Alignment as the policy asks for it; without any policy, relaxed, for nobody has said otherwise. */
static bool is_confirmed(struct arena *a, const struct facts *f)
{
    const struct record *r = f->r;
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (r->spf_aligned != 0 || r->dkim_aligned != 0 || f->result == DMARC_PASS)
        return true;
    if (f->result != DMARC_NONE || r->author_domain[0] == '\0')
        return false;
    if (strcmp(r->spf, enum_name(&spf_result_names, SPF_PASS)) == 0 && is_around(r, r->spf_domain))
        return true;
    if (record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *domain = str_dup(a, sig[i].domain);

        if (sig[i].result == DKIM_PASS && domain != NULL && is_around(r, domain))
            return true;
    }
    return false;
}

/* ---- rules ---- */

static bool names_client(const struct string_list *list, const char *client)
{
    return client[0] != '\0' && (is_listed(list, STR("*")) || is_listed(list, str_of(client)));
}

/* The first field that speaks against the message; NULL when none does.  Those that cost most come last. */
static const char *objection(struct arena *a, const struct policy_match *m, const struct facts *f)
{
    const struct record *r = f->r;

    if (f->result < 0 || (m->results & 1u << f->result) == 0)
        return "Result";
    if (f->policy < 0 || (m->policies & 1u << f->policy) == 0)
        return "Policy";
    if (m->causes != 0 && (m->causes & f->causes) == 0)
        return "Cause";
    if (m->statuses != 0 && (f->status < 0 || (m->statuses & 1u << f->status) == 0))
        return "Status";
    if (m->list != POLICY_EITHER && (m->list == POLICY_YES) != (r->list != 0))
        return "List";
    if (m->author_domains.n > 0 && !disposition_is_within(&m->author_domains, r->author_domain))
        return "AuthorDomain";
    if (m->clients.n > 0 && !names_client(&m->clients, r->client))
        return "Client";
    if (m->sources.n > 0 && !is_listed(&m->sources, str_of(r->source)))
        return "Source";
    if (m->networks.n > 0 && !in_networks(&m->networks, &f->client))
        return "Network";
    if (m->sealers.n > 0 && !sealed_by(&m->sealers, r))
        return "Sealer";
    if (m->vouched_by.n > 0 && !sealers_vouch(&m->vouched_by, r))
        return "VouchedBy";
    if (m->signed_by.n > 0 && !signed_by(a, &m->signed_by, r))
        return "SignedBy";
    if (m->confirmed != POLICY_EITHER && (m->confirmed == POLICY_YES) != is_confirmed(a, f))
        return "Confirmed";
    return m->recipients.n > 0 && !recipients_within(&m->recipients, r) ? "Recipient" : NULL;
}

static bool in_force(int64_t until_ms, const struct record *r)
{
    return until_ms == 0 || r->time_ms < until_ms;
}

/* An approved source is held back or refused only by a rule that speaks of statuses. */
static bool spares(const struct disposition_settings *s, const struct policy_rule *rule, const struct facts *f)
{
    return s->inventory_acts && f->status == STATUS_APPROVED && rule->match.statuses == 0 &&
           rule->action > POLICY_STAMP;
}

static const char *rule_objection(struct arena *a, const struct policy_rule *rule,
                                  const struct disposition_settings *s, const struct facts *f)
{
    const char *field;

    if (!in_force(rule->until_ms, f->r))
        return "Until";
    field = objection(a, &rule->match, f);
    return field == NULL && spares(s, rule, f) ? "Status" : field;
}

const char *disposition_objection(struct arena *a, const struct policy_rule *rule,
                                  const struct disposition_settings *s, const struct facts *f)
{
    return rule_objection(a, rule, s, f);
}

static const struct policy_rule *find_rule(struct arena *a, const struct policy *p,
                                           const struct disposition_settings *s, const struct facts *f)
{
    for (size_t i = 0; i < p->n; i++)
        if (rule_objection(a, &p->rule[i], s, f) == NULL)
            return &p->rule[i];
    return NULL;
}

/* ---- reasons ---- */

/* The seals for the domain owner, newest first (RFC 8617 section 7.2.2): "as[2].d=b as[2].s=y as[1].d=a as[1].s=x". */
static void put_seals(struct strbuf *b, const char *chain)
{
    struct str rest = str_of(chain);
    unsigned n = 0;

    for (size_t i = 0; i < rest.n; i++)
        n += rest.p[i] == 'd' && (i == 0 || rest.p[i - 1] == ' ') && i + 1 < rest.n && rest.p[i + 1] == '=';
    for (bool domain = true; rest.n > 0; domain = !domain) {
        struct str one = str_slice(rest, 0, str_find(rest, ' '));

        strbuf_putf(b, " as[%u].%.*s", n, STR_FMT(one));
        n -= !domain && n > 0;
        rest = str_slice(rest, one.n + 1, rest.n);
    }
}

static const char *arc_comment(struct arena *a, const struct record *r)
{
    struct strbuf b = strbuf_new(a, RECORD_TEXT_MAX / 2);

    strbuf_puts(&b, "arc=pass");
    put_seals(&b, r->arc_chain);
    if (r->arc_origin[0] != '\0')
        strbuf_putf(&b, " remote-ip[1]=%s", r->arc_origin);
    return b.p;
}

/* ---- deciding ---- */

static void disposition_add(struct decision *d, enum override_type type, const char *comment)
{
    if (d->override_count < VERDICT_OVERRIDES_MAX)
        d->override[d->override_count++] = (struct override){type, comment};
}

/* Whether an answer could have made a message fail that its policy asks something about, or may ask. */
static bool answer_matters(const struct facts *f)
{
    return f->policy >= DMARC_P_QUARANTINE || !f->has_policy;
}

/* What the published policy makes of it (RFC 9989 sections 5.4 and 7.4). */
static enum policy_action by_policy(const struct disposition_settings *s, const struct facts *f)
{
    if (f->result == DMARC_TEMPERROR)
        return s->defer_temperror && answer_matters(f) ? POLICY_TEMPFAIL : POLICY_NONE;
    if (f->policy < DMARC_P_QUARANTINE || f->result != DMARC_FAIL)
        return POLICY_NONE;
    return f->policy == DMARC_P_REJECT && s->honour_reject ? POLICY_REJECT : POLICY_QUARANTINE;
}

static bool inventory_decides(const struct disposition_settings *s, const struct facts *f, struct decision *out)
{
    if (!s->inventory_acts || f->result != DMARC_FAIL)
        return false;
    if (f->status == STATUS_APPROVED)
        out->action = POLICY_NONE;
    else if (f->status == STATUS_MALICIOUS || f->status == STATUS_RETIRED)
        out->action = POLICY_REJECT;
    else
        return false;
    out->rule = "inventory";
    return true;
}

static void rule_decides(const struct policy_rule *rule, struct decision *out)
{
    out->action = rule->action;
    out->rule = rule->name;
}

/* The type that says best what the rule looks at, unless it names one. */
static enum override_type override_of(const struct policy_rule *rule)
{
    const struct policy_match *m = &rule->match;

    if (rule->override >= 0)
        return (enum override_type)rule->override;
    if (m->signed_by.n > 0)
        return OVERRIDE_TRUSTED_FORWARDER;
    return m->list == POLICY_YES ? OVERRIDE_MAILING_LIST : OVERRIDE_LOCAL_POLICY;
}

/* RFC 9990 section 3.1.1.9: the reason MUST be there where a failing message met another fate than the policy's. */
static void disposition_explain(struct arena *a, const struct facts *f, const struct policy_rule *rule,
                                struct decision *out)
{
    static const enum policy_action same[] = {POLICY_NONE, POLICY_QUARANTINE, POLICY_REJECT};
    enum policy_action did = out->action == POLICY_STAMP ? POLICY_NONE : out->action;

    if (f->result != DMARC_FAIL || f->policy < 0 || did == same[f->policy])
        return;
    if (rule != NULL)
        disposition_add(out, override_of(rule), rule->match.vouched_by.n > 0 ? arc_comment(a, f->r) : rule->reason);
    else if (strcmp(out->rule, "inventory") == 0)
        disposition_add(out, OVERRIDE_LOCAL_POLICY, did == POLICY_NONE ? "approved source" : "source is not to send");
    else
        disposition_add(out, OVERRIDE_LOCAL_POLICY, "reject is taken for quarantine here");
}

enum rc disposition_decide(struct arena *a, const struct policy *p, const struct disposition_settings *s,
                           const struct facts *f, struct decision *out)
{
    const struct policy_rule *rule = find_rule(a, p, s, f);

    *out = (struct decision){.rule = "default"};
    if (rule != NULL)
        rule_decides(rule, out);
    else if (!inventory_decides(s, f, out))
        out->action = by_policy(s, f);
    disposition_explain(a, f, rule, out);
    return RC_OK;
}

enum disposition disposition_of(enum policy_action action)
{
    static const enum disposition done[] = {
        [POLICY_NONE] = DISPOSITION_NONE,
        [POLICY_STAMP] = DISPOSITION_NONE,
        [POLICY_QUARANTINE] = DISPOSITION_QUARANTINE,
        [POLICY_REJECT] = DISPOSITION_REJECT,
        [POLICY_TEMPFAIL] = DISPOSITION_TEMPFAIL,
    };

    return done[action];
}

bool disposition_is_built_in(const char *rule)
{
    return strcmp(rule, DISPOSITION_MALFORMED_FROM) == 0 || strcmp(rule, DISPOSITION_FORGED_FIELDS) == 0 ||
           strcmp(rule, DISPOSITION_EXHAUSTED) == 0;
}

/* ---- the safety catch ---- */

bool disposition_is_mishap(const struct facts *f)
{
    return f->result == DMARC_FAIL && tie_is_claimed(f->r) && f->cause != CAUSE_PARKED &&
           f->cause != CAUSE_LOOKALIKE && f->status != STATUS_MALICIOUS && f->status != STATUS_RETIRED;
}

bool disposition_is_caught(const struct background *b, const struct decision *d, const struct facts *f)
{
    return (d->action == POLICY_QUARANTINE || d->action == POLICY_REJECT) && disposition_is_mishap(f) &&
           background_is_caught(b, f->r->author_domain, f->r->client_ip);
}
