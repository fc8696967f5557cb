#include "dkim/dkim_plan.h"

#include "mail/domain.h"
#include "mail/lex.h"

enum { NAMES_COMPARED = 64 };

bool dkim_is_signature(const struct header *h)
{
    return str_eq_nocase(str_trim(h->name), STR("DKIM-Signature"));
}

/* RFC 8601 section 2.7.1 for what section 6.1.1 of RFC 6376 calls PERMFAIL without telling apart. */
static enum dkim_result dkim_plan_result_of(enum dkim_sig_fault fault)
{
    switch (fault) {
    case DKIM_SIG_OK:
    case DKIM_SIG_MALFORMED:
    case DKIM_SIG_UNKNOWN:
        return DKIM_NEUTRAL;
    case DKIM_SIG_FROM:
        return DKIM_POLICY;
    case DKIM_SIG_INCOMPLETE:
    case DKIM_SIG_IDENTITY:
    case DKIM_SIG_SHA1:
        break;
    }
    return DKIM_PERMERROR;
}

static enum dkim_problem dkim_plan_problem_of(enum dkim_sig_fault fault)
{
    if (fault == DKIM_SIG_FROM)
        return DKIM_PROBLEM_FROM;
    return fault == DKIM_SIG_SHA1 ? DKIM_PROBLEM_WEAK : DKIM_PROBLEM_SYNTAX;
}

static void dkim_plan_decide(struct dkim_entry *e, enum dkim_result result, enum dkim_problem problem,
                             const char *reason)
{
    e->check = false;
    e->result = result;
    e->problem = problem;
    e->reason = reason;
}

/* What can be said of a signature from the header alone. */
static void dkim_plan_judge(struct dkim_entry *e, const struct message *m, size_t from_count)
{
    uint64_t now = m->arrival_ms > 0 ? (uint64_t)m->arrival_ms / 1000 : 0;

    e->check = true;
    e->reason = "";
    if (e->sig.fault != DKIM_SIG_OK)
        dkim_plan_decide(e, dkim_plan_result_of(e->sig.fault), dkim_plan_problem_of(e->sig.fault), e->sig.why);
    else if (message_header_cut(m))
        dkim_plan_decide(e, DKIM_NEUTRAL, DKIM_PROBLEM_UNCHECKED, "not checked: the header is larger than is examined");
    else if (from_count == 0)
        dkim_plan_decide(e, DKIM_PERMERROR, DKIM_PROBLEM_FROM, "message has no From field");
    else if (e->sig.has_expiry && e->sig.expiry < now)
        dkim_plan_decide(e, DKIM_PERMERROR, DKIM_PROBLEM_EXPIRED, "signature expired");
    else if (e->sig.has_time && e->sig.time > now + DKIM_FUTURE_SLACK)
        dkim_plan_decide(e, DKIM_POLICY, DKIM_PROBLEM_EXPIRED, "timestamp t= is in the future");
}

static enum rc dkim_plan_read_all(struct message *m, struct dkim_plan *plan)
{
    size_t at = 0;

    for (size_t i = 0; i < m->header_count; i++) {
        plan->n += dkim_is_signature(&m->headers[i]);
        plan->from_count += str_eq_nocase(str_trim(m->headers[i].name), STR("From"));
    }
    plan->entry = arena_array(m->arena, plan->n, sizeof *plan->entry);
    if (plan->entry == NULL && plan->n > 0)
        return RC_NOMEM;
    for (size_t i = 0; i < m->header_count; i++) {
        struct dkim_entry *e;

        if (!dkim_is_signature(&m->headers[i]))
            continue;
        e = &plan->entry[at++];
        e->header = i;
        if (dkim_sig_parse(m->arena, m->headers[i].value, DKIM_SIG_MESSAGE, &e->sig) != RC_OK)
            return RC_NOMEM;
        if (e->sig.over)
            message_note_limit(m, MESSAGE_LIMIT_SIGNATURES);
        dkim_plan_judge(e, m, plan->from_count);
    }
    return RC_OK;
}

/* Whether a pass could align with the author domain, whatever the policy says (RFC 9989 section 4.4). */
static bool may_align(const struct dkim_sig *sig, const char *author)
{
    return author != NULL && (domain_is_within(sig->domain, author) || domain_is_within(author, sig->domain));
}

static void leave_out(struct message *m, struct dkim_entry *e, unsigned most)
{
    struct strbuf b = strbuf_new(m->arena, 60);

    strbuf_putf(&b, "not checked: more than %u signatures", most);
    dkim_plan_decide(e, DKIM_NEUTRAL, DKIM_PROBLEM_UNCHECKED, b.over ? "not checked" : b.p);
    e->over = true;
    message_note_limit(m, MESSAGE_LIMIT_SIGNATURES);
}

enum rc dkim_plan_make(struct message *m, const struct dkimv_limits *limits, struct dkim_plan *out)
{
    enum rc rc;

    *out = (struct dkim_plan){.n = 0};
    rc = dkim_plan_read_all(m, out);
    if (rc != RC_OK)
        return rc;
    for (int aligned = 1; aligned >= 0; aligned--) {
        for (size_t i = 0; i < out->n; i++) {
            struct dkim_entry *e = &out->entry[i];

            if (!e->check || may_align(&e->sig, limits->author) != aligned)
                continue;
            if (out->checked == limits->signatures) {
                leave_out(m, e, limits->signatures);
                continue;
            }
            out->checked++;
            out->names += e->sig.name_count;
        }
    }
    return RC_OK;
}

/* Whether h= of one that is verified has the field's name, blanks before the colon aside. */
static bool dkim_plan_is_named(const struct dkim_plan *p, const struct header *h)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct dkim_sig *sig = &p->entry[i].sig;

        for (size_t k = 0; p->entry[i].check && k < sig->name_count; k++)
            if (lex_is_name(h->name, sig->names[k]))
                return true;
    }
    return false;
}

bool dkim_plan_needs(const struct dkim_plan *p, const struct header *h)
{
    return p->names > NAMES_COMPARED || message_header_is(h, "From") || dkim_plan_is_named(p, h);
}
