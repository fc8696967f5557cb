/* Why a message failed: the rules, in the order in which they are asked. */
#include "verdict/cause_facts.h"

#include <string.h>

#include "dmarc/dmarc_discover.h"
#include "mail/domain.h"

enum { CHANGE_FRESH_MS = 48 * 60 * 60 * 1000, CHANGE_AHEAD_MS = 60 * 60 * 1000, STRONG_BITS = 2048 };

/* ---- what a rule asks about ---- */

/* The author's first signature with one of `problems` (1u << enum dkim_problem); NULL for none. */
static const struct dkim_signature *own_signature(const struct cause_facts *f, unsigned problems)
{
    const struct dkim_evidence *e = &f->g->evidence->dkim;

    for (size_t i = 0; i < e->n; i++)
        if ((problems & 1u << e->sig[i].problem) != 0 && relay_is_own(&f->v->dmarc, e->sig[i].domain))
            return &e->sig[i];
    return NULL;
}

static bool own_signature_has(struct cause_facts *f, unsigned problems)
{
    const struct dkim_signature *s = own_signature(f, problems);

    if (s != NULL && f->failed == NULL)
        f->failed = s;
    return s != NULL;
}

static bool own_path_has(const struct cause_facts *f, enum spf_trouble trouble)
{
    return f->own_path && f->g->evidence->spf.trouble == trouble;
}

/* A service whose customers authenticate what it sends for them. */
static const struct sender *service(const struct cause_facts *f)
{
    const struct sender *s = f->v->source.sender;

    return s == NULL || s->kind == SENDER_LIST || s->kind == SENDER_FORWARDING ? NULL : s;
}

static bool is_fresh(const struct cause_facts *f, const struct known_change *c)
{
    int64_t age = c == NULL ? 0 : f->g->message->arrival_ms - c->changed_ms;

    return c != NULL && age <= CHANGE_FRESH_MS && age >= -CHANGE_AHEAD_MS; /* further ahead: a clock was wrong */
}

/* Whether that record changed lately; then it is the one in question. */
static bool cause_changed(struct cause_facts *f, const char *name, enum dns_kind kind)
{
    const struct known_change *c = name[0] == '\0' ? NULL : background_change(f->g->background, name, kind);

    if (!is_fresh(f, c))
        return false;
    f->change = c;
    f->changed_kind = kind;
    f->changed_name = name;
    return true;
}

static const char *cause_joined(struct arena *a, const char *left, const char *right)
{
    struct strbuf b = strbuf_new(a, strlen(left) + strlen(right));

    strbuf_putf(&b, "%s%s", left, right);
    return b.p;
}

static const char *cause_key_name(const struct cause_facts *f, const struct dkim_signature *s)
{
    return cause_joined(f->arena, cause_joined(f->arena, s->selector, "._domainkey."), s->domain);
}

/* ---- DNS ---- */

static const char *failed_walk(const struct cause_facts *f)
{
    const struct dmarc_evidence *e = &f->g->evidence->dmarc;
    const struct dmarc_step *step = NULL;

    for (size_t i = 0; step == NULL && i < e->author_count; i++)
        step = dmarc_failed_step(&e->author[i].walk);
    for (size_t i = 0; step == NULL && i < e->identifier_count; i++)
        step = dmarc_failed_step(&e->identifier[i]);
    return step == NULL ? "" : cause_joined(f->arena, "_dmarc.", step->domain);
}

/* DMARC could not be decided because DNS did not answer for a record it hangs on (RFC 9989 section 5.3.6). */
static bool is_dns_temporary(struct cause_facts *f)
{
    const struct dmarc_evidence *e = &f->g->evidence->dmarc;
    const struct dkim_signature *s = own_signature(f, 1u << DKIM_PROBLEM_DNS);

    if (f->v->dmarc.result != DMARC_TEMPERROR)
        return false;
    f->waiting_for = failed_walk(f);
    if (f->waiting_for[0] == '\0' && own_path_has(f, SPF_TROUBLE_DNS))
        f->waiting_for = f->g->evidence->spf.trouble_domain;
    if (f->waiting_for[0] == '\0' && s != NULL)
        f->waiting_for = cause_key_name(f, s);
    for (size_t i = 0; f->waiting_for[0] == '\0' && i < e->author_count; i++)
        if (e->author[i].existence == DMARC_EXISTS_TEMP)
            f->waiting_for = e->author[i].domain;
    return f->waiting_for[0] != '\0';
}

/*
 * A key of the author's is missing, unusable or does not fit, and its record changed within 48 hours.  One that was
 * withdrawn (p= is empty) is no change to wait out: it was meant.
 */
static bool key_changed(struct cause_facts *f)
{
    const unsigned keys = 1u << DKIM_PROBLEM_NO_KEY | 1u << DKIM_PROBLEM_KEY | 1u << DKIM_PROBLEM_WEAK |
                          1u << DKIM_PROBLEM_HEADERS;
    const struct dkim_evidence *e = &f->g->evidence->dkim;

    for (size_t i = 0; i < e->n; i++)
        if ((keys & 1u << e->sig[i].problem) != 0 && relay_is_own(&f->v->dmarc, e->sig[i].domain) &&
            cause_changed(f, cause_key_name(f, &e->sig[i]), DNS_KIND_DKIM))
            return true;
    return false;
}

/* SPF does not pass for the author's domain, and its record, or the one an error is about, changed within 48 hours. */
static bool spf_changed(struct cause_facts *f)
{
    const struct spf_evidence *spf = &f->g->evidence->spf;

    return f->own_path && spf->result != SPF_PASS &&
           (cause_changed(f, f->path, DNS_KIND_SPF) || cause_changed(f, spf->trouble_domain, DNS_KIND_SPF));
}

/* Something ties the client to the author, so that SPF may have passed before: its confirmed name, a known service. */
static bool is_tied(const struct cause_facts *f)
{
    const struct iprev_evidence *e = &f->g->evidence->iprev;
    const char *name = "";

    if (service(f) != NULL)
        return true;
    return e->result == IPREV_PASS && domain_normalize(f->arena, str_of(e->name), &name) == RC_OK &&
           relay_is_own(&f->v->dmarc, name);
}

/* The DMARC record changed within 48 hours, and only its strict alignment is in the way. */
static bool strictness_changed(struct cause_facts *f)
{
    const struct dmarc_verdict *d = &f->v->dmarc;
    bool spf = f->g->evidence->spf.result == SPF_PASS && f->own_path;
    bool dkim = f->other != NULL && relay_is_own(d, f->other->domain);

    return (spf || dkim) && d->policy_domain[0] != '\0' &&
           cause_changed(f, cause_joined(f->arena, "_dmarc.", d->policy_domain), DNS_KIND_DMARC);
}

static bool is_dns_changed(struct cause_facts *f)
{
    return key_changed(f) || (is_tied(f) && spf_changed(f)) || strictness_changed(f);
}

/* ---- who ---- */

/* RFC 9989 section 5.3.1: no one author domain can be read out of From. */
static bool is_author_unreadable(struct cause_facts *f)
{
    return f->v->dmarc.result == DMARC_PERMERROR;
}

static bool cause_is_lookalike(struct cause_facts *f)
{
    return f->v->client_domain == CLIENT_DOMAIN_LOOKALIKE;
}

static bool is_parked(struct cause_facts *f)
{
    return f->v->client_domain == CLIENT_DOMAIN_PARKED;
}

static bool is_mailing_list(struct cause_facts *f)
{
    return f->v->relay.kind == RELAY_LIST;
}

static bool cause_is_forwarded(struct cause_facts *f)
{
    return f->v->relay.kind == RELAY_FORWARDER;
}

/* ---- DKIM ---- */

/* A signature of the author's domain whose key is there does not verify (RFC 6376 section 6.1.3). */
static bool is_dkim_broken(struct cause_facts *f)
{
    /* the body's change is told first: it cannot be the key's fault */
    return own_signature_has(f, 1u << DKIM_PROBLEM_BODY) || own_signature_has(f, 1u << DKIM_PROBLEM_HEADERS);
}

/* A key of fewer than 1024 bits, or rsa-sha1 (RFC 8301). */
static bool is_dkim_weak_key(struct cause_facts *f)
{
    return own_signature_has(f, 1u << DKIM_PROBLEM_WEAK);
}

/* RFC 6376 section 6.1.2: nothing at the selector, nothing usable, or a key that was withdrawn. */
static bool is_dkim_no_key(struct cause_facts *f)
{
    return own_signature_has(f, 1u << DKIM_PROBLEM_NO_KEY | 1u << DKIM_PROBLEM_REVOKED | 1u << DKIM_PROBLEM_KEY);
}

/* RFC 6376 section 6.1.1: the field itself is no use. */
static bool is_dkim_invalid(struct cause_facts *f)
{
    return own_signature_has(f, 1u << DKIM_PROBLEM_EXPIRED | 1u << DKIM_PROBLEM_FROM | 1u << DKIM_PROBLEM_SYNTAX);
}

/* A signature passes, and none that aligns. */
static bool is_dkim_unaligned(struct cause_facts *f)
{
    return f->other != NULL;
}

/* A known service sent it, and there is no signature of the author's, nor any that passes. */
static bool is_dkim_absent(struct cause_facts *f)
{
    return service(f) != NULL && f->other == NULL && own_signature(f, ~0u) == NULL;
}

/* ---- SPF ---- */

static bool is_spf_multiple(struct cause_facts *f)
{
    return own_path_has(f, SPF_TROUBLE_MULTIPLE);
}

/* RFC 7208 section 4.6; an include of what has no record is such an error too (section 5.2). */
static bool is_spf_syntax(struct cause_facts *f)
{
    return own_path_has(f, SPF_TROUBLE_SYNTAX) || own_path_has(f, SPF_TROUBLE_ABSENT);
}

static bool is_spf_limit(struct cause_facts *f)
{
    return own_path_has(f, SPF_TROUBLE_LIMIT);
}

/* Whether a record has the term as a word of its own, qualifier aside. */
static bool record_has(struct str record, struct str term)
{
    for (size_t i = 0; i < record.n;) {
        size_t end = i + str_find(str_slice(record, i, record.n), ' ');
        struct str word = str_slice(record, i, end);

        if (word.n > 0 && strchr("+-~?", word.p[0]) != NULL)
            word = str_slice(word, 1, word.n);
        if (str_eq_nocase(word, term))
            return true;
        i = end + 1;
    }
    return false;
}

/* Whether a record lacks one of the terms, which blanks separate. */
static bool record_lacks(struct str record, struct str terms)
{
    for (size_t i = 0; i < terms.n;) {
        size_t end = i + str_find(str_slice(terms, i, terms.n), ' ');
        struct str term = str_slice(terms, i, end);

        if (term.n > 0 && !record_has(record, term))
            return true;
        i = end + 1;
    }
    return false;
}

/*
 * A known service sent it with the author's domain in MAIL FROM, SPF says it
 * may not, and that domain's record lacks what the service wants there.
 */
static bool is_spf_no_include(struct cause_facts *f)
{
    const struct spf_evidence *spf = &f->g->evidence->spf;
    const struct sender *s = service(f);

    return s != NULL && s->include[0] != '\0' && f->own_path && !spf->from_helo &&
           (spf->result == SPF_NONE || spf->result == SPF_NEUTRAL || spf->result == SPF_FAIL ||
            spf->result == SPF_SOFTFAIL) &&
           record_lacks(str_of(spf->record), str_of(s->include));
}

/* SPF passes, and not for the author's domain. */
static bool is_spf_unaligned(struct cause_facts *f)
{
    return f->g->evidence->spf.checked && f->g->evidence->spf.result == SPF_PASS && !f->v->dmarc.spf_aligned;
}

/* ---- the order ---- */

/* Whatever DMARC says of the message. */
static const struct rule { enum cause cause; bool (*holds)(struct cause_facts *f); } rules_of_names[] = {
    {CAUSE_LOOKALIKE, cause_is_lookalike}, {CAUSE_PARKED, is_parked},
};

/* When DMARC could not say. */
static const struct rule rules_of_errors[] = {
    {CAUSE_DNS_TEMPORARY, is_dns_temporary}, {CAUSE_AUTHOR_UNREADABLE, is_author_unreadable},
};

/*
 * When DMARC failed: what explains the rest comes first, and of what is left
 * the step nearest to a pass.
 */
static const struct rule rules_of_failures[] = {
    {CAUSE_MAILING_LIST, is_mailing_list}, {CAUSE_FORWARDED, cause_is_forwarded}, {CAUSE_DNS_CHANGED, is_dns_changed},
    {CAUSE_DKIM_BROKEN, is_dkim_broken}, {CAUSE_DKIM_WEAK_KEY, is_dkim_weak_key},
    {CAUSE_DKIM_NO_KEY, is_dkim_no_key}, {CAUSE_DKIM_INVALID, is_dkim_invalid},
    {CAUSE_SPF_MULTIPLE, is_spf_multiple}, {CAUSE_SPF_SYNTAX, is_spf_syntax}, {CAUSE_SPF_LIMIT, is_spf_limit},
    {CAUSE_SPF_NO_INCLUDE, is_spf_no_include}, {CAUSE_DKIM_UNALIGNED, is_dkim_unaligned},
    {CAUSE_DKIM_ABSENT, is_dkim_absent}, {CAUSE_SPF_UNALIGNED, is_spf_unaligned},
};

/* The first rule that holds is the cause, unless there is one; the others are kept beside it. */
static void cause_ask(struct cause_facts *f, const struct rule *rule, size_t n, struct finding *out)
{
    for (size_t i = 0; i < n; i++) {
        if (!rule[i].holds(f))
            continue;
        if (out->cause == CAUSE_NONE)
            out->cause = rule[i].cause;
        else
            out->secondary |= 1u << rule[i].cause;
    }
}

#define ASK(f, rules, out) cause_ask((f), (rules), sizeof(rules) / sizeof(rules)[0], (out))

static void find_cause(struct cause_facts *f, struct finding *out)
{
    ASK(f, rules_of_names, out);
    if (f->v->dmarc.result == DMARC_FAIL)
        ASK(f, rules_of_failures, out);
    else
        ASK(f, rules_of_errors, out);
    if (f->v->dmarc.result != DMARC_FAIL || out->cause != CAUSE_NONE)
        return;
    out->cause = CAUSE_UNAUTHORIZED; /* nothing names a sender, nothing explains the failure */
    if (spf_changed(f))
        out->secondary |= 1u << CAUSE_DNS_CHANGED;
}

/* ---- what follows ---- */

/* dns-changed is followed up where the record is repaired. */
static enum playbook playbook_of_change(const struct cause_facts *f)
{
    switch (f->changed_kind) {
    case DNS_KIND_SPF: return PLAYBOOK_SPF_FAIL;
    case DNS_KIND_DKIM: return PLAYBOOK_DKIM_FAIL;
    case DNS_KIND_DMARC: break;
    }
    return PLAYBOOK_MISALIGN;
}

/* Where the source stands with the domain's owner, whatever became of the message. */
static enum playbook playbook_of_standing(const struct verdict *v)
{
    switch (cause_standing(v)) {
    case STATUS_MALICIOUS: return PLAYBOOK_SPOOFING;
    case STATUS_RETIRED:
    case STATUS_PENDING:
    case STATUS_UNKNOWN: return PLAYBOOK_NEW_SENDER;
    case STATUS_APPROVED: break;
    }
    return PLAYBOOK_NONE;
}

/* The cause's own, unless who sent it must be settled first. */
static enum playbook choose_playbook(const struct cause_facts *f, enum cause cause)
{
    enum playbook playbook = cause_about(cause)->playbook;
    enum source_status standing = cause_standing(f->v);
    bool stranger = f->v->source.sender == NULL;

    if (cause == CAUSE_DNS_CHANGED)
        playbook = playbook_of_change(f);
    if (playbook == PLAYBOOK_NONE || playbook == PLAYBOOK_SPOOFING)
        return playbook;
    if (standing == STATUS_MALICIOUS || standing == STATUS_RETIRED ||
        (standing != STATUS_APPROVED && cause_helps_source(cause)))
        return playbook_of_standing(f->v);
    /* all that passes is another organization's, which nobody knows yet */
    if (playbook == PLAYBOOK_MISALIGN && stranger && !f->own_path &&
        (f->other == NULL || !relay_is_own(&f->v->dmarc, f->other->domain)))
        return PLAYBOOK_NEW_SENDER;
    return playbook;
}

static bool cause_aligns(const struct dmarc_verdict *d, const char *domain)
{
    bool strict = d->record != NULL && d->record->adkim_strict;

    return strict ? strcmp(domain, d->author_domain) == 0 : relay_is_own(d, domain);
}

/* The best signature that carries the message: RISK_NONE, or what is wrong with the best there is. */
static enum risk signature_risk(struct cause_facts *f)
{
    const struct dkim_evidence *e = &f->g->evidence->dkim;
    enum risk risk = RISK_NONE;

    for (size_t i = 0; i < e->n; i++) {
        const struct dkim_signature *s = &e->sig[i];
        bool weak = s->key_bits > 0 && s->key_bits < STRONG_BITS && str_starts_nocase(str_of(s->algorithm), STR("rsa"));

        if (s->result != DKIM_PASS || !cause_aligns(&f->v->dmarc, s->domain))
            continue;
        if (!weak && !s->testing)
            return RISK_NONE;
        if (risk != RISK_TESTING_KEY) {
            risk = weak ? RISK_WEAK_KEY : RISK_TESTING_KEY;
            f->failed = s;
        }
    }
    return risk;
}

/* What a pass hangs on, the most pressing first. */
static enum risk find_risk(struct cause_facts *f)
{
    const struct dmarc_verdict *d = &f->v->dmarc;
    enum risk risk = d->dkim_aligned ? signature_risk(f) : RISK_SPF_ONLY;

    if (risk == RISK_NONE && !d->spf_aligned)
        risk = RISK_DKIM_ONLY;
    return risk;
}

static void cause_look(struct cause_facts *f)
{
    const struct evidence *e = f->g->evidence;

    f->path = relay_path(f->arena, &e->spf);
    f->own_path = relay_is_own(&f->v->dmarc, f->path);
    for (size_t i = 0; !f->v->dmarc.dkim_aligned && f->other == NULL && i < e->dkim.n; i++)
        if (e->dkim.sig[i].result == DKIM_PASS)
            f->other = &e->dkim.sig[i];
    cause_look_for_vanished(f);
}

enum rc cause_find(struct arena *a, const struct given *g, const struct verdict *v, struct finding *out)
{
    struct cause_facts f = {.arena = a, .g = g, .v = v, .path = "", .changed_name = "", .waiting_for = ""};

    *out = (struct finding){.detail = "", .next = ""};
    cause_look(&f);
    find_cause(&f, out);
    if (out->cause != CAUSE_NONE) {
        out->playbook = choose_playbook(&f, out->cause);
    } else if (v->dmarc.result == DMARC_PASS) {
        out->risk = find_risk(&f);
        out->playbook = playbook_of_standing(v);
    }
    return cause_words(&f, out);
}
