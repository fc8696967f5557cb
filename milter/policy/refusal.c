#include "policy/refusal.h"

#include <string.h>

#include "policy/disposition.h"
#include "verdict/cause_reply.h"

/* The longest HelpText, a reference and the longest meaning of a cause fit beside a domain of SHOWN_DOMAIN. */
enum { REPLY_MAX = 499, SHOWN_DOMAIN = 64, LINE_MOST = 300 };

/* The reference, by which the help desk finds the message, and the site's own line: for every refusal. */
static void put_help(struct strbuf *text, const struct given *g, const struct verdict *v)
{
    if (v->ref[0] != '\0')
        strbuf_putf(text, "; reference %s", v->ref);
    if (g->config->help_text != NULL && g->config->help_text[0] != '\0')
        strbuf_putf(text, "; %s%s", str_starts_nocase(str_of(g->config->help_text), STR("http")) ? "see " : "",
                    g->config->help_text);
}

static void put_domain(struct strbuf *text, const struct verdict *v)
{
    struct str domain = str_of(v->dmarc.author_domain);

    if (domain.n == 0)
        strbuf_puts(text, "an unknown domain");
    else
        strbuf_put_escaped(text, domain, SHOWN_DOMAIN);
}

/* What it is about: the domain, and how DMARC stands to it. */
static void put_matter(struct strbuf *text, const struct verdict *v)
{
    switch (v->dmarc.result) {
    case DMARC_FAIL:
        if (v->dmarc.policy == DMARC_P_REJECT) {
            put_domain(text, v);
            strbuf_puts(text, "'s DMARC policy rejects it");
        } else {
            strbuf_puts(text, "mail from ");
            put_domain(text, v);
            strbuf_puts(text, " that fails DMARC is not accepted here");
        }
        break;
    case DMARC_TEMPERROR:
        strbuf_puts(text, "DMARC of ");
        put_domain(text, v);
        strbuf_puts(text, " could not be checked now");
        break;
    default:
        strbuf_puts(text, "mail from ");
        put_domain(text, v);
        strbuf_puts(text, " is not accepted here");
        break;
    }
}

/* RFC 7372 section 3: what failed, where one can be named; a rule that is about something else is a local one. */
static const char *permanent_code(const struct given *g, const struct verdict *v)
{
    const struct evidence *e = g->evidence;

    if (strcmp(v->rule, DISPOSITION_FORGED_FIELDS) == 0)
        return "5.6.0"; /* RFC 3463 section 3.7: about the message's content */
    if (v->dmarc.result != DMARC_FAIL || disposition_is_built_in(v->rule))
        return "5.7.1";
    for (size_t i = 0; i < e->dkim.n; i++)
        if (e->dkim.sig[i].result == DKIM_PASS)
            return "5.7.22"; /* no valid author-matched DKIM signature found */
    if (e->spf.checked && e->spf.result == SPF_PASS)
        return "5.7.20"; /* no passing DKIM signature found */
    return "5.7.26";     /* multiple authentication checks failed */
}

/* RFC 3463 section 3.5: 4.4.3 is a directory server that did not answer. */
static const char *temporary_code(const struct verdict *v)
{
    return v->dmarc.result == DMARC_TEMPERROR && !disposition_is_built_in(v->rule) ? "4.4.3" : "4.7.1";
}

static const char *from_words(const struct dmarc_evidence *e)
{
    if (e->problem == FROM_OK && e->misleading)
        return "an address within an address, or an encoded word, in From";
    return enum_name(&from_problem_names, (int)e->problem);
}

/* What was decided before any rule of policy.conf was asked. */
static void put_built_in(struct strbuf *text, const struct given *g, const struct verdict *v)
{
    if (strcmp(v->rule, DISPOSITION_MALFORMED_FROM) == 0)
        strbuf_putf(text, "%s (RFC 5322 section 3.6.2)", from_words(&g->evidence->dmarc));
    else if (strcmp(v->rule, DISPOSITION_FORGED_FIELDS) == 0)
        strbuf_puts(text, REFUSAL_FORGED_FIELDS);
    else
        strbuf_puts(text, "its header takes more memory to examine than a message may use");
}

enum rc refusal_make(struct arena *a, const struct given *g, const struct verdict *v, struct action *out)
{
    bool later = v->disposition == DISPOSITION_TEMPFAIL;
    struct strbuf text = strbuf_new(a, REPLY_MAX);

    *out = (struct action){.kind = ACTION_REPLY, .code = later ? "451" : "550"};
    out->xcode = later ? temporary_code(v) : permanent_code(g, v);
    if (disposition_is_built_in(v->rule)) {
        strbuf_puts(&text, later ? "Message deferred: " : "Message refused: ");
        put_built_in(&text, g, v);
    } else {
        struct strbuf clause = strbuf_new(a, REPLY_MAX);

        put_matter(&text, v);
        cause_reply(&clause, g, v);
        if (clause.n > 0)
            strbuf_putf(&text, ": %s", clause.p);
    }
    put_help(&text, g, v);
    out->text = text.p;
    return text.over ? RC_NOMEM : RC_OK;
}

const char *refusal_quarantine(struct arena *a, const struct verdict *v)
{
    struct strbuf text = strbuf_new(a, LINE_MOST);

    put_matter(&text, v);
    if (v->finding.cause != CAUSE_NONE)
        strbuf_putf(&text, ", cause=%s", enum_name(&cause_names, (int)v->finding.cause));
    strbuf_putf(&text, ", ref=%s, rule=%s", v->ref, v->rule);
    return text.over ? NULL : text.p;
}
