/* The evidence in `assay why`: a line a fact, what it means beside it. */
#include "desk/why.h"

#include <inttypes.h>
#include <string.h>

struct facts {
    struct sheet s;
    const struct record *r;
};

static bool evidence_present(const char *text)
{
    return text[0] != '\0';
}

/* The sentence for a result word; "" for a word that is not known here. */
static const char *meaning_of(const struct enum_names *names, const char *const *meaning, const char *word)
{
    int value;

    return enum_value(names, str_of(word), &value) ? meaning[value] : "";
}

/* ---- who and where ---- */

static void why_evidence_print_sender(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "From");
    sheet_put(&f->s, "%s\n", sheet_or(&f->s, r->header_from, "nobody: there is no From field"));
    sheet_label(&f->s, "return path");
    sheet_put(&f->s, "<%s>%s\n", sheet_shown(&f->s, r->mail_from),
                  evidence_present(r->mail_from) ? "" : ": none, so it is a bounce or an automatic message");
    sheet_label(&f->s, "came from");
    sheet_put(&f->s, "%s", sheet_shown(&f->s, r->client_ip));
    if (evidence_present(r->client_name))
        sheet_put(&f->s, ", which is %s", sheet_shown(&f->s, r->client_name));
    if (evidence_present(r->helo) && strcmp(r->helo, r->client_name) != 0)
        sheet_put(&f->s, ", calling itself %s", sheet_shown(&f->s, r->helo));
    if (evidence_present(r->auth_user))
        sheet_put(&f->s, ", logged in as %s", sheet_shown(&f->s, r->auth_user));
    sheet_put(&f->s, "%s%s\n", evidence_present(r->tls) ? ", over " : ", not encrypted",
              sheet_shown(&f->s, r->tls));
}

static void print_message(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "to");
    sheet_put(&f->s, "%s", sheet_shown(&f->s, r->rcpt));
    if (r->rcpts > 1)
        sheet_put(&f->s, " (%" PRId64 " recipients)", r->rcpts);
    sheet_put(&f->s, "\n");
    sheet_label(&f->s, "message-id");
    if (evidence_present(r->message_id))
        sheet_put(&f->s, "<%s>, %" PRId64 " bytes\n\n", sheet_shown(&f->s, r->message_id), r->size);
    else
        sheet_put(&f->s, "none, %" PRId64 " bytes\n\n", r->size);
}

/* ---- the checks ---- */

static void why_evidence_print_dmarc(const struct facts *f)
{
    static const char *const meaning[] = {
        [DMARC_NONE] = "there is no policy to test it against",
        [DMARC_PASS] = "the domain in From is confirmed",
        [DMARC_FAIL] = "nothing confirms the domain in From",
        [DMARC_TEMPERROR] = "it could not be found out at the time",
        [DMARC_PERMERROR] = "it cannot be evaluated",
    };
    const struct record *r = f->r;

    sheet_label(&f->s, "DMARC");
    sheet_put(&f->s, "%s: ", sheet_or(&f->s, r->dmarc, "none"));
    sheet_put(&f->s, "%s\n", meaning_of(&dmarc_result_names, meaning, r->dmarc));
    if (evidence_present(r->why)) {
        sheet_label(&f->s, "");
        sheet_put(&f->s, "because %s\n", sheet_shown(&f->s, r->why));
    }
}

/* What a pass is worth for DMARC: only one for the author's own domain counts. */
static void print_alignment(const struct facts *f, bool passes, bool aligned)
{
    if (!passes || !evidence_present(f->r->author_domain))
        return;
    sheet_label(&f->s, "");
    if (aligned)
        sheet_put(&f->s, "which counts for %s\n", sheet_shown(&f->s, f->r->author_domain));
    else
        sheet_put(&f->s, "which does not count for %s, the domain in From\n",
                      sheet_shown(&f->s, f->r->author_domain));
}

static void why_evidence_print_spf(const struct facts *f)
{
    static const char *const meaning[] = {
        [SPF_NONE] = "does not say who may send its mail",
        [SPF_NEUTRAL] = "says neither yes nor no to this address",
        [SPF_PASS] = "allows this address to send its mail",
        [SPF_FAIL] = "says this address may not send its mail",
        [SPF_SOFTFAIL] = "says this address probably may not send its mail",
        [SPF_TEMPERROR] = "could not be asked: DNS did not answer",
        [SPF_PERMERROR] = "has an SPF record with an error, which its owner must correct",
    };
    const struct record *r = f->r;

    sheet_label(&f->s, "SPF");
    if (!evidence_present(r->spf)) {
        sheet_put(&f->s, "not checked\n");
        return;
    }
    sheet_put(&f->s, "%s: %s %s\n", sheet_shown(&f->s, r->spf), sheet_or(&f->s, r->spf_domain, "the sender"),
                  meaning_of(&spf_result_names, meaning, r->spf));
    if (evidence_present(r->spf_problem) || evidence_present(r->spf_mechanism)) {
        sheet_label(&f->s, "");
        sheet_put(&f->s, "%s%s\n", evidence_present(r->spf_problem) ? "" : "by its ",
                      sheet_shown(&f->s, evidence_present(r->spf_problem) ? r->spf_problem : r->spf_mechanism));
    }
    print_alignment(f, strcmp(r->spf, "pass") == 0, r->spf_aligned != 0);
}

/* Takes the reason of the next signature off `rest`; empty for a plain pass. */
static struct str next_reason(struct str *rest)
{
    size_t end = str_find(*rest, ';');
    struct str reason = str_trim(str_slice(*rest, 0, end));

    *rest = str_slice(*rest, end + 1, rest->n);
    return str_eq(reason, STR("-")) ? STR_NONE : reason;
}

static void print_signature(const struct facts *f, const struct record_dkim *sig, struct str reason)
{
    sheet_put(&f->s, "%s: signature of %s", enum_name(&dkim_result_names, (int)sig->result),
                  str_eq(sig->domain, STR("-")) ? "an unreadable domain" : sheet_shown_str(&f->s, sig->domain));
    sheet_put(&f->s, " (selector %s, ", sheet_shown_str(&f->s, sig->selector));
    sheet_put(&f->s, "%s)", sheet_shown_str(&f->s, sig->algorithm));
    sheet_put(&f->s, "%s%s\n", reason.n > 0 ? ": " : "", sheet_shown_str(&f->s, reason));
}

static void why_evidence_print_dkim(const struct facts *f)
{
    struct record_dkim *sig = NULL;
    struct str reasons = str_of(f->r->dkim_reasons);
    bool passes = false;
    size_t n = 0;

    sheet_label(&f->s, "DKIM");
    if (record_dkim_parse(f->s.a, f->r->dkim, &sig, &n) != RC_OK) {
        sheet_put(&f->s, "%s\n", sheet_shown(&f->s, f->r->dkim)); /* better as it stands than not at all */
        return;
    }
    if (n == 0)
        sheet_put(&f->s, "none: the message is not signed\n");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            sheet_label(&f->s, "");
        print_signature(f, &sig[i], next_reason(&reasons));
        passes = passes || sig[i].result == DKIM_PASS;
    }
    print_alignment(f, passes, f->r->dkim_aligned != 0);
}

static void why_evidence_print_arc(const struct facts *f)
{
    const struct record *r = f->r;

    if (!evidence_present(r->arc) || strcmp(r->arc, "none") == 0)
        return;
    sheet_label(&f->s, "ARC");
    sheet_put(&f->s, "%s", sheet_shown(&f->s, r->arc));
    sheet_put(&f->s, "%s%s", evidence_present(r->arc_reason) ? ": " : "", sheet_shown(&f->s, r->arc_reason));
    sheet_put(&f->s, "%s%s\n", evidence_present(r->arc_chain) ? "; passed on by " : "",
              sheet_shown(&f->s, r->arc_chain));
}

static void print_iprev(const struct facts *f)
{
    static const char *const meaning[] = {
        [IPREV_NONE] = "not checked",
        [IPREV_PASS] = "the client's address and name agree",
        [IPREV_FAIL] = "the client's address and name do not agree",
        [IPREV_TEMPERROR] = "DNS did not answer",
        [IPREV_PERMERROR] = "the client's address has no name",
    };
    const char *result = f->r->iprev;

    if (!evidence_present(result) || strcmp(result, "none") == 0)
        return;
    sheet_label(&f->s, "reverse DNS");
    sheet_put(&f->s, "%s: %s\n", sheet_shown(&f->s, result), meaning_of(&iprev_result_names, meaning, result));
}

static void print_remarks(const struct facts *f)
{
    const struct record *r = f->r;

    if (r->forged_headers > 0) {
        sheet_label(&f->s, "forged");
        sheet_put(&f->s, "%" PRId64 " Authentication-Results that claimed to be ours, removed\n",
                      r->forged_headers);
    }
    if (evidence_present(r->limits)) {
        sheet_label(&f->s, "limits");
        sheet_put(&f->s, "not all of it was examined: %s\n", sheet_shown(&f->s, r->limits));
    }
}

/* ---- what is asked, what was done ---- */

static const char *wish(const char *policy)
{
    if (strcmp(policy, "reject") == 0)
        return "refuse mail that fails";
    if (strcmp(policy, "quarantine") == 0)
        return "treat mail that fails as suspicious";
    return "do nothing about mail that fails";
}

static void print_policy(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "their policy");
    if (!evidence_present(r->policy_domain)) {
        sheet_put(&f->s, "none: no DMARC policy applies\n");
        return;
    }
    sheet_put(&f->s, "%s (%s=%s of %s)", wish(r->requested_policy), sheet_shown(&f->s, r->policy_tag),
                  sheet_shown(&f->s, r->requested_policy), sheet_shown(&f->s, r->policy_domain));
    if (strcmp(r->policy, r->requested_policy) != 0)
        sheet_put(&f->s, "; testing (t=y) makes it %s", sheet_shown(&f->s, r->policy));
    sheet_put(&f->s, "\n");
}

/* RFC 9990's reasons in words; a comment of ours says more than the type. */
static void print_override(const struct facts *f, struct str item)
{
    static const char *const meaning[] = {
        [OVERRIDE_LOCAL_POLICY] = "a rule of this server",
        [OVERRIDE_MAILING_LIST] = "it came through a mailing list",
        [OVERRIDE_OTHER] = "another reason",
        [OVERRIDE_POLICY_TEST_MODE] = "their policy is in test mode",
        [OVERRIDE_TRUSTED_FORWARDER] = "a server we trust passed it on",
    };
    size_t colon = str_find(item, ':');
    const char *comment = sheet_shown_str(&f->s, str_slice(item, colon + 1, item.n));
    const char *type = sheet_shown_str(&f->s, str_slice(item, 0, colon));

    sheet_label(&f->s, "");
    sheet_put(&f->s, "reason: %s\n",
                  evidence_present(comment) ? comment : meaning_of(&override_type_names, meaning, type));
}

static void print_disposition(const struct facts *f)
{
    const struct record *r = f->r;

    sheet_label(&f->s, "what we did");
    if (strcmp(r->disposition, "reject") == 0)
        sheet_put(&f->s, "refused it: the sender's server was told so\n");
    else if (strcmp(r->disposition, "quarantine") == 0)
        sheet_put(&f->s, "held it in quarantine\n");
    else if (strcmp(r->disposition, "tempfail") == 0)
        sheet_put(&f->s, "put it off: the sender's server tries again later\n");
    else
        sheet_put(&f->s, "passed it on to the next filter or the mailbox\n");
    if (r->rule[0] != '\0') {
        sheet_label(&f->s, "");
        sheet_put(&f->s, "by rule %s: %s, enforcement %s\n", sheet_shown(&f->s, r->rule),
                      sheet_shown(&f->s, r->action), sheet_shown(&f->s, r->enforcement));
    }
    for (struct str rest = str_of(r->overrides); rest.n > 0;) {
        size_t end = str_find(rest, ';');

        print_override(f, str_slice(rest, 0, end));
        rest = str_slice(rest, end + 1, rest.n);
    }
}

void why_print_evidence(const struct sheet *s, const struct record *r)
{
    const struct facts f = {.s = *s, .r = r};

    why_evidence_print_sender(&f);
    print_message(&f);
    why_evidence_print_dmarc(&f);
    why_evidence_print_spf(&f);
    why_evidence_print_dkim(&f);
    why_evidence_print_arc(&f);
    print_iprev(&f);
    print_remarks(&f);
    print_policy(&f);
    print_disposition(&f);
}
